using BenchmarkDotNet.Attributes;
using DigestService.Relevance;
using DigestService.Relevance.Taste;
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
        _set = new QuerySet(learnt.Select(query => HasMeaning ? query with { Vector = vectors.Next() } : query), statistics);
        _papers = [.. Enumerable.Range(3_000, Papers).Select(texts.Paper)];
        _meanings = [.. _papers.Select(_ => HasMeaning ? vectors.Next() : null)];
    }

    /// <summary>Matches the day's papers against every query; answers how many matched.</summary>
    [Benchmark]
    public int MatchOneDay() => _papers.Zip(_meanings).Sum(paper => _set.Match(paper.First, paper.Second).Count());
}

/// <summary>
/// Vectors whose cosines spread as those of the sentence model do: 0.1 on average, 0.45 and more for one pair in four hundred
/// (50 queries and 482 papers).
/// </summary>
internal sealed class MadeUpVectors(int seed)
{
    private const int Dimensions = 384;
    private const int Fields = 400;
    private readonly Random _random = new(seed);
    private readonly float[][] _fields = [.. Enumerable.Range(0, Fields).Select(field => Noise(new Random(field)))];
    private readonly float[] _common = Noise(new Random(-1));

    /// <summary>The next vector, of length 1.</summary>
    public float[] Next()
    {
        var (field, noise) = (_fields[_random.Next(Fields)], Noise(_random));
        var vector = noise.Select((x, i) => (0.66f * x) + (0.32f * _common[i]) + (0.65f * field[i])).ToArray();
        var length = MathF.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => x / length)];
    }

    // Of length 1 or nearly so.
    private static float[] Noise(Random random) =>
        [.. Enumerable.Range(0, Dimensions).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Sqrt(12.0 / Dimensions)))];
}

/// <summary>What choosing costs for one reader with 5 topics, 30 likes and 90 days of history, as candidates grow.</summary>
public class ChoosingBenchmarks
{
    private RankingSettings _settings = null!;
    private IReadOnlyList<RankingCandidate> _candidates = [];
    private SubscriberFacts _facts = null!;
    private CandidatePapers _inPlay = null!;
    private IReadOnlyList<CandidatePaper> _biggest = [];

    /// <summary>Papers in play; a tenth of them match one of the reader's topics.</summary>
    [Params(300, 1_000, 3_000)]
    public int InPlay { get; set; }

    /// <summary>Makes the papers and the reader.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var texts = new MadeUpTexts(2);
        var random = new Random(3);
        var papers = Enumerable.Range(1, InPlay).Select(texts.Paper).ToArray();
        var statistics = CatalogueStatistics.Build(papers);
        var trending = Trending.Score(
            [.. papers.Select(p => new TrendingFacts { PaperId = p.Id, Day = (int)p.Id % 7, AgeHours = random.Next(150), Upvotes = random.Next(80) })],
            TrendingView.Day);
        _inPlay = new(
            papers.ToDictionary(p => p.Id, p => new CandidatePaper
            {
                Paper = p,
                ListedOn = new(2026, 1, 31),
                Trending = trending[p.Id],
                Freshness = 1,
                IsNew = true,
                IsWithdrawn = false,
                Signature = PaperSignature.Of(p, statistics),
            }),
            statistics);
        _biggest = _inPlay.Biggest(40);
        var model = new TasteModel(papers, new Dictionary<long, long[]>());
        _facts = new()
        {
            Matches = [.. Enumerable.Range(0, InPlay / 10).Select(i => new PaperMatch(i % 5, (i * 10) + 1, random.NextDouble(), ["word"]))],
            Sent = Enumerable.Range(0, 900).Select(i => (long)(i * 7)).ToHashSet(),
            Muted = MutedWords.Of(["survey", "quantum computing"]),
            Taste = model.ProfileOf(1, papers[..30], []),
        };
        _settings = new() { Topics = [.. Enumerable.Range(0, 5).Select(i => new ChosenTopic(i, $"Topic {i}", 1, false))] };
        _candidates = SubscriberCandidates.Of(_facts, _inPlay, _biggest);
    }

    /// <summary>The choice alone: candidates to page, with reasons.</summary>
    [Benchmark]
    public RankedDigest Choose() => DigestRanker.Rank(_candidates, _settings);

    /// <summary>The choice with everything before it: matches to candidates, muted words, taste.</summary>
    [Benchmark]
    public RankedDigest PrepareAndChoose() => DigestRanker.Rank(SubscriberCandidates.Of(_facts, _inPlay, _biggest), _settings);
}

/// <summary>Texts with the word frequencies of real ones.</summary>
internal sealed class MadeUpTexts(int seed)
{
    private const int Vocabulary = 30_000;

    private readonly Random _random = new(seed);

    /// <summary>A paper of made-up words.</summary>
    public IndexedPaper Paper(int id) => IndexedPaper.Of(new PaperText { Id = id, Title = Words(10), Abstract = Words(180) });

    /// <summary>A query as readers write them: rarely of the commonest words.</summary>
    public string Query() => _random.Next(3) switch
    {
        0 => TellingWord(),
        1 => $"{TellingWord()} {TellingWord()}",
        _ => $"\"{TellingWord()} {Word()}\" OR {TellingWord()}",
    };

    private string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

    private string TellingWord() => $"w{Rank() + 150}x";

    private string Word() => $"w{Rank()}x";

    private int Rank() => (int)Math.Pow(Vocabulary, _random.NextDouble());
}
