namespace DigestService.Delivery;

/// <summary>
/// How mails that are due are claimed, in the order of time and by the queues of domains. Leases are measured by the
/// database's clock (<c>clock_timestamp()</c>), whatever ours says; what is due is measured by <c>@now</c>, which
/// <c>--now</c> may have set.
/// </summary>
/// <remarks>
/// Digests are claimed bucket by bucket, so that workers that begin at different buckets read different pages. Statements that
/// look for little, or for what is rare, get all buckets and look in the order of time.
/// Priority 0 overtakes digests. A digest that is stored as a packed recipe has 13, and <c>in_domain_queue</c> while it waits in the
/// queue of its domain; one that is stored as a plain recipe has 11, or 12 in that queue; one that is stored whole, by versions that knew
/// no recipes, has 10 and <c>in_domain_queue</c>. Version 1.0.0, which knows no packed recipes, claims no 13 in the order of time, and so
/// leaves alone what it could not send.
/// Where the outbox is spread over several servers each statement gets one bucket, by its value in <c>@onlyBucket</c> too, and takes
/// the form that <see cref="SpreadForm"/> gives it.
/// </remarks>
internal static class ClaimQueries
{
    /// <summary>Part of what is due: nothing is while sending is held.</summary>
    public const string UnlessHeld = "and not exists (select 1 from delivery_control where held_at is not null)";

    private const string IsDue = $"""
        stage in ('waiting', 'doubtful')
              and next_attempt_at <= @now
              and (expires_at is null or expires_at > @now)
              {UnlessHeld}
        """;

    // The fence moves on with each claim, so that whatever an earlier holder still writes finds no row.
    private const string Claim = """
        update deliveries d
        set state = 'claimed',
            fence = d.fence + 1,
            owner = @owner,
            lease_until = clock_timestamp() + make_interval(secs => @lease)
        """;

    private const string Claimed = """
        returning d.id, d.fence, d.subscriber_id, d.digest_on, d.priority, d.sender, d.recipient, d.recipient_key,
                  d.recipient_domain, d.message, d.fragments, d.content_hash, d.attempts, d.doubts, d.faults
        """;

    // Rows another worker is just claiming are stepped over, never waited for. Mails that overtake digests are taken in the
    // order of time over all buckets. Digests are taken bucket by bucket, no more than a share from each: what is due the
    // longest in its bucket waits until the worker has come round, and for nothing else. What fills the claim is taken before
    // the next bucket is looked into. Each limit is a value, because the planner leaves the index where it has to guess one.
    public const string ClaimDue = $"""
        -- deliveries.claim_due
        with urgent as (
            select bucket, id
            from deliveries
            where bucket = any (@buckets)
              and (@onlyBucket::smallint is null or bucket = @onlyBucket)
              and priority = 0
              and recipient_domain <> all (@crowdedWithUrgent)
              and {IsDue}
            order by next_attempt_at, id
            limit @urgent
            for update skip locked
        ), digests as (
            select due.bucket, due.id
            from unnest(@buckets) as b (bucket)
            cross join lateral (
                select bucket, id
                from deliveries
                where bucket = coalesce(@onlyBucket::smallint, b.bucket)
                  and not is_queued_by_domain
                  and priority > 0
                  and recipient_domain <> all (@crowded)
                  and {IsDue}
                order by next_attempt_at, id
                limit @share
                for update skip locked) due
            limit @digests
        )
        {Claim}
        from (
            select bucket, id from urgent
            union all
            select bucket, id from digests
        ) due
        where d.bucket = due.bucket
          and d.id = due.id
          and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
        {Claimed}
        """;

    // Digests of a domain that takes fewer than are due step out of the way of all others, once each. What is locked is
    // just being claimed.
    public const string QueueByDomain = """
        -- deliveries.queue_by_domain
        with head as materialized (
            select h.bucket, h.id, h.recipient_domain
            from unnest(@buckets) as b (bucket)
            cross join lateral (
                select d.bucket, d.id, d.recipient_domain
                from deliveries d
                where d.bucket = coalesce(@onlyBucket::smallint, b.bucket)
                  and d.stage in ('waiting', 'doubtful')
                  and not d.is_queued_by_domain
                  and d.priority > 0
                  and d.next_attempt_at <= @now
                order by d.next_attempt_at, d.id
                limit @share) h
            limit @count
        ), crowded as (
            select d.bucket, d.id
            from deliveries d
            join head h on h.bucket = d.bucket and h.id = d.id
            where h.recipient_domain = any (@crowded)
              and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
              and d.stage in ('waiting', 'doubtful')
            for update of d skip locked
        )
        update deliveries d
        set in_domain_queue = d.priority in (10, 13),
            priority = case when d.priority = 11 then 12 else d.priority end
        from crowded c
        where d.bucket = c.bucket
          and d.id = c.id
          and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
        """;

    // One look at the index for each domain that has a queue, not one for each row.
    public const string QueuedDomains = """
        -- deliveries.queued_domains
        with recursive domains (name) as (
            (
                select recipient_domain
                from deliveries
                where stage in ('waiting', 'doubtful')
                  and (in_domain_queue or priority = 12)
                  and recipient_domain > @after
                order by recipient_domain
                limit 1
            )
            union all
            select (
                select d.recipient_domain
                from deliveries d
                where d.stage in ('waiting', 'doubtful')
                  and (d.in_domain_queue or d.priority = 12)
                  and d.recipient_domain > domains.name
                order by d.recipient_domain
                limit 1)
            from domains
            where domains.name is not null
        )
        select name
        from domains
        where name is not null
        limit @count
        """;

    private const string TakeDue = $"""
        {Claim}
        from due
        where d.bucket = due.bucket
          and d.id = due.id
          and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
        {Claimed}
        """;

    // One of those that relays have put off, whatever has been due for longer.
    public const string ClaimAgain = $"""
        -- deliveries.claim_again
        with due as (
            select d.bucket, d.id
            from unnest(@ids) as h (id)
            join deliveries d on d.bucket = h.id & 63 and d.id = h.id
            where (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
              and {IsDue}
            order by d.next_attempt_at
            limit 1
            for update of d skip locked
        )
        {TakeDue}
        """;

    // As many of each domain as there is room for. Only digests are in these queues, so that time alone orders them.
    public const string ClaimOfDomains = $"""
        -- deliveries.claim_of_domains
        with due as (
            select d.bucket, d.id
            from unnest(@domains, @rooms) as q (domain, room)
            cross join lateral (
                select bucket, id
                from deliveries
                where bucket = any (@buckets)
                  and (@onlyBucket::smallint is null or bucket = @onlyBucket)
                  and (in_domain_queue or priority = 12)
                  and recipient_domain = q.domain
                  and {IsDue}
                order by next_attempt_at, id
                limit q.room
                for update skip locked) d
        )
        {TakeDue}
        """;
}
