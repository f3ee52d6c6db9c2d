using System.Diagnostics;
using System.Globalization;

namespace DigestService.Benchmarks;

/// <summary>
/// CPU time of this process for matching 300 papers against 20,000 distinct queries, with vectors and without, in rounds that
/// take turns, so that a busy machine treats both alike.
/// </summary>
internal static class MatchingCosts
{
    private const int Rounds = 15;

    /// <summary>Measures, and prints both and their ratio.</summary>
    public static void Run()
    {
        var days = Array.ConvertAll((bool[])[false, true], hasMeaning =>
        {
            var day = new MatchingBenchmarks { Papers = 300, Queries = 20_000, HasMeaning = hasMeaning };
            day.Prepare();
            return day;
        });
        var costs = Array.ConvertAll(days, _ => new List<double>());
        for (var round = 0; round <= Rounds; round++)
            for (var i = 0; i < days.Length; i++)
                if (Cpu(days[i]) is var cost && round > 0)
                    costs[i].Add(cost);
        var (without, with) = (Median(costs[0]), Median(costs[1]));
        var ratio = Median([.. costs[0].Zip(costs[1], (before, after) => after / before)]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"300 papers against 20,000 queries: {without:0} ms without vectors, {with:0} ms with, {ratio:0.00} times (medians of {Rounds}; at least {costs[0].Min():0} and {costs[1].Min():0} ms); {days[0].MatchOneDay()} and {days[1].MatchOneDay()} matches"));
    }

    private static double Cpu(MatchingBenchmarks day)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        day.MatchOneDay();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds;
    }

    private static double Median(List<double> costs) => costs.Order().ElementAt(costs.Count / 2);
}
