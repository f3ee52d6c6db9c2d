using DigestService.Mails;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Taste;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// The papers that may be news for the digests in hand, and which of them each query matches: loaded once a run,
/// shared by all readers.
/// </summary>
internal sealed class CandidatePool
{
    private readonly Dictionary<long, IReadOnlyList<PaperMatch>> _matches = [];
    private readonly Dictionary<TrendingView, CandidateView> _views;

    private readonly TasteLoader _taste;
    private readonly Instant _now;

    private CandidatePool(
        Dictionary<TrendingView, CandidateView> views, IReadOnlyDictionary<long, MailPaper> papers, TasteLoader taste, Instant now)
    {
        _views = views;
        _taste = taste;
        _now = now;
        Papers = papers;
    }

    /// <summary>What a mail shows of each paper, by id.</summary>
    public IReadOnlyDictionary<long, MailPaper> Papers { get; }

    /// <summary>The papers as a reader with that rhythm sees them: weekly readers by the trend of a week.</summary>
    public CandidateView For(DueSubscriber subscriber) => _views[subscriber.IsWeekly ? TrendingView.Week : TrendingView.Day];

    /// <summary>The papers one query matches; empty for a query that was not loaded.</summary>
    public IReadOnlyList<PaperMatch> MatchesOf(long queryId) => _matches.GetValueOrDefault(queryId) ?? [];

    /// <summary>Loads the matches of those queries that no earlier reader needed.</summary>
    public async Task LoadMatchesAsync(NpgsqlConnection connection, IEnumerable<long> queryIds, CancellationToken ct)
    {
        var missing = queryIds.Where(id => !_matches.ContainsKey(id)).Distinct().ToArray();
        if (missing.Length == 0)
            return;
        var parameters = new { queryIds = missing, paperIds = Papers.Keys.ToArray() };
        var found = await connection.QueryAsync<MatchRow>(CandidatePoolQueries.Matches, parameters, ct);
        foreach (var id in missing)
            _matches[id] = [];
        foreach (var query in found.GroupBy(match => match.QueryId))
            _matches[query.Key] = query.Select(row => new PaperMatch(row.QueryId, row.PaperId, row.Relevance, row.Terms, row.IsNear)).ToList();
    }

    /// <summary>What the readers' likes say, for those who have any, as of the candidate pool's moment.</summary>
    public Task<IReadOnlyDictionary<long, TasteProfile>> LoadTasteAsync(IReadOnlyCollection<long> subscribers, CancellationToken ct) =>
        _taste.LoadProfilesAsync(subscribers, _now, ct);

    /// <summary>Opens candidate pools.</summary>
    internal sealed class Loader(
        Database database, TopicMatching matching, CandidatePapersLoader papersInPlay, TasteLoader taste, DigestOptions options)
    {
        private const int BiggestConsidered = 120;
        private const int ExtraDaysForWeekly = 7;

        /// <summary>The papers of the last days as they pool at <paramref name="now"/>, matched if they were not yet.</summary>
        public async Task<CandidatePool> OpenAsync(Instant now, CancellationToken ct)
        {
            await matching.MatchDueAsync(ct);
            var days = options.LookbackDays + ExtraDaysForWeekly;
            var views = new Dictionary<TrendingView, CandidateView>();
            foreach (var view in (TrendingView[])[TrendingView.Day, TrendingView.Week])
            {
                var inPlay = await papersInPlay.LoadAsync(now, days, view, ct);
                views[view] = new CandidateView(inPlay, inPlay.Biggest(BiggestConsidered));
            }

            var ids = views[TrendingView.Day].InPlay.Papers.Keys.ToArray();
            var facts = await database.QueryAsync<PaperRow>(CandidatePoolQueries.Papers, new { ids, now }, ct);
            return new CandidatePool(views, facts.ToDictionary(row => row.Id, row => row.ForMail()), taste, now);
        }
    }

    private sealed record PaperRow
    {
        public required long Id { get; init; }
        public required string Title { get; init; }
        public string? Abstract { get; init; }
        public required string[] Authors { get; init; }
        public string? ArxivId { get; init; }
        public string? Url { get; init; }
        public string? PdfUrl { get; init; }
        public string? CodeUrl { get; init; }
        public string? ProjectUrl { get; init; }
        public required int Upvotes { get; init; }
        public int? UpvotesGained { get; init; }
        public required LocalDate FirstListedOn { get; init; }

        public MailPaper ForMail() => new()
        {
            Id = Id,
            Title = Title,
            Abstract = Abstract,
            Authors = Authors,
            ArxivId = ArxivId,
            Url = Url,
            PdfUrl = PdfUrl,
            CodeUrl = CodeUrl,
            ProjectUrl = ProjectUrl,
            Upvotes = Upvotes,
            UpvotesGained = UpvotesGained,
            FirstListedOn = FirstListedOn,
        };
    }

    private sealed record MatchRow
    {
        public required long QueryId { get; init; }
        public required long PaperId { get; init; }
        public required float Relevance { get; init; }
        public required string[] Terms { get; init; }
        public required bool IsNear { get; init; }
    }
}

/// <summary>Papers in play, and the most noticed of them, the biggest first.</summary>
internal sealed record CandidateView(CandidatePapers InPlay, IReadOnlyList<CandidatePaper> Biggest);
