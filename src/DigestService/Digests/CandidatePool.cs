using System.Collections.Concurrent;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Taste;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// The papers that may be news for the digests of this run, and which of them each query matches: loaded once a run,
/// shared by all readers.
/// </summary>
internal sealed class CandidatePool
{
    private readonly Dictionary<long, IReadOnlyList<PaperMatch>> _matches = [];
    private readonly IReadOnlyDictionary<int, CandidateView> _views;
    private readonly ConcurrentDictionary<long, Fault> _leftOut = new();

    private readonly TasteLoader _taste;
    private readonly Instant _now;

    private CandidatePool(
        IReadOnlyDictionary<int, CandidateView> views, IReadOnlyDictionary<long, MailPaper> papers, TasteLoader taste, Instant now)
    {
        _views = views;
        _taste = taste;
        _now = now;
        Papers = papers;
    }

    /// <summary>What a mail shows of each paper, by id.</summary>
    public IReadOnlyDictionary<long, MailPaper> Papers { get; }

    /// <summary>The papers as a digest that stands for so many days sees them.</summary>
    public CandidateView For(DueSubscriber subscriber) => _views[subscriber.PeriodDays];

    /// <summary>Takes a paper that cannot be rendered out of the pool, for everybody.</summary>
    public void LeaveOut(Fault fault) => _leftOut[fault.Id] = fault;

    /// <summary>Whether a paper was taken out.</summary>
    public bool IsLeftOut(long paperId) => _leftOut.ContainsKey(paperId);

    /// <summary>Remembers which papers were taken out, and why.</summary>
    public async Task RecordFaultsAsync(NpgsqlConnection connection, Instant now, CancellationToken ct)
    {
        if (!_leftOut.IsEmpty)
            await (await SetAsides.LoadAsync(connection, "paper", ct)).RecordAsync(connection, _leftOut.Values.ToList(), [], now, ct);
    }

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
            _matches[query.Key] = query.Select(row => new PaperMatch(row.QueryId, row.PaperId, row.Relevance, row.Terms, row.IsNear, row.Closeness)).ToList();
    }

    /// <summary>What the readers' likes say, for those who have any, as of the candidate pool's moment.</summary>
    public Task<IReadOnlyDictionary<long, TasteProfile>> LoadTasteAsync(IReadOnlyCollection<long> subscribers, CancellationToken ct) =>
        _taste.LoadProfilesAsync(subscribers, _now, ct);

    /// <summary>Opens candidate pools.</summary>
    internal sealed class Loader(
        Database database, TopicMatching matching, CandidatePapersLoader candidates, TasteLoader taste, DigestOptions options)
    {
        private const int BiggestConsidered = 120;
        private const int ExtraDaysForWeekly = 7;

        /// <summary>The papers of the last days as they stand at <paramref name="now"/>, matched if they were not yet.</summary>
        public async Task<CandidatePool> OpenAsync(Instant now, CancellationToken ct)
        {
            await matching.MatchDueAsync(ct);
            var days = options.LookbackDays + ExtraDaysForWeekly;
            var views = (await candidates.LoadAsync(now, days, DueSubscriber.Periods, ct)).ToDictionary(
                view => view.Key, view => new CandidateView(view.Value, view.Value.Biggest(BiggestConsidered)));
            var ids = views.Values.First().Candidates.Papers.Keys.ToArray();
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
        public float? Closeness { get; init; }
    }
}

/// <summary>The candidates, and the most noticed of them, the biggest first.</summary>
internal sealed record CandidateView(CandidatePapers Candidates, IReadOnlyList<CandidatePaper> Biggest);
