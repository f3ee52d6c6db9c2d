using System.Diagnostics;
using DigestService.Relevance;

namespace DigestService.Benchmarks;

/// <summary>
/// How the costs of a day grow with papers, distinct queries and readers. Each point is the median of several runs on one
/// core, with the texts and readers of the benchmarks; papers, queries and readers are made before the clock starts.
/// </summary>
internal static class GrowthCurves
{
    private const int Runs = 5;
    // Until the compiler has made up its mind.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Measures every curve, prints its points, and draws them as an SVG file.</summary>
    public static void Draw(string file)
    {
        GrowthPanel[] panels =
        [
            new("Matching 300 new papers", "distinct queries", "s", [.. new[] { 1_000, 2_000, 5_000, 10_000, 20_000 }
                .Select(queries => (queries, Match(papers: 300, queries)))]),
            new("Matching with 20,000 distinct queries", "new papers", "s", [.. new[] { 30, 100, 300, 1_000 }
                .Select(papers => (papers, Match(papers, queries: 20_000)))]),
            new("Choosing for one reader", "papers in play", "µs", [.. new[] { 100, 300, 1_000, 3_000, 10_000 }
                .Select(papers => (papers, 1e6 * Choose(papers, readers: 100) / 100))]),
            new("Choosing for all, 1,000 papers in play", "readers", "s", [.. new[] { 100, 1_000, 10_000, 100_000 }
                .Select(readers => (readers, Choose(papers: 1_000, readers)))]),
        ];
        foreach (var panel in panels)
            Console.WriteLine($"{panel.Title}: {string.Join(", ", panel.Points.Select(p => FormattableString.Invariant($"{p.Size:n0} {panel.SizeName} {p.Cost:g3} {panel.Unit}")))}");
        File.WriteAllText(file, GrowthDrawing.Of(panels));
    }

    private static double Match(int papers, int queries)
    {
        var day = new MatchingBenchmarks { Papers = papers, Queries = queries };
        day.Prepare();
        return Median(() => day.MatchOneDay());
    }

    private static double Choose(int papers, int readers)
    {
        var reader = new ChoosingBenchmarks { InPlay = papers, Likes = 30 };
        reader.Prepare();
        return Median(() =>
        {
            for (var i = 0; i < readers; i++)
                reader.Choose();
        });
    }

    private static double Median(Action run)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < WarmUp;)
            run();
        return Enumerable.Range(0, Runs).Select(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            run();
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }).Order().ElementAt(Runs / 2);
    }
}

/// <summary>One curve: what it costs, in which unit, at which sizes.</summary>
internal sealed record GrowthPanel(string Title, string SizeName, string Unit, IReadOnlyList<(int Size, double Cost)> Points);
