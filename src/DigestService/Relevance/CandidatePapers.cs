using DigestService.Platform;
using NodaTime;

namespace DigestService.Relevance;

/// <summary>Everything of one recent paper that is the same for all readers.</summary>
public sealed record CandidatePaper
{
    /// <summary>The paper, prepared for matching muted words and taste.</summary>
    public required IndexedPaper Paper { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate FirstListedOn { get; init; }

    /// <summary>Attention up to the moment.</summary>
    public required TrendingScore Trending { get; init; }

    /// <summary>See <see cref="Relevance.Freshness"/>.</summary>
    public required double Freshness { get; init; }

    /// <summary>Listed within the last day.</summary>
    public required bool IsNew { get; init; }

    /// <summary>Withdrawn by its authors.</summary>
    public required bool IsWithdrawn { get; init; }

    /// <summary>Content in 256 bits.</summary>
    public required PaperSignature Signature { get; init; }
}

/// <summary>The recent papers as they stand at one moment; made once and shared by all readers planned at it.</summary>
public sealed record CandidatePapers(IReadOnlyDictionary<long, CandidatePaper> Papers, CatalogueStatistics Statistics)
{
    /// <summary>The most noticed papers, best first, ties by id; what readers' outside places are filled from.</summary>
    public IReadOnlyList<CandidatePaper> Biggest(int count) =>
        [.. Papers.Values.Where(p => !p.IsWithdrawn).OrderByDescending(p => p.Trending.Value * p.Freshness)
            .ThenBy(p => p.Paper.Id).Take(count)];
}

/// <summary>Loads <see cref="CandidatePapers"/>.</summary>
internal sealed class CandidatePapersLoader(Database database, RecentPapers recent)
{
    private const double NewHours = 24;

    /// <summary>The most noticed papers of the last days as known at that moment, biggest first, ties by id; withdrawn ones left out.</summary>
    public async Task<IReadOnlyList<long>> BiggestAsync(Instant now, int days, TrendingView view, int count, CancellationToken ct)
    {
        var (rows, trending) = await TrendAsync(now, days, view, ct);
        return [.. rows.Where(r => !r.IsWithdrawn).OrderByDescending(r => trending[r.Id].Value).ThenBy(r => r.Id).Take(count).Select(r => r.Id)];
    }

    /// <summary>Papers first listed in the <paramref name="days"/> days up to <paramref name="now"/>, as known at that moment.</summary>
    public async Task<CandidatePapers> LoadAsync(Instant now, int days, TrendingView view, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        var (rows, trending) = await TrendAsync(now, days, view, ct);
        var known = catalogue.Papers.ToDictionary(p => p.Paper.Id, p => p.Paper);
        // A run at a moment long past looks at papers that are no longer among the newest.
        var older = rows.Select(r => r.Id).Where(id => !known.ContainsKey(id)).ToArray();
        if (older.Length > 0)
            foreach (var row in await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = older }, ct))
                known[row.Id] = row.Index();
        var papers = new Dictionary<long, CandidatePaper>(rows.Count);
        foreach (var row in rows)
        {
            if (!known.TryGetValue(row.Id, out var paper))
                continue;
            var age = row.AgeHours(now);
            papers[row.Id] = new()
            {
                Paper = paper,
                FirstListedOn = row.FirstListedOn,
                Trending = trending[row.Id],
                Freshness = Freshness.Of(age),
                IsNew = age <= NewHours,
                IsWithdrawn = row.IsWithdrawn,
                Signature = PaperSignature.Of(paper, catalogue.Statistics),
            };
        }
        return new(papers, catalogue.Statistics);
    }

    private async Task<(IReadOnlyList<InPlayRow> Rows, IReadOnlyDictionary<long, TrendingScore> Trending)> TrendAsync(
        Instant now, int days, TrendingView view, CancellationToken ct)
    {
        var today = now.InUtc().Date;
        var rows = await database.QueryAsync<InPlayRow>(
            RelevanceQueries.CandidatePapers, new { now, today, from = today.PlusDays(1 - days) }, ct);
        return (rows, Trending.Score([.. rows.Select(r => r.Facts(now))], view));
    }

    private sealed record InPlayRow
    {
        public required long Id { get; init; }

        public required LocalDate FirstListedOn { get; init; }

        public required bool IsWithdrawn { get; init; }

        public required int Upvotes { get; init; }

        public Instant? ReadAt { get; init; }

        public int? EarlierUpvotes { get; init; }

        public Instant? EarlierReadAt { get; init; }

        public string? Source { get; init; }

        public required int Position { get; init; }

        public required int Likes { get; init; }

        public double AgeHours(Instant now) => HoursSinceListing(now);

        public TrendingFacts Facts(Instant now) => new()
        {
            PaperId = Id,
            Day = FirstListedOn.ToDateOnly().DayNumber,
            AgeHours = HoursSinceListing(now),
            Upvotes = Upvotes,
            ObservedHours = ReadAt is { } at ? Math.Max(0, HoursSinceListing(at)) : null,
            EarlierUpvotes = EarlierUpvotes,
            EarlierHours = EarlierReadAt is { } before ? Math.Max(0, HoursSinceListing(before)) : null,
            Likes = Likes,
            ListingSource = Source,
            Position = Position,
        };

        private double HoursSinceListing(Instant at) => (at - FirstListedOn.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant()).TotalHours;
    }
}
