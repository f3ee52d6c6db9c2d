using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DigestService.Tests.Shared;

/// <summary>
/// What work costs in processor time of this thread, which other work on the machine does not change. How it grows is told by two costs, not by a number of seconds:
/// machines differ.
/// </summary>
internal static class Cost
{
    private const int ThreadClock = 3;

    // The first compiles what it runs; in the others something else may fall on the work, seldom on each.
    private const int Tries = 4;

    // What a collection or a page fault takes, wherever it falls.
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(10);

    /// <summary>Fails where four times the size costs more than eleven times as much: work in proportion costs four times as much, work that compares each with each sixteen times.</summary>
    /// <param name="size">The larger size.</param>
    /// <param name="prepared">Makes the input of a size and returns the work on it.</param>
    public static void ShouldGrowWithTheSize(int size, Func<int, Action> prepared)
    {
        var (few, many) = (prepared(size / 4), prepared(size));
        var (small, large) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var one = 0; one < Tries; one++)
            (small, large) = (Least(small, Once(few)), Least(large, Once(many)));
        large.ShouldBeLessThan((11 * small) + Noise, $"{size / 4} cost {small.TotalMilliseconds:0.0} ms");
    }

    /// <summary>The least of some tries.</summary>
    public static TimeSpan Of(Action work) => Enumerable.Range(0, Tries).Min(_ => Once(work));

    /// <summary>One try.</summary>
    public static TimeSpan Once(Action work)
    {
        var before = Now();
        work();
        return Now() - before;
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Now()
    {
        if (!OperatingSystem.IsLinux())
            return Stopwatch.GetElapsedTime(0);
        if (ReadClock(ThreadClock, out var time) != 0)
            throw new InvalidOperationException("The thread's clock cannot be read.");
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1_000);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
