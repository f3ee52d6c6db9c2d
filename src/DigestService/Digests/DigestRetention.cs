using DigestService.Platform;
using DigestService.Subscribers;
using NodaTime;
using Quartz;

namespace DigestService.Digests;

/// <summary>Deletes digests that are older than <see cref="DigestOptions.KeepDays"/>; the papers that their readers had stay remembered.</summary>
internal sealed class DigestRetention(Database database, DigestOptions options, IClock clock)
{
    private const int Batch = 2_000;

    // The reader is locked first, as everywhere; one who is just being erased or changed is left to the next round.
    private const string DeleteOld = """
        -- digests.delete_old
        with old as (
            select bucket, subscriber_id, digest_on
            from digests
            where bucket = @bucket
              and digest_on < @before
              and outcome <> 'planned'
            order by digest_on
            limit @count
        ), readers as materialized (
            select id
            from subscribers
            where bucket = @bucket
              and id in (select subscriber_id from old)
            order by id
            for key share skip locked
        ), chosen as (
            select o.bucket, o.subscriber_id, o.digest_on
            from old o
            join readers r on r.id = o.subscriber_id
        ), remembered as (
            insert into earlier_papers (bucket, subscriber_id, paper_id)
            select distinct d.bucket, d.subscriber_id, coalesce(m.paper_id, e.paper_id)
            from chosen c
            join digests d on d.bucket = c.bucket and d.subscriber_id = c.subscriber_id and d.digest_on = c.digest_on
            cross join lateral unnest(d.papers) as e (paper_id)
            left join merged_papers m on m.merged_id = e.paper_id
            where d.outcome = 'queued'
            on conflict (bucket, subscriber_id, paper_id) do nothing
        )
        delete from digests d
        using chosen c
        where d.bucket = c.bucket
          and d.subscriber_id = c.subscriber_id
          and d.digest_on = c.digest_on
        """;

    /// <summary>Deletes what is old, bucket by bucket, two thousand digests in a transaction at the most; answers how many that were.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var before = clock.GetCurrentInstant().InUtc().Date.PlusDays(-options.KeepDays);
        var total = 0;
        foreach (var bucket in Buckets.FromAnywhere())
        {
            // Less than a batch says nothing: readers who are just being dealt with are stepped over.
            while (await database.ExecuteAsync(DeleteOld, new { bucket, before, count = Batch }, ct) is > 0 and var deleted)
                total += deleted;
        }

        return total;
    }
}

/// <summary>Runs the retention of digests and of readers each hour.</summary>
[DisallowConcurrentExecution]
internal sealed class DigestRetentionJob(DigestRetention retention, ReaderRetention readers, ClockSkew skew) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (await skew.IsFarAheadAsync(cancellationToken))
            return;
        await retention.RunAsync(cancellationToken);
        await readers.RunAsync(cancellationToken);
    }
}
