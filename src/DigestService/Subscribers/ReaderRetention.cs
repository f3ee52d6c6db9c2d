using DigestService.Platform;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>Forgets sign-ups that nobody confirmed, wishes for another address that nobody agreed to, and readers who left long ago.</summary>
internal sealed class ReaderRetention(Database database, SubscribersOptions options, Erasure erasure, IClock clock)
{
    private const int Batch = 500;
    private const int ErasedAtOnce = 100;

    // Whoever typed the address was never a reader: nothing of it stays, and a later sign-up finds nothing in its way. A reader who
    // had left before has left again, and what proves their past consent is kept as long as it was to be.
    private const string ForgetPending = """
        -- subscribers.forget_pending
        with old as materialized (
            select o.bucket, o.id, o.address_key, o.has_left
            from unnest(@buckets) as b (bucket)
            cross join lateral (
                select bucket, id, address_key, ended_at is not null as has_left
                from subscribers
                where bucket = coalesce(@onlyBucket::smallint, b.bucket)
                  and state = 'pending'
                  and created_at < @before
                  and (sign_up_mailed_at is null or sign_up_mailed_at < @before)
                order by created_at
                limit @count
                for update skip locked) o
            limit @count
        ),
        mails as (
            delete from deliveries
            where subscriber_id in (select id from old where not has_left)
        ),
        bounced as (
            delete from bounces
            where subscriber_id in (select id from old where not has_left)
        ),
        heard as (
            delete from inbound_messages
            where subscriber_id in (select id from old where not has_left)
        ),
        addresses as (
            delete from subscriber_addresses a
            using old
            where a.bucket = bucket_of_address(old.address_key)
              and a.address_key = old.address_key
              and a.subscriber_id = old.id
              and not old.has_left
        ),
        returned as (
            update subscribers
            set state = 'unsubscribed',
                first_likes = null
            where (bucket, id) in (select bucket, id from old where has_left)
              and (@onlyBucket::bigint is null or bucket = @onlyBucket)
            returning 1
        ),
        forgotten as (
            delete from subscribers
            where (bucket, id) in (select bucket, id from old where not has_left)
              and (@onlyBucket::bigint is null or bucket = @onlyBucket)
            returning 1
        )
        select (select count(*) from returned) + (select count(*) from forgotten)
        """;

    private const string ForgetWishes = """
        -- address_changes.forget_old
        delete from address_changes
        where asked_at < @before
        """;

    /// <summary>Forgets what is older than the settings say; answers how many people that were.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var pendingBefore = now - Duration.FromDays(options.KeepPendingDays);
        var total = 0;
        foreach (var buckets in database.Rounds(Buckets.FromAnywhere()))
            total += await ForgetPendingAsync(buckets, pendingBefore, ct) + await EraseLeftAsync(buckets, now - Duration.FromDays(options.KeepLeftDays), ct);
        await database.ExecuteAsync(ForgetWishes, new { before = pendingBefore }, ct);
        return total;
    }

    private async Task<int> ForgetPendingAsync(short[] buckets, Instant before, CancellationToken ct)
    {
        var total = 0;
        long forgotten;
        do
        {
            forgotten = await database.InTransactionAsync(
                connection => connection.QuerySingleAsync<long>(ForgetPending, new { buckets, onlyBucket = Buckets.Only(buckets), before, count = Batch }, ct), ct);
            total += (int)forgotten;
        }
        while (forgotten == Batch);
        return total;
    }

    private async Task<int> EraseLeftAsync(short[] buckets, Instant before, CancellationToken ct)
    {
        var total = 0;
        while (await erasure.EraseLeftAsync(buckets, before, ErasedAtOnce, ct) is > 0 and var erased)
            total += erased;
        return total;
    }
}
