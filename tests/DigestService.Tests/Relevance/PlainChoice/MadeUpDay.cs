using DigestService.Relevance;
using DigestService.Relevance.Taste;
using NodaTime;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>
/// A day of made-up papers, queries and readers with everything that choosing looks at: near-duplicates, results that are told
/// twice, ties, muted and followed things, likes and dislikes, other readers' likes, vectors or none.
/// </summary>
internal sealed class MadeUpDay
{
    private static readonly LocalDate Today = new(2026, 3, 4);

    private readonly Random _random;
    private readonly TasteModel _taste;
    private readonly IndexedPaper[] _likeable;
    private readonly long[] _ids;

    /// <summary>Makes it; the same arguments make the same day.</summary>
    public MadeUpDay(int seed, int papers, int queries, int matchesAQuery, bool hasMeaning)
    {
        _random = new(seed);
        var texts = new MadeUpTexts(seed);
        _ids = [.. Enumerable.Range(0, papers).Select(i => (i * 3L) + _random.Next(3) + 1)];
        var made = new List<IndexedPaper>();
        foreach (var id in _ids)
            made.Add(made.Count > 0 && _random.Next(15) == 0 ? Again(made[^1], id) : texts.Paper((int)id));
        var statistics = CatalogueStatistics.Build(made);
        InPlay = [.. made.Select(paper => Candidate(paper, statistics))];
        View = new(new CandidatePapers(InPlay), [.. new CandidatePapers(InPlay).Biggest(120)]);
        Matches = [.. Enumerable.Range(0, queries).Select(query => MatchesOf(query, matchesAQuery))];
        Shared = [.. Matches.Select(matches => QueryMatches.Of(matches, View.Candidates.Table))];
        // Some of what is liked is no longer in play, and some of what is in play is not among the newest.
        _likeable = [.. made.Skip(papers / 10), .. Enumerable.Range(1_000_000, papers).Select(texts.Paper)];
        var vectors = new MadeUpVectors(seed);
        _taste = new(
            _likeable,
            Enumerable.Range(1, 40).ToDictionary(reader => (long)reader, _ => Several(_likeable, 2, 20).Select(paper => paper.Id).ToArray()),
            hasMeaning ? _likeable.Where(_ => _random.Next(20) > 0).ToDictionary(paper => paper.Id, _ => vectors.Next()) : null);
    }

    /// <summary>The papers.</summary>
    public CandidatePaper[] InPlay { get; }

    /// <summary>The same in arrays.</summary>
    public CandidateView View { get; }

    /// <summary>What each query matches.</summary>
    public IReadOnlyList<PaperMatch>[] Matches { get; }

    /// <summary>The same in arrays.</summary>
    public QueryMatches[] Shared { get; }

    /// <summary>The papers that were judged.</summary>
    public IReadOnlyList<IndexedPaper> PapersOf(IReadOnlyList<JudgedPaper> judged) =>
        [.. judged.Select(paper => _likeable.First(likeable => likeable.Id == paper.Paper.PaperId))];

    /// <summary>A reader of any kind.</summary>
    public MadeUpReader Any()
    {
        var topics = Several([.. Enumerable.Range(0, Matches.Length)], 0, _random.Next(4) == 0 ? 20 : 6).Distinct().Order().ToArray();
        return new()
        {
            Topics = [.. topics.Select(id => new ChosenTopic(id, $"Topic {id}", ((double[])[0, 0.5, 1, 1, 1, 3])[_random.Next(6)], _random.Next(10) == 0))],
            Followed = topics.Where(_ => _random.Next(8) == 0).ToDictionary(id => (long)id, id => $"Author {id % 5}"),
            Sent = [.. Several(_ids, 0, 60), .. Several(_ids, 0, 3).Select(id => id + 100_000)],
            Judged = Several(_ids, 0, _random.Next(3) == 0 ? 10 : 0),
            MutedWords = _random.Next(3) == 0 ? ["w7x", "w40x w3x", "the"] : [],
            NewsAfter = Today.PlusDays(-_random.Next(1, 15)),
            LeftOut = _random.Next(5) == 0 ? Several(_ids, 1, 5) : [],
            Settings = new()
            {
                MaxItems = ((int[])[1, 2, 3, 5, 10, 10, 10, 20, 50])[_random.Next(9)],
                OutsideTopics = _random.Next(4),
                IsAllOutside = _random.Next(10) == 0,
                NearTopics = _random.Next(10) == 0 ? 0 : 3,
                MinimumScore = _random.Next(10) == 0 ? 0.3 : 0.05,
                Diversity = _random.Next(10) == 0 ? 0 : 0.5,
            },
            Taste = _random.Next(3) == 0
                ? _taste.ProfileOf(_random.Next(60), Several(_likeable, 0, 40).Distinct().ToList(), Several(_likeable, 0, _random.Next(2) * 5).Distinct().ToList())
                : null,
        };
    }

    /// <summary>A reader of five topics with so many likes and a history of ninety days, of which these papers' days are the last.</summary>
    public MadeUpReader Usual(int likes) => new()
    {
        Topics = [.. Several([.. Enumerable.Range(0, Matches.Length)], 5, 5).Distinct().Select(id => new ChosenTopic(id, $"Topic {id}", 1, false))],
        Sent = Several(_ids, 70, 70),
        MutedWords = _random.Next(5) == 0 ? ["w70x"] : [],
        NewsAfter = Today.PlusDays(-7),
        Settings = new(),
        Taste = likes > 0 ? _taste.ProfileOf(1000, Several(_likeable, likes, likes).Distinct().ToList(), []) : null,
    };

    private T[] Several<T>(T[] of, int fewest, int most) =>
        [.. Enumerable.Range(0, _random.Next(fewest, most + 1)).Select(_ => of[_random.Next(of.Length)])];

    private static IndexedPaper Again(IndexedPaper paper, long id) => IndexedPaper.Of(paper.Text with { Id = id, Title = paper.Text.Title + " again" });

    private CandidatePaper Candidate(IndexedPaper paper, CatalogueStatistics statistics)
    {
        var place = _random.Next(30);
        return new()
        {
            Paper = paper,
            ListedOn = Today.PlusDays(1 - _random.Next(15)),
            Trending = new(_random.Next(100) / 100.0, _random.Next(80), _random.Next(48), place > 20 ? "Hugging Face" : null, place > 20 ? place - 20 : 0),
            Freshness = _random.Next(4) == 0 ? 0.6 : 1,
            IsNew = _random.Next(3) == 0,
            IsWithdrawn = _random.Next(50) == 0,
            Signature = PaperSignature.Of(paper, statistics),
            SameResults = _random.Next(25) == 0 ? [_ids[_random.Next(_ids.Length)], _ids[_random.Next(_ids.Length)] + 100_000] : [],
        };
    }

    // A paper stands once among the matches of a query; some stand for papers that are gone.
    private List<PaperMatch> MatchesOf(long query, int usual) =>
        [.. Several(_ids, usual / 2, usual * 3 / 2).Append(7_000_000).Distinct().Select(id => _random.Next(8) switch
        {
            0 => new PaperMatch(query, id, _random.Next(1, 7) / 10.0, ["near"], IsNear: true),
            1 => new PaperMatch(query, id, _random.Next(1, 7) / 10.0, ["A sentence."], IsNear: true, Closeness: 0.5),
            _ => new PaperMatch(query, id, _random.Next(1, 21) / 20.0, _random.Next(9) == 0 ? [] : [$"word {query}"]),
        }).OrderByDescending(match => match.Relevance).ThenBy(match => match.PaperId)];
}

/// <summary>A made-up reader, as the service asks for the digest and as the plain rule does.</summary>
internal sealed record MadeUpReader
{
    public required IReadOnlyList<ChosenTopic> Topics { get; init; }
    public IReadOnlyDictionary<long, string> Followed { get; init; } = new Dictionary<long, string>();
    public required IReadOnlyList<long> Sent { get; init; }
    public IReadOnlyList<long> Judged { get; init; } = [];
    public IReadOnlyList<string> MutedWords { get; init; } = [];
    public required LocalDate NewsAfter { get; init; }
    public IReadOnlyCollection<long> LeftOut { get; init; } = [];
    public required RankingSettings Settings { get; init; }
    public TasteProfile? Taste { get; init; }

    /// <summary>What the service is told.</summary>
    public SubscriberFacts Facts(MadeUpDay day) => new()
    {
        Topics = Topics,
        Matches = [.. Topics.Select(topic => day.Shared[topic.TopicId])],
        FollowedAuthors = Followed,
        Sent = Sent,
        Judged = Judged,
        MutedWords = MutedWords,
        Taste = Taste,
        NewsAfter = NewsAfter,
        LeftOut = LeftOut,
    };

    /// <summary>The digest by the plain rule.</summary>
    public PlainDigest ChoosePlainly(MadeUpDay day, IReadOnlyDictionary<long, CandidatePaper> inPlay, PlainProfile? taste)
    {
        var sent = Sent.ToHashSet();
        var facts = new PlainFacts
        {
            Matches = [.. Topics.SelectMany(topic => day.Matches[topic.TopicId]).Where(match => inPlay.TryGetValue(match.PaperId, out var paper) && IsNews(paper))],
            FollowedAuthors = Followed,
            Sent = sent,
            Judged = Judged.ToHashSet(),
            Muted = PlainMutedWords.Of(MutedWords),
            Taste = taste,
        };
        var biggest = day.View.Biggest.Select(place => day.View.Candidates[place]).Where(IsNews).ToList();
        return PlainRanker.Rank(PlainCandidates.Of(facts, inPlay, biggest), new()
        {
            Topics = Topics,
            MaxItems = Settings.MaxItems,
            OutsideTopics = Settings.OutsideTopics,
            IsAllOutside = Settings.IsAllOutside,
            NearTopics = Settings.NearTopics,
            MinimumScore = Settings.MinimumScore,
            Diversity = Settings.Diversity,
            PlacesHad = Topics.ToDictionary(
                topic => topic.TopicId,
                topic => sent.Count(paper => day.Matches[topic.TopicId].Any(match => match.PaperId == paper && !match.IsNear && inPlay.ContainsKey(paper)))),
        });

        bool IsNews(CandidatePaper paper) => paper.ListedOn > NewsAfter && !LeftOut.Contains(paper.PaperId);
    }
}
