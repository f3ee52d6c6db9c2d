using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// The digest of a reader's today, ahead of its hour or after it: planned like any other, so that it is the one of that day,
/// and the next comes at the reader's hour.
/// </summary>
internal sealed class DigestOnDemand(Database database, SuppressionList suppressions, IClock clock)
{
    /// <summary>Plans it, or says why not.</summary>
    public Task<OnDemandOutcome> AskAsync(Subscriber reader, CancellationToken ct) =>
        database.InTransactionAsync(connection => AskAsync(connection, reader, ct), ct);

    /// <summary>The same in the caller's transaction.</summary>
    public async Task<OnDemandOutcome> AskAsync(NpgsqlConnection connection, Subscriber asker, CancellationToken ct)
    {
        // What the caller read may have changed: a pause, another hour or zone, or a planner that is at it.
        if (await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id = asker.Id }, ct) is not { } reader)
            return OnDemandOutcome.NotConfirmed;
        if (await WhyNoneAsync(connection, reader, ct) is { } reason)
            return reason;
        var now = clock.GetCurrentInstant();
        var today = now.InZone(DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc).Date;
        // Where the day repeats for who moved west, that of tomorrow may have come before.
        var next = reader.Hours.FirstAfter(now, reader.LastDigestOn > today ? reader.LastDigestOn : today);
        var planned = await connection.ExecuteAsync(
            DigestOnDemandQueries.Plan, new { id = reader.Id, day = today, now, nextAt = next.DueAt, nextOn = next.DigestOn }, ct);
        return planned > 0 ? OnDemandOutcome.Planned : OnDemandOutcome.HadToday;
    }

    private async Task<OnDemandOutcome?> WhyNoneAsync(NpgsqlConnection connection, Subscriber reader, CancellationToken ct) => reader.State switch
    {
        SubscriberState.Suppressed => OnDemandOutcome.Barred,
        SubscriberState.Pending or SubscriberState.Unsubscribed => OnDemandOutcome.NotConfirmed,
        _ when (await suppressions.FindAsync(connection, [reader.AddressKey], ct)).Count > 0 => OnDemandOutcome.Barred,
        SubscriberState.Paused => OnDemandOutcome.Paused,
        _ => null,
    };
}

/// <summary>What became of asking for today's digest.</summary>
internal enum OnDemandOutcome
{
    /// <summary>It comes now.</summary>
    Planned,

    /// <summary>That of today was mailed before.</summary>
    HadToday,

    /// <summary>The reader has paused their digests.</summary>
    Paused,

    /// <summary>The subscription has not begun, or has ended.</summary>
    NotConfirmed,

    /// <summary>The address must not be mailed.</summary>
    Barred,
}

/// <summary>The statements of a digest that was asked for.</summary>
internal static class DigestOnDemandQueries
{
    /// <summary>
    /// Plans the digest of a day and moves the reader's next hour on; nothing where one was mailed that day. One that has found no papers
    /// or was not made is looked at anew, and one that waits for a source goes on waiting. The reason tells the composer that somebody waits for it.
    /// </summary>
    public const string Plan = """
        -- digests.plan_on_demand
        with reader as (
            update subscribers s
            set last_digest_on = greatest(s.last_digest_on, @day), next_due_at = @nextAt, next_due_on = @nextOn
            where s.bucket = @id & 63
              and s.id = @id
              and s.state = 'active'
              and (s.last_digest_on is null
                  or s.last_digest_on < @day
                  or exists (
                      select
                      from digests e
                      where e.bucket = @id & 63
                        and e.subscriber_id = @id
                        and e.digest_on = @day
                        and e.outcome <> 'queued'))
            returning s.bucket, s.id
        )
        insert into digests as d (bucket, subscriber_id, digest_on, due_at, outcome, reasons, planned_at)
        select bucket, id, @day, @now, 'planned', '["The reader asked for it."]'::jsonb, @now
        from reader
        on conflict (bucket, subscriber_id, digest_on) do update
        set outcome = excluded.outcome, due_at = case when d.outcome = 'planned' then d.due_at else excluded.due_at end,
            reasons = excluded.reasons, planned_at = excluded.planned_at, composed_at = null, attempts = 0, fault = null
        where d.outcome <> 'queued'
        """;
}
