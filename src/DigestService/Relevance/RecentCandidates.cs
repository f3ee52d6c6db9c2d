using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using NodaTime;

namespace DigestService.Relevance;

/// <summary>The recent papers as the tables had them; <see cref="At"/> makes of them what one moment sees.</summary>
internal sealed class RecentCandidates
{
    private const int NewHours = 24;

    private readonly (CandidatePapersLoader.CandidateRow Row, PaperSignature Signature, long[] SameResults)[] _rows;

    /// <summary>Takes rows and what belongs to each, side by side.</summary>
    public RecentCandidates(
        IReadOnlyList<CandidatePapersLoader.CandidateRow> rows,
        IReadOnlyList<IndexedPaper> papers,
        IReadOnlyList<PaperSignature> signatures,
        ILookup<long, long> sameResults)
    {
        Table = new(papers);
        _rows = [.. Enumerable.Range(0, rows.Count).OrderBy(i => rows[i].Id).Select(i => (rows[i], signatures[i], sameResults[rows[i].Id].ToArray()))];
    }

    /// <summary>The papers whatever the moment.</summary>
    public PaperTable Table { get; }

    /// <summary>The papers at a moment, once for each of the periods (in days) that a digest may stand for.</summary>
    public IReadOnlyDictionary<int, CandidatePapers> At(Instant now, IReadOnlyCollection<int> periods)
    {
        var facts = Array.ConvertAll(_rows, of => of.Row.Facts(now));
        return periods.ToDictionary(period => period, period =>
        {
            var trending = Trending.Score(facts, period > 1 ? TrendingView.Week : TrendingView.Day, period * 24);
            var seen = new CandidatePaper[_rows.Length];
            for (var i = 0; i < seen.Length; i++)
                seen[i] = new()
                {
                    Paper = Table.Papers[i],
                    ListedOn = _rows[i].Row.ListedOn,
                    Trending = trending[_rows[i].Row.Id],
                    Freshness = Freshness.Of(facts[i].AgeHours, period * 24),
                    IsNew = facts[i].AgeHours <= NewHours,
                    IsWithdrawn = _rows[i].Row.IsWithdrawn,
                    Signature = _rows[i].Signature,
                    SameResults = _rows[i].SameResults,
                };
            return new CandidatePapers(seen, Table);
        });
    }
}

/// <summary>Loads <see cref="CandidatePapers"/>.</summary>
internal sealed class CandidatePapersLoader(Database database, RecentPapers recent, RelevanceOptions options)
{
    // A signature costs as much as reading the paper again; it changes with the paper's text and the rarity of words alone.
    private SignedPapers _signed = new(CatalogueStatistics.Empty, []);

    /// <summary>The most noticed papers of the last days as known at that moment, biggest first, of as big ones the newest, ties by id; withdrawn ones left out.</summary>
    public async Task<IReadOnlyList<long>> BiggestAsync(Instant now, int days, TrendingView view, int count, CancellationToken ct)
    {
        var rows = await ReadAsync(now, days, ct);
        var trending = Trending.Score([.. rows.Select(r => r.Facts(now))], view);
        return [.. rows.Where(r => !r.IsWithdrawn).OrderByDescending(r => trending[r.Id].Value).ThenByDescending(r => r.ListedOn).ThenBy(r => r.Id).Take(count).Select(r => r.Id)];
    }

    /// <summary>
    /// Papers listed in the <paramref name="days"/> days up to <paramref name="now"/>, before they are seen from a moment: what
    /// holds until the tables change or the day ends.
    /// </summary>
    public async Task<RecentCandidates> LoadAsync(Instant now, int days, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        var rows = await ReadAsync(now, days, ct);
        var known = catalogue.Papers.ToDictionary(p => p.Paper.Id, p => p.Paper);
        // A run at a moment long past looks at papers that are no longer among the newest.
        var older = rows.Select(r => r.Id).Where(id => !known.ContainsKey(id)).ToArray();
        if (older.Length > 0)
            foreach (var row in await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = older }, ct))
                if (row.TryIndex() is { } indexed)
                    known[row.Id] = indexed;
        var readable = rows.Where(row => known.ContainsKey(row.Id)).ToList();
        var papers = readable.ConvertAll(row => known[row.Id]);
        return new RecentCandidates(readable, papers, Signatures(papers, catalogue.Statistics), await SameResultsAsync(papers, ct));
    }

    private async Task<ILookup<long, long>> SameResultsAsync(List<IndexedPaper> papers, CancellationToken ct)
    {
        var pairs = options.IsOff
            ? []
            : await database.QueryAsync<SameResultRow>(
                RelevanceQueries.SameResults, new { papers = papers.ConvertAll(paper => paper.Id).ToArray(), least = SimilarPapers.SameResult }, ct);
        return pairs.ToLookup(pair => pair.PaperId, pair => pair.SimilarId);
    }

    private sealed record SameResultRow
    {
        public required long PaperId { get; init; }

        public required long SimilarId { get; init; }
    }

    private List<PaperSignature> Signatures(List<IndexedPaper> papers, CatalogueStatistics statistics)
    {
        var before = ReferenceEquals(_signed.Statistics, statistics) ? _signed.Signatures : [];
        var signatures = papers.ConvertAll(paper => before.TryGetValue(paper, out var known) ? known : PaperSignature.Of(paper, statistics));
        _signed = new(statistics, papers.Zip(signatures).ToDictionary(pair => pair.First, pair => pair.Second));
        return signatures;
    }

    private sealed record SignedPapers(CatalogueStatistics Statistics, Dictionary<IndexedPaper, PaperSignature> Signatures);

    private async Task<IReadOnlyList<CandidateRow>> ReadAsync(Instant now, int days, CancellationToken ct)
    {
        var today = now.InUtc().Date;
        var rows = await database.QueryAsync<CandidateRow>(RelevanceQueries.CandidatePapers, new { now, today, from = today.PlusDays(1 - days) }, ct);
        var likes = (await database.QueryAsync<LikesRow>(RelevanceQueries.Likes, new { now, papers = rows.Select(row => row.Id).ToArray() }, ct))
            .ToDictionary(row => row.PaperId, row => row.Likes);
        return [.. rows.Select(row => row with { Likes = likes.GetValueOrDefault(row.Id) })];
    }

    private sealed record LikesRow
    {
        public required long PaperId { get; init; }

        public required int Likes { get; init; }
    }

    /// <summary>What the tables say of one candidate.</summary>
    internal sealed record CandidateRow
    {
        // What was written down longer after its listing was written down in arrears and says nothing about that day.
        private static readonly Duration MostLag = Duration.FromHours(48);
        private static readonly Duration MostLead = Duration.FromHours(24);
        private static readonly Duration UsualLag = Duration.FromHours(12);

        public required long Id { get; init; }

        public required LocalDate ListedOn { get; init; }

        public required Instant KnownSince { get; init; }

        public required bool IsWithdrawn { get; init; }

        public required int Upvotes { get; init; }

        public Instant? ReadAt { get; init; }

        public int? EarlierUpvotes { get; init; }

        public Instant? EarlierReadAt { get; init; }

        public string? Source { get; init; }

        public LocalDate? ListingOn { get; init; }

        public required int Position { get; init; }

        public int Likes { get; init; }

        private Instant ListingBegan => ListedOn.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();

        // Since when it could have been in a digest, whatever the hour of the day in UTC.
        private Instant AvailableSince => KnownSince < ListingBegan - MostLead || KnownSince > ListingBegan + MostLag
            ? ListingBegan + UsualLag
            : KnownSince;

        public TrendingFacts Facts(Instant now) => new()
        {
            PaperId = Id,
            Day = ListedOn.ToDateOnly().DayNumber,
            AgeHours = Math.Max(0, (now - AvailableSince).TotalHours),
            Upvotes = Upvotes,
            ObservedHours = ReadAt is { } at ? HoursOfListing(at) : null,
            EarlierUpvotes = EarlierUpvotes,
            EarlierHours = EarlierReadAt is { } before ? HoursOfListing(before) : null,
            Likes = Likes,
            ListingSource = Source,
            ListedOn = ListingOn,
            Position = Position,
        };

        private double HoursOfListing(Instant at) => Math.Max(0, (at - ListingBegan).TotalHours);
    }
}
