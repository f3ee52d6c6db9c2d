using System.Globalization;

namespace DigestService.Benchmarks;

/// <summary><c>pipeline [readers] [--rounds N] [--history DAYS] [--signed]</c>, and <c>pipeline --growth MOST [--from LEAST] [--history DAYS] [--drawing FILE]</c>.</summary>
internal static class PipelineOptions
{
    private const int Readers = 20_000;
    private const int Rounds = 5;
    private const int HistoryDays = 90;
    private const int LeastOfGrowth = 10_000;

    /// <summary>Runs what is asked for.</summary>
    public static Task RunAsync(string[] options)
    {
        var history = Number(options, "--history", HistoryDays);
        var most = Number(options, "--growth", 0);
        if (most > 0)
            return PipelineBenchmark.GrowAsync(Math.Min(Number(options, "--from", LeastOfGrowth), most), most, history, Value(options, "--drawing"));
        var readers = options.Length > 0 && int.TryParse(options[0], CultureInfo.InvariantCulture, out var asked) ? asked : Readers;
        return PipelineBenchmark.RunAsync(readers, Number(options, "--rounds", Rounds), history, options.Contains("--signed"));
    }

    private static int Number(string[] options, string name, int otherwise) =>
        Value(options, name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private static string? Value(string[] options, string name)
    {
        var at = Array.IndexOf(options, name);
        return at >= 0 && at + 1 < options.Length ? options[at + 1] : null;
    }
}
