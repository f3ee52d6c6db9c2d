using System.Diagnostics;
using System.Globalization;
using DigestService.Relevance;
using DigestService.Relevance.Taste;
using DigestService.Tests.Relevance.PlainChoice;

namespace DigestService.Benchmarks;

/// <summary>
/// What likes cost once a run, where 2,000 readers with ten likes each teach the others, and what a reader with ten of them costs
/// then; the first time is that of a process that has just started.
/// </summary>
internal static class LikesBenchmark
{
    private const int Rounds = 6;
    private const int Likes = 10;

    /// <summary>Measures with so many papers in the catalogue, and prints a line a round.</summary>
    public static void Run(int count)
    {
        var (random, texts) = (new Random(1), new MadeUpTexts(1));
        var papers = Enumerable.Range(1, count).Select(texts.Paper).ToArray();
        var likes = Enumerable.Range(1, SimilarSubscribers.MostReaders).ToDictionary(
            reader => (long)reader, _ => Enumerable.Range(0, Likes).Select(_ => papers[random.Next(papers.Length / 4)].Id).Distinct().Order().ToArray());
        for (var round = 1; round <= Rounds; round++)
        {
            TasteModel? model = null;
            var learning = Measure(() => model = new(papers, likes));
            var readers = likes.Keys.Take(500).Select(reader => model!.ProfileOf(reader, likes[reader].Select(paper => papers[paper - 1]).ToArray(), [])!).ToArray(); // made by the line above
            var told = 0.0;
            var telling = Measure(() => told = readers.Sum(reader => reader.Vouches!.For(7))); // there are other readers
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round}: {papers.Length:n0} papers learnt with {likes.Count:n0} readers in {learning.Cpu.TotalMilliseconds:0} ms of CPU, {learning.Wall.TotalMilliseconds:0} by the clock; what they say to one reader {telling.Cpu.TotalMicroseconds / readers.Length:0} µs of CPU ({told:R})"));
        }
    }

    private static (TimeSpan Cpu, TimeSpan Wall) Measure(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var (before, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        work();
        process.Refresh();
        return (process.TotalProcessorTime - before, Stopwatch.GetElapsedTime(started));
    }
}
