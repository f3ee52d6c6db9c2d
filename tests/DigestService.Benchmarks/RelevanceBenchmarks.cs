using BenchmarkDotNet.Attributes;
using DigestService.Relevance;
using DigestService.Relevance.Search;
using DigestService.Tests.Relevance.PlainChoice;
using DigestService.Topics;

namespace DigestService.Benchmarks;

/// <summary>
/// What a day's matching costs as papers and distinct queries grow. The texts are made up: words are drawn by Zipf's
/// law, ten in a title and 180 in an abstract; each query is a word, two words or a phrase taken from some paper.
/// </summary>
public class MatchingBenchmarks
{
    private IndexedPaper[] _papers = [];
    private float[]?[] _meanings = [];
    private QuerySet _set = null!;

    /// <summary>New papers of the day.</summary>
    [Params(100, 300)]
    public int Papers { get; set; }

    /// <summary>Distinct queries of all readers.</summary>
    [Params(1_000, 5_000, 20_000)]
    public int Queries { get; set; }

    /// <summary>Whether papers and queries have vectors.</summary>
    [Params(false, true)]
    public bool HasMeaning { get; set; }

    /// <summary>Makes the catalogue, the queries and the day.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var texts = new MadeUpTexts(1);
        var catalogue = Enumerable.Range(1, 2_000).Select(texts.Paper).ToArray();
        var statistics = CatalogueStatistics.Build(catalogue);
        var queries = new Dictionary<string, TopicQuery>(StringComparer.Ordinal);
        while (queries.Count < Queries)
            if (TopicQuery.TryParse(texts.Query(), out var query, out _))
                queries.TryAdd(query.Canonical, query);
        var learnt = QueryLearning.Learn([.. queries.Values.Select((query, i) => new StandingQuery(i, query))], catalogue, statistics);
        var vectors = new MadeUpVectors(2);
        _set = new QuerySet(learnt.Select(query => HasMeaning ? query with { Vector = HalfVectors.Of(vectors.Next()) } : query), statistics);
        _papers = [.. Enumerable.Range(3_000, Papers).Select(texts.Paper)];
        _meanings = [.. _papers.Select(_ => HasMeaning ? vectors.Next() : null)];
    }

    /// <summary>Matches the day's papers against every query; answers how many matched.</summary>
    [Benchmark]
    public int MatchOneDay() => _set.MatchAll([.. _papers.Zip(_meanings)]).Count();
}

/// <summary>
/// What choosing costs for one reader with 5 topics and 90 days of history, as papers grow: everything from matches to the
/// page with its reasons, and what was cut.
/// </summary>
[MemoryDiagnoser]
public class ChoosingBenchmarks
{
    private MadeUpDay _day = null!;
    private MadeUpReader _reader = null!;
    private SubscriberFacts _facts = null!;

    /// <summary>Papers in play; a tenth of them match one of the reader's topics, and the biggest 120 are looked at as well.</summary>
    [Params(300, 1_000, 3_000)]
    public int InPlay { get; set; }

    /// <summary>Papers that the reader liked.</summary>
    [Params(0, 30)]
    public int Likes { get; set; }

    /// <summary>Whether papers have vectors.</summary>
    [Params(false, true)]
    public bool HasMeaning { get; set; }

    /// <summary>Makes the papers and the reader.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _day = new(2, InPlay, queries: 50, matchesAQuery: InPlay / 50, HasMeaning);
        _reader = _day.Usual(Likes);
        _facts = _reader.Facts(_day);
    }

    /// <summary>The choice.</summary>
    [Benchmark]
    public RankedDigest Choose() => DigestRanker.Choose(_facts, _day.View, _reader.Settings);
}
