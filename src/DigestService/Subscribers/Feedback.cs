using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What a reader thought of one paper.</summary>
public sealed record Verdict
{
    /// <summary>The paper's row.</summary>
    public required long PaperId { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary><c>like</c>, <c>less</c> or <c>save</c>.</summary>
    public required string Kind { get; init; }
}

/// <summary>What a saved paper has come by since it was saved.</summary>
public sealed record SavedPaperMark
{
    /// <summary>The paper's row.</summary>
    public required long PaperId { get; init; }

    /// <summary>When it came by its code; null where it did not.</summary>
    public Instant? CodeAt { get; init; }

    /// <summary>When its latest version came; null where none did.</summary>
    public Instant? RevisedAt { get; init; }
}

/// <summary>A verdict as it is given.</summary>
/// <param name="PaperId">The paper's row.</param>
/// <param name="Kind"><c>like</c>, <c>less</c> or <c>save</c>.</param>
internal readonly record struct GivenVerdict(long PaperId, string Kind);

/// <summary>Likes, "less like this" and saved papers: what the personal ranking learns from, and what a reader may see and take back.</summary>
internal sealed class Feedback(Database database, IClock clock)
{
    /// <summary>The verdicts there are.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["like", "less", "save"];

    /// <summary>Records a verdict; giving it twice is giving it once.</summary>
    public Task GiveAsync(long subscriberId, long paperId, string kind, string from, CancellationToken ct) =>
        GiveAsync(subscriberId, [new GivenVerdict(paperId, kind)], from, ct);

    /// <summary>Records verdicts, all of them or none.</summary>
    public Task GiveAsync(long subscriberId, IReadOnlyList<GivenVerdict> verdicts, string from, CancellationToken ct) =>
        database.InTransactionAsync(connection => GiveAsync(connection, subscriberId, verdicts, from, ct), ct);

    /// <summary>Records verdicts in the caller's transaction; where "like" and "less" of one paper are among them, the later counts.</summary>
    public async Task GiveAsync(NpgsqlConnection connection, long subscriberId, IReadOnlyList<GivenVerdict> verdicts, string from, CancellationToken ct)
    {
        var counting = verdicts.Reverse().DistinctBy(verdict => (verdict.PaperId, verdict.Kind == "save")).ToList();
        if (counting.Count == 0)
            return;
        if (await HoldHolderAsync(connection, subscriberId, ct) is not { } holder)
            return;
        await connection.ExecuteAsync(
            PreferenceQueries.GiveFeedback,
            new
            {
                holder,
                papers = counting.Select(verdict => verdict.PaperId).ToArray(),
                kinds = counting.Select(verdict => verdict.Kind).ToArray(),
                from,
                now = clock.GetCurrentInstant(),
            },
            ct);
    }

    /// <summary>What a reader thought of papers, latest first.</summary>
    public Task<IReadOnlyList<Verdict>> OfAsync(long subscriberId, int limit, int offset, CancellationToken ct) =>
        database.QueryAsync<Verdict>(PreferenceQueries.FeedbackOfReader, new { id = subscriberId, limit, offset }, ct);

    /// <summary>The papers a reader saved, latest first.</summary>
    public Task<IReadOnlyList<long>> SavedAsync(long subscriberId, int limit, int offset, CancellationToken ct) =>
        database.QueryAsync<long>(PreferenceQueries.SavedPapers, new { id = subscriberId, limit, offset }, ct);

    /// <summary>What papers that a reader saved have come by since, by paper; most have nothing.</summary>
    public async Task<IReadOnlyDictionary<long, SavedPaperMark>> NewsOfSavedAsync(long subscriberId, IEnumerable<long> papers, CancellationToken ct) =>
        (await database.QueryAsync<SavedPaperMark>(PreferenceQueries.NewsOfSaved, new { id = subscriberId, papers = papers.ToArray() }, ct))
            .ToDictionary(mark => mark.PaperId);

    /// <summary>The papers of the reader's latest digest that held a paper, in its order; none where no digest did.</summary>
    public Task<IReadOnlyList<long>> CompanionsAsync(long subscriberId, long paperId, CancellationToken ct) =>
        database.QueryAsync<long>(PreferenceQueries.Companions, new { id = subscriberId, paperId }, ct);

    /// <summary>The day of the latest digest that was mailed to a reader; null before the first.</summary>
    public async Task<LocalDate?> LatestDigestAsync(long subscriberId, CancellationToken ct) =>
        (await database.QuerySingleOrDefaultAsync<DayRow>(PreferenceQueries.LatestDigest, new { id = subscriberId }, ct))?.Day;

    /// <summary>The verdicts a reader gave on some papers.</summary>
    public async Task<ILookup<long, string>> GivenAsync(long subscriberId, IEnumerable<long> papers, CancellationToken ct) =>
        (await database.QueryAsync<GivenRow>(PreferenceQueries.Given, new { id = subscriberId, papers = papers.ToArray() }, ct))
            .ToLookup(row => row.PaperId, row => row.Kind);

    /// <summary>Forgets one verdict.</summary>
    public Task ForgetAsync(long subscriberId, long paperId, string kind, CancellationToken ct) =>
        ForgetAsync(subscriberId, (long?)paperId, kind, ct);

    /// <summary>Forgets all of them: the ranking knows the reader's topics and nothing else.</summary>
    public Task ResetAsync(long subscriberId, CancellationToken ct) =>
        ForgetAsync(subscriberId, null, null, ct);

    private Task ForgetAsync(long subscriberId, long? paperId, string? kind, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            if (await HoldHolderAsync(connection, subscriberId, ct) is { } holder)
                await connection.ExecuteAsync(PreferenceQueries.ForgetFeedback, new { holder, paperId, kind }, ct);
        },
        ct);

    // With whom the reader's verdicts are held, and stay held until the transaction ends: the reader joins and leaves no list, and
    // nobody else comes to lead it. Null where the reader is gone by now.
    private static async Task<long?> HoldHolderAsync(NpgsqlConnection connection, long id, CancellationToken ct)
    {
        while (true)
        {
            if ((await connection.QueryAsync<long>(PreferenceQueries.HoldAlone, new { id }, ct)).Count > 0)
                return id;
            if (await HolderAsync(connection, id, ct) is not { } leader)
                return null;
            // In the order in which a sender holds the readers of its mails, who must not be kept waiting by one who waits for the sender. A save of
            // the list holds its leader first, and is tried again where the two meet.
            await connection.QueryAsync<long>(PreferenceQueries.Hold, new { id = Math.Min(id, leader) }, ct);
            await connection.QueryAsync<long>(PreferenceQueries.Hold, new { id = Math.Max(id, leader) }, ct);
            // The reader may have left, or the leader, while their rows were waited for.
            if (await HolderAsync(connection, id, ct) == leader)
                return leader;
        }
    }

    private static async Task<long?> HolderAsync(NpgsqlConnection connection, long subscriberId, CancellationToken ct) =>
        (await SubscriberRows.HoldersAsync(connection, [subscriberId], ct)).TryGetValue(subscriberId, out var holder) ? holder : null;

    private sealed record DayRow
    {
        public LocalDate? Day { get; init; }
    }

    private sealed record GivenRow
    {
        public required long PaperId { get; init; }
        public required string Kind { get; init; }
    }
}
