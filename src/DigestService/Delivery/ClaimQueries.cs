namespace DigestService.Delivery;

/// <summary>
/// How mails that are due are claimed, in the order of time and by the queues of domains. Leases are measured by the
/// database's clock (<c>clock_timestamp()</c>), whatever ours says; what is due is measured by <c>@now</c>, which
/// <c>--now</c> may have set.
/// </summary>
/// <remarks>
/// Priority 0 overtakes digests. A digest that is stored as a recipe has 11, or 12 while it waits in the queue of its
/// domain; one that is stored whole, by the version that knew no recipes, has 10 and <c>in_domain_queue</c>. That version
/// may still be running: it claims no other priorities, and so leaves alone what it could not send.
/// </remarks>
internal static class ClaimQueries
{
    private const string IsDue = """
        stage in ('waiting', 'doubtful')
              and next_attempt_at <= @now
              and (expires_at is null or expires_at > @now)
              and not exists (select 1 from delivery_control where held_at is not null)
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

    // Rows another worker is just claiming are stepped over, never waited for. Each priority is asked for by itself,
    // because an index that begins with it stops at what is not due yet only then; and each limit is a value, because the
    // planner leaves the index where it has to guess one.
    public const string ClaimDue = $"""
        -- deliveries.claim_due
        with urgent as (
            select id
            from deliveries
            where not in_domain_queue
              and priority = 0
              and recipient_domain <> all (@crowdedWithUrgent)
              and {IsDue}
            order by next_attempt_at, id
            limit @urgent
            for update skip locked
        ), recipes as (
            select id
            from deliveries
            where not in_domain_queue
              and priority = 11
              and recipient_domain <> all (@crowded)
              and {IsDue}
            order by next_attempt_at, id
            limit @digests
            for update skip locked
        ), digests as (
            select id
            from deliveries
            where not in_domain_queue
              and priority = 10
              and recipient_domain <> all (@crowded)
              and {IsDue}
            order by next_attempt_at, id
            limit @digests
            for update skip locked
        )
        {Claim}
        from (
            select id from urgent
            union all
            (select id from recipes union all select id from digests limit @digests)
        ) due
        where d.id = due.id
        {Claimed}
        """;

    // Digests of a domain that takes fewer than are due step out of the way of all others, once each. What is locked is
    // just being claimed.
    public const string QueueByDomain = """
        -- deliveries.queue_by_domain
        with head as materialized (
            select h.id, h.recipient_domain
            from (values (10::smallint), (11::smallint)) as part (priority)
            cross join lateral (
                select d.id, d.recipient_domain
                from deliveries d
                where d.stage in ('waiting', 'doubtful')
                  and not d.in_domain_queue
                  and d.priority = part.priority
                  and d.next_attempt_at <= @now
                order by d.next_attempt_at, d.id
                limit @count) h
        ), crowded as (
            select d.id
            from deliveries d
            join head h on h.id = d.id
            where h.recipient_domain = any (@crowded)
              and d.stage in ('waiting', 'doubtful')
            for update of d skip locked
        )
        update deliveries d
        set in_domain_queue = d.priority = 10,
            priority = case when d.priority = 11 then 12 else d.priority end
        from crowded c
        where d.id = c.id
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

    // As many of each domain as there is room for. Only digests are in these queues, so that time alone orders them.
    public const string ClaimOfDomains = $"""
        -- deliveries.claim_of_domains
        with due as (
            select d.id
            from unnest(@domains, @rooms) as q (domain, room)
            cross join lateral (
                select id
                from deliveries
                where (in_domain_queue or priority = 12)
                  and recipient_domain = q.domain
                  and {IsDue}
                order by next_attempt_at, id
                limit q.room
                for update skip locked) d
        )
        {Claim}
        from due
        where d.id = due.id
        {Claimed}
        """;
}
