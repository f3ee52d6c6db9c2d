using System.Diagnostics;
using System.Globalization;

namespace DigestService.Benchmarks;

/// <summary>What a process took: its processor time, its largest resident size, and the time until it ended.</summary>
internal readonly record struct ProcessCost(TimeSpan Cpu, double MostMegabytes, TimeSpan Wall, string Output);

/// <summary>Runs other programs and reads from <c>/proc</c> what they take.</summary>
internal static class MeasuredProcess
{
    private const double TicksASecond = 100;
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a program to its end; it must succeed.</summary>
    public static async Task<ProcessCost> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? settings = null)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Start(program, arguments, settings);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var (cpu, size) = (TimeSpan.Zero, 0.0);
        while (!process.HasExited)
        {
            // What it takes between the last look and its end is not counted.
            if (Read(process.Id) is { } now)
                (cpu, size) = (now.Cpu, now.MostMegabytes);
            await Task.Delay(LookPause);
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? new ProcessCost(cpu, size, Stopwatch.GetElapsedTime(started), await output)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}{await output}");
    }

    /// <summary>Starts a program that goes on beside this one.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Path.GetTempPath() };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[key] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
    }

    /// <summary>What a process has taken so far; null for one that is gone.</summary>
    public static (TimeSpan Cpu, double MostMegabytes)? Read(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields.Skip(11).Take(2).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
            var peak = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return peak is null
                ? null
                : (TimeSpan.FromSeconds(ticks / TicksASecond), long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
