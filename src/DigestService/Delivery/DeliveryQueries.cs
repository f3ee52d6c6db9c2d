namespace DigestService.Delivery;

/// <summary>
/// The sender's SQL. Leases are measured by the database's clock (<c>clock_timestamp()</c>), whatever ours says;
/// what is due or too late is measured by <c>@now</c>, which <c>--now</c> may have set.
/// </summary>
/// <remarks>
/// Priority 0 overtakes digests. A digest that is stored as a recipe has 11, or 12 while it waits in the queue of its
/// domain; one that is stored whole, by the version that knew no recipes, has 10 and <c>in_domain_queue</c>. That version
/// may still be running: it claims no other priorities, and so leaves alone what it could not send.
/// </remarks>
internal static class DeliveryQueries
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

    // A claimed row whose holder fell silent was never offered to a server: it simply waits again.
    // A row in 'sending' may have been: from here on it is in doubt, and a second doubt waits for the operator.
    public const string TakeOverLapsed = """
        -- deliveries.take_over_lapsed
        with lapsed as (
            select id, state
            from deliveries
            where stage = 'in_hand'
              and lease_until <= clock_timestamp()
            order by lease_until
            limit 10000
            for update skip locked
        )
        update deliveries d
        set state = case when l.state = 'claimed' then (case when d.doubts > 0 then 'unknown' else 'queued' end) else 'unknown' end,
            doubts = d.doubts + (l.state = 'sending')::int,
            next_attempt_at = case
                when l.state = 'claimed' then d.next_attempt_at
                when d.doubts = 0 and @resend then d.next_attempt_at
            end,
            reply = case when l.state = 'claimed' then d.reply else 'The worker fell silent while sending.' end,
            owner = null,
            lease_until = null
        from lapsed l
        where d.id = l.id
        returning l.state
        """;

    // A mail in doubt that has become too late may have arrived: it waits for the operator, who alone can say whether to
    // send it once more.
    public const string ExpireLate = """
        -- deliveries.expire_late
        with late as (
            select id
            from deliveries
            where stage in ('waiting', 'doubtful')
              and expires_at <= @now
            limit @count
            for update skip locked
        )
        update deliveries d
        set state = case when d.doubts > 0 then 'unknown' else 'failed' end,
            message = case when d.doubts > 0 then d.message end,
            fragments = case when d.doubts > 0 then d.fragments end,
            next_attempt_at = null,
            reply = concat_ws(' ', case when d.doubts > 0 then 'Expired in doubt.' else 'Expired unsent.' end, d.reply),
            finished_at = case when d.doubts > 0 then null else @now end
        from late
        where d.id = late.id
        returning d.id, d.state
        """;

    public const string Renew = """
        -- deliveries.renew
        update deliveries d
        set lease_until = clock_timestamp() + make_interval(secs => @lease)
        from unnest(@ids, @fences) as h (id, fence)
        where d.id = h.id
          and d.id = any (@ids)
          and d.fence = h.fence
          and d.state in ('claimed', 'sending')
          and d.lease_until > clock_timestamp()
        returning d.id, d.fence
        """;

    public const string Release = """
        -- deliveries.release
        update deliveries d
        set state = case when d.doubts > 0 then 'unknown' else 'queued' end,
            owner = null,
            lease_until = null
        from unnest(@ids, @fences) as h (id, fence)
        where d.id = h.id
          and d.id = any (@ids)
          and d.fence = h.fence
          and d.state = 'claimed'
        """;

    // Asked in one statement, so that a row going from one of the two to the other is not missed. The index of what is
    // due begins with these two columns, and is asked for each pair of them.
    public const string IsAnythingLeft = """
        -- deliveries.is_anything_left
        select exists (select 1 from deliveries where stage = 'in_hand')
            or exists (
                select 1
                from (values (false, 0), (false, 10), (false, 11), (false, 12), (true, 10)) as part (is_queued_by_domain, priority)
                cross join lateral (
                    select 1
                    from deliveries d
                    where d.stage in ('waiting', 'doubtful')
                      and d.in_domain_queue = part.is_queued_by_domain
                      and d.priority = part.priority
                      and d.next_attempt_at <= @now
                      and (d.expires_at is null or d.expires_at > @now)
                    limit 1) due)
        """;

    public const string CountDue = """
        -- deliveries.count_due
        select count(*)
        from deliveries
        where stage in ('waiting', 'doubtful')
          and next_attempt_at <= @now
          and (expires_at is null or expires_at > @now)
        """;

    // One statement for every connection that is about to start a mail. The readers' rows are locked against change, so
    // that an unsubscription that has committed is seen here and one that has not yet waits until our mark stands.
    // Marking again what is already marked is harmless: nothing has been sent before this is answered. A group may hold two
    // claims of one row, a stale one and its successor: each is answered by id and fence. A database that is behind what
    // we have seen of it was set back: nothing may go out of it. The row of a reader who was erased keeps no address.
    // The state is asked for and not the stage, so that no index of what is in hand answers it: rows are found by id, while a
    // plan from when the table was small would read all that is in hand for each group. No column that an index knows is
    // changed, so that PostgreSQL writes the row on its page and no index entry (migration 0060).
    public const string MarkSending = """
        -- deliveries.mark_sending
        with readers as materialized (
            select id, state
            from subscribers
            where (bucket, id) in (select r.id & 63, r.id from unnest(@subscribers) as r (id))
            order by id
            for share
        ), verdicts as (
            select m.id, m.fence, m.relay,
                   case
                       when s.reason is not null and (m.digest_on is not null or s.reason not in ('unsubscribed', 'erased'))
                           then 'The address is suppressed: ' || s.reason || '.'
                       when m.digest_on is not null and m.subscriber_id is not null and r.state is distinct from 'active'
                           then 'The reader is ' || coalesce(r.state, 'gone') || '.'
                       when k.digest_on is not null
                           then 'The operator stopped the digests of this day.'
                   end as refusal,
                   m.digest_on is not null and (s.reason = 'erased' or m.subscriber_id is not null and r.id is null) as is_erased
            from unnest(@ids, @fences, @subscribers, @days, @keys, @relays)
                as m (id, fence, subscriber_id, digest_on, recipient_key, relay)
            left join readers r on r.id = m.subscriber_id
            left join suppressions s on s.address_hash = m.recipient_key
            left join killed_digests k on k.digest_on = m.digest_on
        )
        update deliveries d
        set state = case when v.refusal is null then 'sending' else 'suppressed' end,
            lease_until = case when v.refusal is null then clock_timestamp() + make_interval(secs => @lease) end,
            owner = case when v.refusal is null then d.owner end,
            attempts = d.attempts + (v.refusal is null and d.state = 'claimed')::int,
            relay = v.relay,
            reply = v.refusal,
            recipient = case when v.is_erased then '' else d.recipient end,
            message = case when v.refusal is null then d.message end,
            fragments = case when v.refusal is null then d.fragments end,
            next_attempt_at = case when v.refusal is null then d.next_attempt_at end,
            finished_at = case when v.refusal is null then null else @now end
        from verdicts v
        where d.id = v.id
          and d.id = any (@ids)
          and d.fence = v.fence
          and d.state in ('claimed', 'sending')
          and d.lease_until > clock_timestamp()
          and not exists (
              select 1
              from delivery_control
              where held_at is not null
                 or (releases, epoch) < (@releases, @epoch))
        returning d.id, d.fence, d.state
        """;

    // Before anything of these readers is written, as everybody does who writes both: a bounce points to its reader's row,
    // and whoever erases the reader has that row and waits for the delivery's.
    public const string HoldReaders = """
        -- deliveries.hold_readers
        select id
        from subscribers
        where (bucket, id) in (select r.id & 63, r.id from unnest(@subscribers) as r (id))
        order by id
        for share
        """;

    // Truth may come late: a row that recovery has meanwhile called 'unknown' still takes the word of the worker that
    // spoke with the server, unless somebody has claimed it since. That word settles the doubt of its own attempt. A fault
    // came before any attempt: whatever doubt the row has is an earlier one's, and stays.
    public const string Record = """
        -- deliveries.record
        update deliveries d
        set state = r.state,
            reply = r.reply,
            doubts = case
                when d.state = 'unknown' then d.doubts - (r.state <> 'unknown' and not r.fault)::int
                else d.doubts + (r.state = 'unknown')::int
            end,
            faults = d.faults + r.fault::int,
            -- An attempt that does not count begins the row's attempts anew, so the fence moves on with it.
            attempts = greatest(d.attempts - r.spared::int, 0),
            fence = d.fence + r.spared::int,
            next_attempt_at = r.next_attempt_at,
            message = case when r.state = 'sent' then null else d.message end,
            fragments = case when r.state = 'sent' then null else d.fragments end,
            finished_at = case when r.state in ('sent', 'failed') then @now end,
            owner = null,
            lease_until = null
        from unnest(@ids, @fences, @states, @replies, @agains, @faults, @spared)
            as r (id, fence, state, reply, next_attempt_at, fault, spared)
        where d.id = r.id
          and d.id = any (@ids)
          and d.fence = r.fence
          and d.state in ('claimed', 'sending', 'unknown')
        returning d.id, r.fence
        """;
}
