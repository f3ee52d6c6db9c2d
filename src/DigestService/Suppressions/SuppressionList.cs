using System.Diagnostics.Metrics;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Suppressions;

/// <summary>Whom we must not mail. Addresses are kept as keyed hashes, so the list survives their erasure.</summary>
internal sealed class SuppressionList(LinkSigner signer)
{
    private static readonly Counter<long> Bounces =
        Telemetry.Meter.CreateCounter<long>("digest.bounces", "{bounce}", "Mails that came back or were refused for good, by kind (hard, soft).");

    /// <summary>Hard bounces on so many different days suppress an address.</summary>
    public const int BounceDays = 2;

    /// <summary>Days that a hard bounce counts.</summary>
    public const int BounceWindow = 30;

    /// <summary>Soft bounces on so many days give a mailbox up: a weekly reader has four digests in the window.</summary>
    public const int SoftDays = 4;

    /// <summary>Days between the first and the last of them: longer than a full mailbox waits for its owner's return from a fortnight away.</summary>
    public const int SoftSpan = 15;

    /// <summary>A day with no more mails than this says nothing about the share that bounced.</summary>
    public const int FewMails = 20;

    /// <summary>A day on which a larger share bounced hard suppresses nobody until the operator has looked at it.</summary>
    public const double LargestHardShare = 0.05;

    /// <summary>Adds an address by its key, in the caller's transaction. A graver reason replaces <c>unsubscribed</c> and <c>erased</c>.</summary>
    /// <param name="connection">The caller's connection.</param>
    /// <param name="addressKey">The address's comparison key.</param>
    /// <param name="reason"><c>unsubscribed</c>, <c>bounced</c>, <c>complained</c>, <c>operator</c> or <c>erased</c>.</param>
    /// <param name="detail">What the operator should know; never the address.</param>
    /// <param name="now">The moment it happened.</param>
    /// <param name="ct">Stops the statement.</param>
    public Task AddAsync(NpgsqlConnection connection, string addressKey, string reason, string? detail, Instant now, CancellationToken ct) =>
        AddAsync(connection, [addressKey], reason, detail, now, ct);

    /// <summary>Adds several addresses for one reason, likewise.</summary>
    public Task AddAsync(NpgsqlConnection connection, IReadOnlyCollection<string> addressKeys, string reason, string? detail, Instant now, CancellationToken ct) =>
        connection.ExecuteAsync(SuppressionQueries.Add, new { hashes = addressKeys.Select(signer.HashAddress).ToArray(), reason, detail, now }, ct);

    /// <summary>
    /// Takes an address off the list because its owner confirmed anew: lifts <c>unsubscribed</c> and <c>erased</c>,
    /// nothing graver.
    /// </summary>
    public Task LiftByOwnerAsync(NpgsqlConnection connection, string addressKey, CancellationToken ct) =>
        connection.ExecuteAsync(SuppressionQueries.LiftByOwner, new { hash = signer.HashAddress(addressKey) }, ct);

    /// <summary>The reasons of those among the given address keys that are on the list.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(
        NpgsqlConnection connection, IReadOnlyCollection<string> addressKeys, CancellationToken ct)
    {
        var keys = addressKeys.Distinct(StringComparer.Ordinal).ToArray();
        var reasons = await FindAsync(connection, Array.ConvertAll(keys, signer.HashAddress), ct);
        return reasons.ToDictionary(of => keys[of.Key], of => of.Value, StringComparer.Ordinal);
    }

    /// <summary>The reasons of those among some hashes of addresses that are on the list, by their places.</summary>
    public static async Task<IReadOnlyDictionary<int, string>> FindAsync(NpgsqlConnection connection, byte[][] hashes, CancellationToken ct) =>
        (await connection.QueryAsync<SuppressionRow>(SuppressionQueries.Find, new { hashes }, ct)).ToDictionary(row => row.Place, row => row.Reason);

    /// <summary>
    /// Writes bounces down and suppresses each address that now has hard ones on <see cref="BounceDays"/> different days
    /// within <see cref="BounceWindow"/> and took no mail in between, in the caller's transaction. Those that are only put off prove
    /// nothing of the mailbox on days when no other mail was taken.
    /// <paramref name="isSpread"/> says whether mails stand on several servers.
    /// </summary>
    public static async Task RecordBouncesAsync(NpgsqlConnection connection, IReadOnlyList<Bounce> bounces, Instant now, bool isSpread, CancellationToken ct)
    {
        if (bounces.Any(bounce => bounce.IsTemporary) && !await connection.QuerySingleAsync<bool>(SuppressionQueries.IsMailMoving, new { today = now.InUtc().Date }, ct))
            bounces = [.. bounces.Where(bounce => !bounce.IsTemporary)];
        await connection.ExecuteAsync(
            SuppressionQueries.RecordBounces,
            new
            {
                subscribers = bounces.Select(bounce => bounce.SubscriberId).ToArray(),
                deliveries = bounces.Select(bounce => bounce.DeliveryId).ToArray(),
                hashes = bounces.Select(bounce => bounce.AddressHash).ToArray(),
                statuses = bounces.Select(bounce => bounce.Status).ToArray(),
                permanents = bounces.Select(bounce => bounce.IsPermanent).ToArray(),
                areOfMailbox = bounces.Select(bounce => bounce.IsOfMailbox).ToArray(),
                reasons = bounces.Select(bounce => bounce.Reason).ToArray(),
                today = now.InUtc().Date,
                now,
            },
            ct);
        foreach (var bounce in bounces)
            Bounces.Add(1, new KeyValuePair<string, object?>("kind", bounce.IsPermanent ? "hard" : "soft"));
        await SuppressSoftAsync(connection, [.. bounces.Where(bounce => bounce is { IsOfMailbox: true, DeliveryId: not null })], now, isSpread, ct);
        var hard = bounces.Where(bounce => bounce.IsPermanent).Select(bounce => bounce.AddressHash).ToArray();
        if (hard.Length == 0)
            return;
        await connection.ExecuteAsync(SuppressionQueries.CountHard, new { today = now.InUtc().Date, hard = hard.Length }, ct);
        await connection.ExecuteAsync(SuppressionQueries.TakeBack, Measures(now), ct);
        await SuppressBouncedAsync(connection, hard, now, isSpread, ct);
    }

    /// <summary>
    /// Suppresses each address whose mailbox refused on <see cref="SoftDays"/> different days, the first and the last
    /// <see cref="SoftSpan"/> days apart, within <see cref="BounceWindow"/>, while no mail arrived in between.
    /// </summary>
    private static async Task SuppressSoftAsync(NpgsqlConnection connection, IReadOnlyList<Bounce> soft, Instant now, bool isSpread, CancellationToken ct)
    {
        if (soft.Count == 0)
            return;
        var hashes = soft.Select(bounce => bounce.AddressHash).ToArray();
        var sent = isSpread ? await SentMails.ToAsync(connection, hashes, ct) : SentMails.OfTheStatementItself;
        await connection.ExecuteAsync(
            isSpread ? SuppressionQueries.SpreadSuppressSoft : SuppressionQueries.SuppressSoft,
            new
            {
                hashes,
                now,
                today = now.InUtc().Date,
                window = BounceWindow,
                days = SoftDays,
                span = SoftSpan,
                mails = sent.Ids,
                readers = sent.Readers,
                recipients = sent.Recipients,
                finishes = sent.Finishes,
            },
            ct);
    }

    /// <summary>
    /// Judges the bounces of today and yesterday anew. What share of a day bounced is known only when its other mails have
    /// gone out too: some addresses were suppressed too early, some not yet.
    /// </summary>
    public static async Task SettleAsync(NpgsqlConnection connection, Instant now, bool isSpread, CancellationToken ct)
    {
        var today = now.InUtc().Date;
        await connection.ExecuteAsync(SuppressionQueries.ForgetDays, Measures(now), ct);
        var hashes = await connection.QueryAsync<byte[]>(SuppressionQueries.BouncedSince, new { day = today.PlusDays(-1), today }, ct);
        if (hashes.Count == 0)
            return;
        await connection.ExecuteAsync(SuppressionQueries.TakeBack, Measures(now), ct);
        await SuppressBouncedAsync(connection, [.. hashes], now, isSpread, ct);
    }

    /// <summary>Days on which too many mails bounced hard and that the operator has not looked at.</summary>
    public static Task<IReadOnlyList<ExcessiveDay>> ToReviewAsync(NpgsqlConnection connection, Instant now, CancellationToken ct) =>
        connection.QueryAsync<ExcessiveDay>(SuppressionQueries.ToReview, Measures(now), ct);

    /// <summary>The operator has looked at a day: its hard bounces count, or they do not. False for a day of which none is known.</summary>
    public static async Task<bool> ReviewAsync(NpgsqlConnection connection, LocalDate day, bool counts, Instant now, bool isSpread, CancellationToken ct)
    {
        if (await connection.ExecuteAsync(SuppressionQueries.Review, new { day, counts, now }, ct) == 0)
            return false;
        if (counts)
            await SuppressBouncedAsync(connection, [.. await connection.QueryAsync<byte[]>(SuppressionQueries.BouncedSince, new { day, today = day }, ct)], now, isSpread, ct);
        return true;
    }

    private static async Task SuppressBouncedAsync(NpgsqlConnection connection, byte[][] hashes, Instant now, bool isSpread, CancellationToken ct)
    {
        var sent = isSpread ? await SentMails.ToAsync(connection, hashes, ct) : SentMails.OfTheStatementItself;
        await connection.ExecuteAsync(
            isSpread ? SuppressionQueries.SpreadSuppressBounced : SuppressionQueries.SuppressBounced,
            new
            {
                hashes,
                days = BounceDays,
                now,
                today = now.InUtc().Date,
                window = BounceWindow,
                few = FewMails,
                share = LargestHardShare,
                mails = sent.Ids,
                readers = sent.Readers,
                recipients = sent.Recipients,
                finishes = sent.Finishes,
            },
            ct);
    }

    private static object Measures(Instant now) => new
    {
        today = now.InUtc().Date,
        since = now.InUtc().Date.PlusDays(-1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(),
        window = BounceWindow,
        few = FewMails,
        share = LargestHardShare,
    };

    /// <summary>Mails that went out to some addresses, found first where they stand on several servers; elsewhere the statement looks for them itself.</summary>
    private sealed record SentMails(long[] Ids, long[] Readers, byte[][] Recipients, DateTime?[] Finishes)
    {
        public static SentMails OfTheStatementItself { get; } = new([], [], [], []);

        public static async Task<SentMails> ToAsync(NpgsqlConnection connection, byte[][] hashes, CancellationToken ct)
        {
            var rows = await connection.QueryAsync<SentMail>(SuppressionQueries.SentTo, new { hashes }, ct);
            return new([.. rows.Select(row => row.Id)], [.. rows.Select(row => row.SubscriberId)], [.. rows.Select(row => row.RecipientKey)], [.. rows.Select(row => row.FinishedAt?.ToDateTimeUtc())]);
        }
    }

    private sealed record SentMail
    {
        public required long Id { get; init; }
        public required long SubscriberId { get; init; }
        public required byte[] RecipientKey { get; init; }
        public Instant? FinishedAt { get; init; }
    }

    private sealed record SuppressionRow
    {
        public required int Place { get; init; }

        public required string Reason { get; init; }
    }
}

/// <summary>A day on which so many mails bounced hard that it suppresses nobody by itself.</summary>
internal sealed record ExcessiveDay
{
    /// <summary>The day in UTC.</summary>
    public required LocalDate HappenedOn { get; init; }

    /// <summary>Mails that were taken or refused for good.</summary>
    public required long Mails { get; init; }

    /// <summary>Hard bounces.</summary>
    public required long Hard { get; init; }
}

/// <summary>One bounce, whether a server refused the mail at once or a report came later.</summary>
internal sealed record Bounce
{
    /// <summary>The reader, where the delivery had one.</summary>
    public long? SubscriberId { get; init; }

    /// <summary>The delivery it answers, where known.</summary>
    public long? DeliveryId { get; init; }

    /// <summary>Keyed hash of the address that bounced.</summary>
    public required byte[] AddressHash { get; init; }

    /// <summary>Enhanced status code (RFC 3463) or the bare SMTP code.</summary>
    public string? Status { get; init; }

    /// <summary>Whether the address itself is dead, rather than this mail or this moment unlucky.</summary>
    public required bool IsPermanent { get; init; }

    /// <summary>Whether the mailbox refused, or the way to its server was closed: full, suspended, never reached.</summary>
    public bool IsOfMailbox { get; init; }

    /// <summary>Whether the mail was put off until it was given up.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>The server's words.</summary>
    public string? Reason { get; init; }
}
