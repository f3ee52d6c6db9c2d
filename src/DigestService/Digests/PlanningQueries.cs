namespace DigestService.Digests;

/// <summary>The statements of planning.</summary>
internal static class PlanningQueries
{
    /// <summary>Zones, hours and rhythms among the readers who are due: hundreds of rows, however many readers.</summary>
    public const string DueGroups = """
        -- digests.due_groups
        select zone, send_at, frequency, weekly_on,
               greatest(min(next_due_on), @earliest) as earliest_due_on
        from subscribers
        where bucket = any(@buckets)
          and state in ('active', 'paused')
          and next_due_at <= @now
        group by zone, send_at, frequency, weekly_on
        """;

    /// <summary>
    /// Plans one chunk. Rows that another planner holds are skipped; the primary key of <c>digests</c> makes a second
    /// digest for one day impossible whatever happens here. A pause that has run out ends.
    /// The chunk is taken bucket by bucket, in the order of the index, and joined afterwards, lest every chunk sort all who are
    /// due. Planners begin at different buckets, and so seldom meet. Who joined a group only after the timetable was made
    /// waits for the next tick.
    /// </summary>
    public const string PlanDue = """
        -- digests.plan_due
        with groups as (
            select *
            from unnest(@zones, @sendAts, @frequencies, @weeklyOns, @latestOns, @nextAts, @nextOns)
                with ordinality as g (zone, send_at, frequency, weekly_on, latest_on, next_at, next_on, group_number)
        ),
        occurrences as (
            select *
            from unnest(@groupNumbers, @digestOns, @dueAts, @expiredFor) as o (group_number, digest_on, due_at, expired_for)
        ),
        taken as materialized (
            select t.*
            from unnest(@buckets) as b (bucket)
            cross join lateral (
                select bucket, id, zone, send_at, frequency, weekly_on, next_due_on, last_digest_on
                from subscribers
                where bucket = coalesce(@onlyBucket::smallint, b.bucket)
                  and state in ('active', 'paused')
                  and next_due_at <= @now
                order by next_due_at
                limit @chunk
                for update skip locked) t
            limit @chunk
        ),
        due as (
            select t.bucket, t.id, t.next_due_on, t.last_digest_on, g.group_number, g.latest_on, g.next_at, g.next_on
            from taken t
            join groups g using (zone, send_at, frequency, weekly_on)
        ),
        owed as (
            select due.bucket, due.id as subscriber_id, o.digest_on, o.due_at, o.expired_for
            from due
            join occurrences o using (group_number)
            where o.digest_on >= due.next_due_on
              and o.digest_on > coalesce(due.last_digest_on, date '-infinity')
        ),
        written as (
            insert into digests (bucket, subscriber_id, digest_on, due_at, outcome, reasons, planned_at)
            select bucket, subscriber_id, digest_on, due_at,
                   case when expired_for is null then 'planned' else 'expired' end,
                   case when expired_for is null then '[]'::jsonb else jsonb_build_array(expired_for) end,
                   @now
            from owed
            on conflict (bucket, subscriber_id, digest_on) do nothing
            returning outcome
        ),
        moved as (
            update subscribers s
            set state = 'active',
                paused_until = null,
                next_due_at = due.next_at,
                next_due_on = due.next_on,
                last_digest_on = case
                    when due.latest_on >= due.next_due_on then greatest(due.latest_on, due.last_digest_on)
                    else due.last_digest_on end
            from due
            where s.bucket = coalesce(@onlyBucket::smallint, due.bucket)
              and s.id = due.id
            returning s.id
        )
        select (select count(*)::int from moved) as moved,
               (select count(*)::int from written where outcome = 'planned') as planned,
               (select count(*)::int from written where outcome = 'expired') as expired
        """;
}
