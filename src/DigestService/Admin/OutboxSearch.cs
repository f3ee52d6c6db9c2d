using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Admin;

/// <summary>What the operator looks for in the outbox; what is empty does not matter.</summary>
internal sealed record OutboxFilter(string State, LocalDate? Day, string Domain, string Reply)
{
    /// <summary>The states a mail can be in; <c>held</c> is what the operator holds, in whatever state.</summary>
    public static readonly IReadOnlyList<string> States =
        ["queued", "held", "claimed", "sending", "sent", "deferred", "failed", "unknown", "suppressed"];

    /// <summary>Reads the fields of the page; a state or day that there is not counts as none.</summary>
    public static OutboxFilter Of(Func<string, string?> field) => new(
        States.Contains(field("state") ?? "", StringComparer.Ordinal) ? field("state") ?? "" : "",
        PageDates.Parse(field("day")),
        EmailAddress.PartAsStored((field("domain") ?? "").Trim().ToLowerInvariant()),
        (field("reply") ?? "").Trim());

    /// <summary>Whether it lets through all mails, or all that were sent, which are nearly all.</summary>
    public bool LetsMostThrough => State is "" or "sent" && Day is null && Domain.Length == 0 && Reply.Length == 0;

    /// <summary>In which stages mails of that state stand; null where they stand in none, or the state does not matter.</summary>
    public string[]? Stages => State switch
    {
        "queued" or "deferred" => ["waiting"],
        "claimed" or "sending" => ["in_hand"],
        "unknown" => ["doubtful", "parked"],
        "held" => ["waiting", "doubtful"],
        "failed" => ["failed"],
        _ => null,
    };

    /// <summary>The fields as <see cref="Of"/> reads them.</summary>
    public IEnumerable<(string Name, string Value)> Fields() =>
        [("state", State), ("day", Day is { } day ? LocalDatePattern.Iso.Format(day) : ""), ("domain", Domain), ("reply", Reply)];
}

/// <summary>The outbox as the operator searches it.</summary>
internal sealed class OutboxSearch(Database database)
{
    private const string Columns = """
        id, subscriber_id, kind, digest_on, recipient, state, attempts, doubts, faults,
               nullif(next_attempt_at, 'infinity') as next_attempt_at, coalesce(next_attempt_at = 'infinity', false) as is_held, expires_at, relay, reply, message_id, created_at, finished_at, message is not null as has_message
        """;

    // On one server: where any mail will do, or any that was sent, the end of each bucket's part of the index holds enough of them.
    private const string Latest = $"""
        -- admin.latest_of_outbox
        with latest as (
            select found.bucket, found.id
            from unnest(@buckets) as b (bucket)
            cross join lateral (
                select bucket, id
                from deliveries
                where bucket = b.bucket
                  and (@state = '' or state = @state)
                  and (@before::bigint is null or id < @before)
                order by id desc
                limit @limit) found
            order by found.id desc
            limit @limit
        )
        select {Columns}
        from latest
        join deliveries using (bucket, id)
        order by id desc
        """;

    // Few mails may match: walking through the index to the end of each bucket took 4 s of a million, and reading all of them once 0.3.
    // What is not finished is found by its stage, of which there are indexes.
    private const string Search = $"""
        -- admin.search_outbox
        select {Columns}
        from deliveries
        where (@state = '' or state = @state or @state = 'held' and next_attempt_at = 'infinity')
          and (@stages::text[] is null or stage = any(@stages))
          and (@from::timestamptz is null or created_at >= @from)
          and (@until::timestamptz is null or created_at < @until)
          and (@domain = '' or recipient_domain = @domain)
          and (@reply = '' or position(lower(@reply) in lower(reply)) > 0)
          and (@before::bigint is null or id < @before)
        order by id desc
        limit @limit
        """;

    private const string Find = $"""
        -- admin.find_delivery
        select {Columns}
        from deliveries
        where bucket = @id & 63
          and id = @id
        """;

    private const string Bounces = """
        -- admin.bounces_of_delivery
        select received_at, status, permanent, reason
        from bounces
        where delivery_id = @id
        order by received_at
        """;

    /// <summary>So many of the latest mails that the filter lets through, from those with a smaller number than one on.</summary>
    public Task<IReadOnlyList<FoundDelivery>> FindAsync(OutboxFilter filter, long? before, int limit, CancellationToken ct) => filter.LetsMostThrough && !database.IsDistributed
        ? database.QueryAsync<FoundDelivery>(Latest, new { buckets = Buckets.All, state = filter.State, before, limit }, ct)
        : SearchAsync(filter, before, limit, ct);

    private Task<IReadOnlyList<FoundDelivery>> SearchAsync(OutboxFilter filter, long? before, int limit, CancellationToken ct) => database.QueryAsync<FoundDelivery>(
        Search,
        new
        {
            state = filter.State,
            stages = filter.Stages,
            from = filter.Day?.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(),
            until = filter.Day?.PlusDays(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(),
            domain = filter.Domain,
            reply = filter.Reply,
            before,
            limit,
        },
        ct);

    /// <summary>One mail; null when there is none of that number.</summary>
    public Task<FoundDelivery?> FindAsync(long id, CancellationToken ct) => database.QuerySingleOrDefaultAsync<FoundDelivery>(Find, new { id }, ct);

    /// <summary>What came back of one mail.</summary>
    public Task<IReadOnlyList<FoundBounce>> BouncesAsync(long id, CancellationToken ct) => database.QueryAsync<FoundBounce>(Bounces, new { id }, ct);
}

/// <summary>A mail as the operator sees it.</summary>
internal sealed record FoundDelivery
{
    public required long Id { get; init; }
    public long? SubscriberId { get; init; }
    public required string Kind { get; init; }
    public LocalDate? DigestOn { get; init; }
    public required string Recipient { get; init; }
    public required string State { get; init; }
    public required int Attempts { get; init; }
    public required int Doubts { get; init; }
    public required int Faults { get; init; }
    public Instant? NextAttemptAt { get; init; }
    public Instant? ExpiresAt { get; init; }
    public string? Relay { get; init; }
    public string? Reply { get; init; }
    public required string MessageId { get; init; }
    public required Instant CreatedAt { get; init; }
    public Instant? FinishedAt { get; init; }
    public required bool HasMessage { get; init; }
    public required bool IsHeld { get; init; }

    /// <summary>Whether it can be held: it is not yet being sent, and would be by itself.</summary>
    public bool MayBeHeld => !IsHeld && (State is "queued" or "claimed" or "deferred" || State is "unknown" && NextAttemptAt is not null);

    /// <summary>Whether it can be stopped.</summary>
    public bool MayBeStopped => State is "queued" or "claimed" or "deferred" or "unknown";

    /// <summary>Whether it can be sent again.</summary>
    public bool MayBeSentAgain => HasMessage && !IsHeld && State is ("failed" or "deferred" or "unknown");

    /// <summary>The state as people say it, after the fact.</summary>
    public string InWords => State switch
    {
        _ when IsHeld => "is held by you and is not sent",
        "queued" => "waits to be sent",
        "claimed" => "is about to be sent",
        "sending" => "is being sent",
        "sent" => "was taken by the relay",
        "deferred" => "was put off by the relay and is tried again",
        "failed" => "failed and is not tried again by itself",
        "unknown" when NextAttemptAt is null => "may have arrived or not; it waits for your word",
        "unknown" => "may have arrived or not; it is sent once more under the same Message-ID",
        _ => "was not sent, for its address must not be mailed",
    };

    /// <summary>What the operator can do now.</summary>
    public string Advice => State switch
    {
        _ when IsHeld => "Release it, and it is sent at the next chance, or stop it for good. Where it has an hour at which it is given up, it ends then.",
        "queued" or "claimed" => "You may hold it until you have looked at it.",
        "sending" => "A mail that is being sent can no longer be held or stopped.",
        "failed" when HasMessage => "Read the reply. When its cause is gone, send it again.",
        "failed" => "Its text is gone; the next digest brings what it held.",
        "deferred" => "Nothing to do: it is tried again by itself. You may try it at once, or stop it.",
        "unknown" when NextAttemptAt is null => "Send it again at the risk of a double, or stop it at the risk of a loss.",
        "suppressed" => "The reader left, or the address bounced or complained. Look it up among the suppressions.",
        _ => "Nothing to do.",
    };
}

/// <summary>Something that came back.</summary>
internal sealed record FoundBounce
{
    public required Instant ReceivedAt { get; init; }
    public string? Status { get; init; }
    public required bool Permanent { get; init; }
    public string? Reason { get; init; }
}
