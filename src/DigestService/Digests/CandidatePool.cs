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
/// The papers that may be news for the digests of this run, and which of them each query matches: shared by all readers,
/// and by the runs that follow for as long as nothing changes.
/// </summary>
internal sealed class CandidatePool
{
    private readonly KeptCandidates _kept;
    private readonly ConcurrentDictionary<long, Fault> _leftOut = new();
    private readonly TasteLoader _taste;
    private readonly Instant _now;

    private CandidatePool(KeptCandidates kept, TasteLoader taste, Instant now)
    {
        _kept = kept;
        _taste = taste;
        _now = now;
    }

    private IReadOnlyDictionary<long, QueryMatches> Tried { get; init; } = new Dictionary<long, QueryMatches>();

    /// <summary>What a mail shows of each paper, by id.</summary>
    public IReadOnlyDictionary<long, MailPaper> Papers => _kept.Papers;

    /// <summary>Older papers that tell the same as one of these.</summary>
    public EarlierTellings EarlierTellings => _kept.EarlierTellings;

    /// <summary>The day the first of the papers was listed; today where there are none.</summary>
    public LocalDate FirstListedOn => _kept.FirstListedOn;

    /// <summary>The papers as a digest that stands for so many days sees them.</summary>
    public CandidateView For(DueSubscriber subscriber) => _kept.Views[subscriber.PeriodDays];

    /// <summary>The same papers with the matches of queries that are only tried, by made-up rows.</summary>
    public CandidatePool With(IReadOnlyDictionary<long, IReadOnlyList<PaperMatch>> tried) =>
        new(_kept, _taste, _now) { Tried = tried.ToDictionary(query => query.Key, query => QueryMatches.Of(query.Value, _kept.Recent.Table)) };

    /// <summary>Takes a paper that cannot be rendered out of the pool, for everybody in this run.</summary>
    public void LeaveOut(Fault fault) => _leftOut[fault.Id] = fault;

    /// <summary>The papers that were taken out.</summary>
    public IReadOnlyCollection<long> LeftOut => _leftOut.IsEmpty ? [] : [.. _leftOut.Keys];

    /// <summary>Remembers which papers were taken out, and why.</summary>
    public async Task RecordFaultsAsync(NpgsqlConnection connection, Instant now, CancellationToken ct)
    {
        if (!_leftOut.IsEmpty)
            await (await SetAsides.LoadAsync(connection, "paper", ct)).RecordAsync(connection, _leftOut.Values.ToList(), [], now, ct);
    }

    /// <summary>The papers one query matches; none for a query that was not loaded.</summary>
    public QueryMatches MatchesOf(long queryId) => Tried.GetValueOrDefault(queryId) ?? _kept.Matches.GetValueOrDefault(queryId) ?? QueryMatches.None;

    /// <summary>Loads the matches of those queries that no earlier reader needed.</summary>
    public async Task LoadMatchesAsync(NpgsqlConnection connection, IEnumerable<long> queryIds, CancellationToken ct)
    {
        var missing = queryIds.Where(id => !_kept.Matches.ContainsKey(id)).Distinct().ToArray();
        if (missing.Length == 0)
            return;
        var parameters = new { queryIds = missing, paperIds = Papers.Keys.ToArray() };
        var found = (await connection.QueryAsync<MatchRow>(CandidatePoolQueries.Matches, parameters, ct)).ToLookup(match => match.QueryId);
        // One without matches may wait for them, and is asked for again.
        foreach (var id in missing.Where(found.Contains))
            _kept.Matches[id] = QueryMatches.Of(
                found[id].Select(row => new PaperMatch(row.QueryId, row.PaperId, row.Relevance, row.Terms, row.IsNear, row.Closeness)), _kept.Recent.Table);
    }

    /// <summary>What the readers' likes say, for those who have any, as of the candidate pool's moment.</summary>
    public Task<IReadOnlyDictionary<long, TasteProfile>> LoadTasteAsync(IReadOnlyCollection<long> subscribers, CancellationToken ct) =>
        _taste.LoadProfilesAsync(subscribers, _now, ct);

    /// <summary>
    /// Opens candidate pools. What was loaded is kept: a service has a reader due nearly each minute, and the papers change
    /// a few times a day.
    /// </summary>
    internal sealed class Loader(
        Database database, TopicMatching matching, CandidatePapersLoader candidates, TasteLoader taste, DigestOptions options) : IDisposable
    {
        private const int BiggestConsidered = 120;
        private const int ExtraDaysForWeekly = 7;

        // A result that was announced longer ago may be told again.
        private const int ToldAgainAfterDays = 60;

        // Loaded anew without a change too: others' likes count in what is trending, and queries learn anew each week.
        private static readonly Duration KeptFor = Duration.FromHours(1);

        // A paper's freshness halves in a day or more: five minutes change no score by half a hundredth.
        private static readonly Duration SeenAnewAfter = Duration.FromMinutes(5);

        private readonly SemaphoreSlim _gate = new(1, 1);
        private KeptCandidates? _kept;

        /// <summary>How often the papers were loaded.</summary>
        public int Loads { get; private set; }

        /// <summary>The papers of the last days as they stand at <paramref name="now"/>, matched if they were not yet and the database takes writes.</summary>
        public async Task<CandidatePool> OpenAsync(Instant now, CancellationToken ct)
        {
            await _gate.WaitAsync(ct);
            try
            {
                if (_kept is not { } kept || !IsGoodAt(kept, now) || kept.Changes != await CatalogueChanges.ReadAsync(database, ct))
                {
                    // On a standby a preview is of what is matched so far. It is not kept: what waits is matched before the next digest.
                    if (await IsReadOnlyAsync(ct))
                        return new CandidatePool(await LoadAsync(now, ct), taste, now);
                    await matching.MatchDueAsync(ct);
                    await database.ExecuteAsync(CandidatePoolQueries.ForgetChanges, null, ct);
                    _kept = await LoadAsync(now, ct);
                }
                else if (now >= kept.SeenAt + SeenAnewAfter)
                    _kept = kept with { SeenAt = now, Views = Views(kept.Recent, now) };
                return new CandidatePool(_kept, taste, now);
            }
            finally
            {
                _gate.Release();
            }
        }

        /// <summary>The number of the newest query that is not matched; 0 where all are.</summary>
        public Task<long> NewestUnmatchedAsync(CancellationToken ct) => database.QuerySingleOrDefaultAsync<long>(CandidatePoolQueries.NewestUnmatched, null, ct);

        /// <summary>
        /// Matches what came since a pool was opened: to a topic that is edited in the middle of a run, or a query that a reader saves, no
        /// paper would belong. Returns the newest query seen so far.
        /// </summary>
        public async Task<long> MatchSinceAsync(long newest, CancellationToken ct)
        {
            var unmatched = await NewestUnmatchedAsync(ct);
            if (unmatched > newest)
                await matching.MatchDueAsync(ct);
            return Math.Max(newest, unmatched);
        }

        /// <inheritdoc/>
        public void Dispose() => _gate.Dispose();

        private static bool IsGoodAt(KeptCandidates kept, Instant now) =>
            kept.LoadedAt <= now && kept.SeenAt <= now && now < kept.LoadedAt + KeptFor && kept.LoadedAt.InUtc().Date == now.InUtc().Date;

        private static IReadOnlyDictionary<int, CandidateView> Views(RecentCandidates recent, Instant now) =>
            recent.At(now, DueSubscriber.Periods).ToDictionary(
                view => view.Key, view => new CandidateView(view.Value, view.Value.Biggest(BiggestConsidered)));

        private async Task<bool> IsReadOnlyAsync(CancellationToken ct)
        {
            await using var connection = await database.OpenAsync(ct);
            return await DatabaseRoom.IsReadOnlyAsync(connection, ct);
        }

        // The changes are counted before anything is read: one that is committed meanwhile is read now, or seen next time.
        private async Task<KeptCandidates> LoadAsync(Instant now, CancellationToken ct)
        {
            Loads++;
            var changes = await CatalogueChanges.ReadAsync(database, ct);
            await taste.TakeVectorsAsync(ct);
            var recent = await candidates.LoadAsync(now, options.LookbackDays + ExtraDaysForWeekly, ct);
            var views = Views(recent, now);
            var ids = recent.Table.Ids;
            var facts = await database.QueryAsync<PaperRow>(CandidatePoolQueries.Papers, new { ids, now }, ct);
            var papers = facts.ToDictionary(row => row.Id, row => row.ForMail(recent.Table.IndexOf(row.Id) is >= 0 and var place ? recent.Table.Papers[place].Text : null));
            var same = views.Values.First().Candidates.Papers.SelectMany(paper => paper.SameResults).Where(id => !papers.ContainsKey(id)).Distinct().ToArray();
            var toldSince = now.InUtc().Date.PlusDays(-ToldAgainAfterDays).ToDateOnly();
            var tellings = await database.QueryAsync<TellingRow>(CandidatePoolQueries.Tellings, new { ids = same, toldSince }, ct);
            return new KeptCandidates
            {
                LoadedAt = now,
                Changes = changes,
                Recent = recent,
                Papers = papers,
                FirstListedOn = papers.Values.Select(paper => paper.FirstListedOn).DefaultIfEmpty(now.InUtc().Date).Min(),
                EarlierTellings = new(
                    tellings.Select(telling => telling.Id).ToHashSet(),
                    tellings.SelectMany(telling => telling.Numbers).ToArray(),
                    tellings.Select(telling => telling.FirstListedOn).DefaultIfEmpty(now.InUtc().Date).Min()),
                SeenAt = now,
                Views = views,
            };
        }
    }

    /// <summary>What was loaded, at which state of the tables, and how it looks from a moment not long ago.</summary>
    private sealed record KeptCandidates
    {
        public required Instant LoadedAt { get; init; }
        public required CatalogueChanges Changes { get; init; }
        public required RecentCandidates Recent { get; init; }
        public required IReadOnlyDictionary<long, MailPaper> Papers { get; init; }
        public required LocalDate FirstListedOn { get; init; }
        public required EarlierTellings EarlierTellings { get; init; }
        public required Instant SeenAt { get; init; }
        public required IReadOnlyDictionary<int, CandidateView> Views { get; init; }

        /// <summary>By query; several runs add to it at once.</summary>
        public ConcurrentDictionary<long, QueryMatches> Matches { get; } = new();
    }

    private sealed record TellingRow
    {
        public required long Id { get; init; }
        public required LocalDate FirstListedOn { get; init; }
        public required long[] Numbers { get; init; }
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
        public string? InShort { get; init; }
        public required int Upvotes { get; init; }
        public int? UpvotesGained { get; init; }
        public required LocalDate FirstListedOn { get; init; }

        // Texts that matching holds already are not kept twice: 3 kB a paper.
        public MailPaper ForMail(PaperText? held) => new()
        {
            Id = Id,
            Title = string.Equals(held?.Title, Title, StringComparison.Ordinal) ? held!.Title : Title, // equal to what is not null
            Abstract = string.Equals(held?.Abstract, Abstract, StringComparison.Ordinal) ? held?.Abstract : Abstract,
            Authors = held?.Authors is string[] names && names.SequenceEqual(Authors, StringComparer.Ordinal) ? names : Authors,
            ArxivId = ArxivId,
            Url = Url,
            PdfUrl = PdfUrl,
            CodeUrl = CodeUrl,
            ProjectUrl = ProjectUrl,
            InShort = InShort,
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

/// <summary>Older papers that tell the same as one of a candidate pool's.</summary>
/// <param name="Papers">Their ids.</param>
/// <param name="Numbers">These, and the ids that papers had which were merged into them: digests keep the ids they were made with.</param>
/// <param name="FirstListedOn">The day the first of them was listed.</param>
internal sealed record EarlierTellings(IReadOnlySet<long> Papers, long[] Numbers, LocalDate FirstListedOn);
