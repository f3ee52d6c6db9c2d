using System.Diagnostics;
using System.Globalization;

namespace DigestService.Benchmarks;

/// <summary>
/// What an import of papers, and a second one of the same, cost beside a bare COPY of the same rows, by turns: CPU of this process
/// and of PostgreSQL, and time.
/// The same needs as <see cref="ImportBenchmarks"/>.
/// </summary>
internal static class PapersImportCosts
{
    /// <summary>Runs so many rounds after one that warms up.</summary>
    public static async Task RunAsync(int rounds)
    {
        var import = new ImportBenchmarks();
        await import.PrepareAsync();
        var server = await PostgresCpu.OfAsync(import.Database);
        for (var round = 0; round < rounds; round++)
        {
            import.Empty();
            await MeasureAsync("import", import.Import);
            await MeasureAsync("the same again", import.Import);
            import.Empty();
            await MeasureAsync("bare copy of the papers", import.BareCopy);
            import.Empty();
            await MeasureAsync("bare copy of all rows", import.BareCopyOfAll);
        }

        async Task MeasureAsync(string what, Func<Task<int>> work)
        {
            using var process = Process.GetCurrentProcess();
            var (collections, pauses, allocated) = (GC.CollectionCount(2), GC.GetTotalPauseDuration(), GC.GetTotalAllocatedBytes());
            var (ours, theirs, since) = (process.TotalProcessorTime, server.Total(), Stopwatch.GetTimestamp());
            var rows = await work();
            var wall = Stopwatch.GetElapsedTime(since);
            process.Refresh();
            var (our, their) = (process.TotalProcessorTime - ours, server.Total() - theirs);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {rows} entries or rows; {our.TotalSeconds:0.00} s of our CPU, {their.TotalSeconds:0.00} s of PostgreSQL's, {wall.TotalSeconds:0.00} s in all; {(GC.GetTotalAllocatedBytes() - allocated) >> 20} MB allocated, {GC.CollectionCount(2) - collections} whole collections, {(GC.GetTotalPauseDuration() - pauses).TotalSeconds:0.00} s of pauses"));
        }
    }
}
