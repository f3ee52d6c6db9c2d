using DigestService.Platform;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// The digest of a reader's today, ahead of its hour or after it: planned like any other, so that it is the one of that day,
/// and the next comes at the reader's hour.
/// </summary>
internal sealed class DigestOnDemand(Database database, IClock clock)
{
    /// <summary>Plans it; false where the digest of that day was planned already, or the reader gets none.</summary>
    public async Task<bool> AskAsync(Subscriber reader, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var today = now.InZone(DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc).Date;
        var next = reader.Hours.FirstAfter(now, today);
        return await database.ExecuteAsync(
            DigestOnDemandQueries.Plan, new { id = reader.Id, day = today, now, nextAt = next.DueAt, nextOn = next.DigestOn }, ct) > 0;
    }
}

/// <summary>The statements of a digest that was asked for.</summary>
internal static class DigestOnDemandQueries
{
    /// <summary>Plans the digest of a day and moves the reader's next hour on; nothing where that day had one.</summary>
    public const string Plan = """
        -- digests.plan_on_demand
        with reader as (
            update subscribers
            set last_digest_on = @day, next_due_at = @nextAt, next_due_on = @nextOn
            where id = @id
              and state = 'active'
              and (last_digest_on is null or last_digest_on < @day)
            returning id
        )
        insert into digests (subscriber_id, digest_on, due_at, outcome, reasons, planned_at)
        select id, @day, @now, 'planned', '[]'::jsonb, @now
        from reader
        on conflict (subscriber_id, digest_on) do nothing
        """;
}
