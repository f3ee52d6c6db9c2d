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
            select subscriber_id, digest_on
            from digests
            where digest_on < @before
              and outcome <> 'planned'
            order by digest_on
            limit @count
        ), readers as materialized (
            select id
            from subscribers
            where id in (select subscriber_id from old)
            order by id
            for key share skip locked
        ), chosen as (
            select o.subscriber_id, o.digest_on
            from old o
            join readers r on r.id = o.subscriber_id
        ), remembered as (
            insert into earlier_papers (subscriber_id, paper_id)
            select distinct d.subscriber_id, coalesce(m.paper_id, e.paper_id)
            from chosen c
            join digests d on d.subscriber_id = c.subscriber_id and d.digest_on = c.digest_on
            cross join lateral unnest(d.papers) as e (paper_id)
            left join merged_papers m on m.merged_id = e.paper_id
            where d.outcome = 'queued'
            on conflict (subscriber_id, paper_id) do nothing
        )
        delete from digests d
        using chosen c
        where d.subscriber_id = c.subscriber_id
          and d.digest_on = c.digest_on
        """;

    /// <summary>Deletes what is old, two thousand digests in a transaction; answers how many that were.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var before = clock.GetCurrentInstant().InUtc().Date.PlusDays(-options.KeepDays);
        var total = 0;
        int deleted;
        do
        {
            deleted = await database.ExecuteAsync(DeleteOld, new { before, count = Batch }, ct);
            total += deleted;
        }
        // Less than a batch says nothing: readers who are just being dealt with are stepped over.
        while (deleted > 0);
        return total;
    }
}

/// <summary>Runs the retention of digests and of readers each hour.</summary>
[DisallowConcurrentExecution]
internal sealed class DigestRetentionJob(DigestRetention retention, ReaderRetention readers) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        await retention.RunAsync(cancellationToken);
        await readers.RunAsync(cancellationToken);
    }
}
