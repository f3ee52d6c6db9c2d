using System.Text.Json;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Relevance;

/// <summary>Readers of Hugging Face's daily list: a reader a topic (or several), a digest each listing day, nothing sent twice.</summary>
internal sealed class HuggingFaceReaders
{
    private const int LookbackDays = 7;
    private const int MostCloseADay = 6;
    private const int OutsideConsidered = 40;

    private readonly List<ListedPaper> _papers;
    private readonly CatalogueStatistics _statistics;
    private readonly Dictionary<long, List<PaperMatch>> _matches = [];
    private readonly IReadOnlyList<WeightedText> _weighted;
    private readonly PaperSignature[] _signatures;
    private readonly Dictionary<LocalDate, CandidateView> _inPlay = [];
    private readonly ILookup<long, long> _sameResults;

    private HuggingFaceReaders(List<ListedPaper> papers, IReadOnlyList<(long Id, string Name, TopicQuery Query)> topics, SentenceModel? model)
    {
        _papers = papers;
        Chosen = topics;
        _statistics = CatalogueStatistics.Build(papers.Select(p => p.Paper));
        _weighted = TextIndex.Build(papers.Select(p => (p.Paper.Text.Title, p.Paper.Text.Abstract!))).Weighted();
        _signatures = [.. papers.Select(p => PaperSignature.Of(p.Paper, _statistics))];
        Vectors = model is null ? [] : Embed(model, Papers);
        TopicVectors = model is null ? [] : [.. topics.Select(topic => VectorOctets.Read(VectorOctets.From(model.EmbedQuery(topic.Name))))];
        StandingQuery[] queries = [.. topics.Select(t => new StandingQuery(t.Id, t.Query))];
        var learnt = QueryLearning.Learn(queries, papers.Select(p => p.Paper), _statistics)
            .Select(query => query with { Vector = model is null ? null : HalfVectors.Of(TopicVectors[query.Id]) });
        var set = new QuerySet(learnt, _statistics);
        var matches = papers.SelectMany(paper => set.Match(paper.Paper, model is null ? null : Vectors[paper.Paper.Id])
            .Select(hit => (hit.QueryId, hit.Match, Paper: paper))).ToList();
        var closest = matches.Where(hit => hit.Match.Closeness is not null).GroupBy(hit => (hit.QueryId, hit.Paper.ListedOn))
            .SelectMany(day => day.OrderByDescending(hit => hit.Match.Relevance).Take(MostCloseADay));
        foreach (var (query, match, paper) in matches.Where(hit => hit.Match.Closeness is null).Concat(closest))
        {
            if (!_matches.TryGetValue(query, out var list))
                _matches[query] = list = [];
            list.Add(new(query, paper.Paper.Id, match.Relevance, match.Terms, match.IsNear, match.Closeness));
        }
        _sameResults = ClosePairs(SimilarPapers.SameResult).SelectMany(pair => (IEnumerable<(long One, long Other)>)[(pair.One, pair.Other), (pair.Other, pair.One)])
            .ToLookup(pair => pair.One, pair => pair.Other);
    }

    /// <summary>What each paper means; empty by words alone.</summary>
    public float[][] Vectors { get; }

    /// <summary>What each topic means; empty by words alone.</summary>
    public float[][] TopicVectors { get; }

    /// <summary>All pairs of papers that are so close in meaning.</summary>
    public IEnumerable<(long One, long Other, float Closeness)> ClosePairs(float least) =>
        from one in Enumerable.Range(0, Vectors.Length)
        from other in Enumerable.Range(0, one)
        let closeness = VectorMath.Dot(Vectors[one], Vectors[other])
        where closeness >= least
        select ((long)one, (long)other, closeness);

    /// <summary>The papers' vectors.</summary>
    public static float[][] Embed(SentenceModel model, IReadOnlyList<IndexedPaper> papers) => KeptVectors.Embed(
        model,
        [.. papers.Select(paper => paper.Text.Title.Length == 0 ? (paper.Text.Abstract ?? "", null) : (paper.Text.Title, paper.Text.Abstract))]);

    /// <summary>The topics that have a reader each.</summary>
    public IReadOnlyList<(long Id, string Name, TopicQuery Query)> Chosen { get; }

    /// <summary>All papers, their ids being their places.</summary>
    public IReadOnlyList<IndexedPaper> Papers => [.. _papers.Select(p => p.Paper)];

    public List<LocalDate> Days => [.. _papers.Select(p => p.ListedOn).Distinct().Order()];

    public ListedPaper this[long id] => _papers[(int)id];

    public IReadOnlyList<PaperMatch> MatchesOf(long topic) => _matches.GetValueOrDefault(topic) ?? [];

    /// <summary>Whether a paper matches a topic, and is not only near to it.</summary>
    public bool IsMatch(long topic, long paper) => MatchesOf(topic).Any(match => match.PaperId == paper && !match.IsNear);

    /// <summary>Reads that many listing days and the topics shipped with the service.</summary>
    public static HuggingFaceReaders Load(string folder, int days, SentenceModel? model = null)
    {
        var papers = new List<ListedPaper>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Take(days))
        {
            using var day = JsonDocument.Parse(File.ReadAllBytes(file));
            var listedOn = LocalDate.FromDateOnly(DateOnly.ParseExact(Path.GetFileNameWithoutExtension(file), "yyyy-MM-dd"));
            var position = 0;
            foreach (var entry in day.RootElement.EnumerateArray())
            {
                position++;
                var paper = entry.GetProperty("paper");
                if (!seen.Add(paper.GetProperty("id").GetString()!))
                    continue;
                var text = new PaperText
                {
                    Id = papers.Count,
                    Title = Unwrapped(paper.GetProperty("title").GetString()!),
                    Abstract = Unwrapped(paper.GetProperty("summary").GetString()!),
                    Authors = [.. paper.GetProperty("authors").EnumerateArray().Select(a => a.GetProperty("name").GetString()!)],
                };
                var upvotes = paper.TryGetProperty("upvotes", out var votes) ? votes.GetInt32() : 0;
                papers.Add(new(IndexedPaper.Of(text), listedOn, upvotes, position));
            }
        }
        return new(papers, Topics(), model);
    }

    /// <summary>The topics shipped with the service.</summary>
    public static IReadOnlyList<(long Id, string Name, TopicQuery Query)> Topics()
    {
        using var seeds = JsonDocument.Parse(File.ReadAllBytes(TopicCatalogue.SeedFile));
        return [.. seeds.RootElement.EnumerateArray().Select((seed, i) =>
        {
            TopicQuery.TryParse(seed.GetProperty("query").GetString()!, out var query, out var error).ShouldBeTrue(error?.Message);
            return ((long)i, seed.GetProperty("name").GetString()!, query!);
        })];
    }

    /// <summary>One reader's digests over those days, each with what was considered.</summary>
    public IEnumerable<(LocalDate Day, RankedDigest Digest, HashSet<long> SentBefore)> Read(
        IReadOnlyList<long> topics, IEnumerable<LocalDate> days, double diversity, int maxItems = 10)
    {
        var sent = new HashSet<long>();
        var settings = new RankingSettings
        {
            Diversity = diversity,
            MaxItems = maxItems,
        };
        foreach (var day in days)
        {
            var view = InPlay(day);
            var facts = new SubscriberFacts
            {
                Topics = [.. topics.Select(t => new ChosenTopic(t, Chosen[(int)t].Name, 1, false))],
                Matches = [.. topics.Select(topic => QueryMatches.Of(MatchesOf(topic), view.Candidates.Table))],
                Sent = [.. sent],
            };
            var digest = DigestRanker.Choose(facts, view, settings);
            yield return (day, digest, [.. sent]);
            sent.UnionWith(digest.Entries.Select(e => e.Candidate.PaperId));
        }
    }

    /// <summary>How unlike each other the entries are: the mean of one minus the cosine over all pairs.</summary>
    public double Diversity(RankedDigest digest)
    {
        var items = digest.Entries.Select(e => (int)e.Candidate.PaperId).ToList();
        var distances = new List<double>();
        for (var i = 0; i < items.Count; i++)
            for (var j = 0; j < i; j++)
                distances.Add(1 - Cosine(_weighted[items[i]], _weighted[items[j]]));
        return distances.Average();
    }

    private static double Cosine(WeightedText a, WeightedText b)
    {
        var weights = b.Terms.Zip(b.Weights).ToDictionary(t => t.First, t => t.Second);
        return a.Terms.Zip(a.Weights).Sum(t => t.Second * weights.GetValueOrDefault(t.First));
    }

    private CandidateView InPlay(LocalDate today)
    {
        if (_inPlay.TryGetValue(today, out var known))
            return known;
        var listed = _papers.Where(p => p.ListedOn <= today && p.ListedOn > today.PlusDays(-LookbackDays)).ToList();
        var trending = Trending.Score([.. listed.Select(p => p.Facts(today))], TrendingView.Day);
        var papers = new CandidatePapers(listed.Select(p => new CandidatePaper
        {
            Paper = p.Paper,
            ListedOn = p.ListedOn,
            Trending = trending[p.Paper.Id],
            Freshness = Freshness.Of(p.AgeHours(today)),
            IsNew = p.ListedOn == today,
            IsWithdrawn = false,
            Signature = _signatures[p.Paper.Id],
            SameResults = [.. _sameResults[p.Paper.Id]],
        }));
        return _inPlay[today] = new(papers, papers.Biggest(OutsideConsidered));
    }

    private static string Unwrapped(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A paper as the list of that day had it.</summary>
    internal sealed record ListedPaper(IndexedPaper Paper, LocalDate ListedOn, int Upvotes, int Position)
    {
        private const int DigestHour = 17;

        public double AgeHours(LocalDate today) => (Period.DaysBetween(ListedOn, today) * 24) + DigestHour;

        public TrendingFacts Facts(LocalDate today) => new()
        {
            PaperId = Paper.Id,
            Day = ListedOn.ToDateOnly().DayNumber,
            AgeHours = AgeHours(today),
            Upvotes = Upvotes,
            ListingSource = "Hugging Face",
            Position = Position,
        };
    }
}
