using System.Diagnostics;
using System.Globalization;
using DigestService.Relevance;
using DigestService.Tests.Relevance.PlainChoice;

namespace DigestService.Benchmarks;

/// <summary>
/// What choosing costs a reader in CPU time of this process and in memory, beside the plain rule that has an object for
/// everything, with and without likes and vectors. Rounds of all take turns, so that a busy machine treats them alike.
/// </summary>
internal static class ChoosingCosts
{
    private const int Readers = 200;
    private const int Rounds = 7;

    /// <summary>Measures, and prints a table.</summary>
    public static void Run()
    {
        Console.WriteLine("papers  likes  vectors    plain     CPU  allocated   with the profile");
        foreach (var papers in (int[])[300, 1_000, 3_000, 11_000])
        {
            var cases = (from likes in (int[])[0, 30] from hasMeaning in (bool[])[false, true] select new Case(papers, likes, hasMeaning)).ToList();
            for (var round = 0; round <= Rounds; round++)
                foreach (var one in cases)
                    one.Measure(isCounted: round > 0);
            foreach (var one in cases)
                Console.WriteLine(one.ToString());
        }
    }

    private sealed class Case(int papers, int likes, bool hasMeaning)
    {
        private readonly List<double> _plain = [];
        private readonly List<double> _shared = [];
        private readonly List<double> _withProfile = [];
        private readonly MadeUpDay _day = new(2, papers, queries: 50, matchesAQuery: papers / 50, hasMeaning);
        private MadeUpReader[] _readers = [];
        private double _allocated;

        public void Measure(bool isCounted)
        {
            if (_readers.Length == 0)
                _readers = [.. Enumerable.Range(0, Readers).Select(_ => _day.Usual(likes))];
            var facts = _readers.Select(reader => reader.Facts(_day)).ToArray();
            var inPlay = _day.InPlay.ToDictionary(paper => paper.PaperId);
            var profiles = _readers.Select(reader => reader.Taste is null ? null : new PlainProfile(reader.Taste, _day.View.Candidates.Table)).ToArray();
            var plain = Cpu(i => _readers[i].ChoosePlainly(_day, inPlay, profiles[i]));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var shared = Cpu(i => DigestRanker.Choose(facts[i], _day.View, _readers[i].Settings), times: 5);
            var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)(5 * Readers);
            // The likes as they come from the table: the profile is made, and what other readers say is worked out.
            var fresh = _readers.Select(reader => (reader, Likes: reader.Taste is null ? [] : _day.PapersOf(reader.Taste.Likes))).Select(of => (Func<Relevance.Taste.TasteProfile?>)(() =>
                of.reader.Taste?.Model.ProfileOf(1000, of.Likes, []))).ToArray();
            var withProfile = Cpu(i => DigestRanker.Choose(facts[i] with { Taste = fresh[i]() }, _day.View, _readers[i].Settings));
            if (!isCounted)
                return;
            _plain.Add(plain);
            _shared.Add(shared);
            _withProfile.Add(withProfile);
            _allocated = allocated;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{papers,6}  {likes,5}  {(hasMeaning ? "yes" : "no"),7}  {Median(_plain),6:0.0} µs  {Median(_shared),5:0.0} µs  {_allocated / 1000,6:0.0} kB  {Median(_withProfile),6:0.0} µs");

        private static double Cpu(Func<int, object> choose, int times = 1)
        {
            var process = Process.GetCurrentProcess();
            process.Refresh();
            var before = process.TotalProcessorTime;
            for (var again = 0; again < times; again++)
                for (var i = 0; i < Readers; i++)
                    choose(i);
            process.Refresh();
            return (process.TotalProcessorTime - before).TotalMicroseconds / (times * Readers);
        }

        private static double Median(List<double> costs) => costs.Order().ElementAt(costs.Count / 2);
    }
}
