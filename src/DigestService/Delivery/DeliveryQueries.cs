namespace DigestService.Delivery;

/// <summary>
/// What becomes of claimed mails: marks, results, leases that end, and what is too late. Clocks are those of
/// <see cref="ClaimQueries"/>.
/// </summary>
/// <remarks>
/// A group is found row by row: each id names its bucket, its partition and its place in the primary key. Where all of a group
/// are of one bucket, <c>@bucket</c> says so besides, as a value that a table spread over several servers is found by.
/// </remarks>
internal static class DeliveryQueries
{
    // A claimed row whose holder fell silent was never offered to a server: it simply waits again.
    // A row in 'sending' may have been: from here on it is in doubt, and a second doubt waits for the operator.
    public const string TakeOverLapsed = """
        -- deliveries.take_over_lapsed
        with lapsed as (
            select bucket, id, state
            from deliveries
            where bucket = any (@buckets)
              and (@onlyBucket::smallint is null or bucket = @onlyBucket)
              and stage = 'in_hand'
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
        where d.bucket = l.bucket
          and d.id = l.id
          and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
        returning l.state
        """;

    // A mail in doubt that has become too late may have arrived: it waits for the operator, who alone can say whether to
    // send it once more.
    public const string ExpireLate = """
        -- deliveries.expire_late
        with late as (
            select bucket, id, reply
            from deliveries
            where bucket = any (@buckets)
              and (@onlyBucket::smallint is null or bucket = @onlyBucket)
              and stage in ('waiting', 'doubtful')
              and expires_at <= @now
            limit @count
            for update skip locked
        )
        update deliveries d
        set state = case when d.doubts > 0 then 'unknown' else 'failed' end,
            message = case when d.doubts > 0 then d.message end,
            fragments = case when d.doubts > 0 then d.fragments end,
            next_attempt_at = null,
            reply = case when d.doubts > 0 then 'Expired in doubt.' else 'Expired unsent.' end || coalesce(' ' || d.reply, ''),
            finished_at = case when d.doubts > 0 then null else @now end
        from late
        where d.bucket = late.bucket
          and d.id = late.id
          and (@onlyBucket::smallint is null or d.bucket = @onlyBucket)
        returning d.id, d.state, d.subscriber_id, d.recipient_key, late.reply
        """;

    // Moments further ahead than any pause were written by a clock that had run ahead. What --now may have set counts as far as it is the later one.
    public const string BringForward = """
        -- deliveries.bring_forward
        update deliveries
        set next_attempt_at = @now
        where bucket = any (@buckets)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
          and stage in ('waiting', 'doubtful')
          and is_queued_by_domain = any ('{true,false}')
          and next_attempt_at > greatest(@now, now()) + make_interval(secs => @longestPause)
          and next_attempt_at < 'infinity'
        """;

    // Likewise leases that end later than any that is given. Whoever lives renews in time what is theirs.
    public const string ShortenLeases = """
        -- deliveries.shorten_leases
        update deliveries
        set lease_until = now() + make_interval(secs => @lease)
        where bucket = any (@buckets)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
          and stage = 'in_hand'
          and lease_until > now() + make_interval(secs => @longestLease)
        """;

    public const string Renew = """
        -- deliveries.renew
        update deliveries d
        set lease_until = clock_timestamp() + make_interval(secs => @lease)
        from unnest(@ids, @fences) as h (id, fence)
        where d.bucket = h.id & 63
          and d.id = h.id
          and (@bucket::smallint is null or d.bucket = @bucket)
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
        where d.bucket = h.id & 63
          and d.id = h.id
          and (@bucket::smallint is null or d.bucket = @bucket)
          and d.fence = h.fence
          and d.state = 'claimed'
        """;

    // Asked in one statement, so that a row going from one of the two to the other is not missed. The index of what is
    // due begins with these two columns, and is asked for each pair of them until one is found.
    public const string IsAnythingLeft = """
        -- deliveries.is_anything_left
        select exists (select 1 from deliveries where stage = 'in_hand')
            or exists (
                select 1
                from unnest(@buckets) as b (bucket)
                cross join (values (false), (true)) as part (is_queued_by_domain)
                cross join lateral (
                    select 1
                    from deliveries d
                    where d.bucket = b.bucket
                      and d.stage in ('waiting', 'doubtful')
                      and d.is_queued_by_domain = part.is_queued_by_domain
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

    private const string Readers = """
        readers as materialized (
            select id, state, address
            from subscribers
            where (bucket, id) in (select r.id & 63, r.id from unnest(@subscribers) as r (id))
              and (@readerBucket::smallint is null or bucket = @readerBucket)
            order by id
            for share
        )
        """;

    // Why a mail must not go out, if so. The row of a reader who was erased keeps no address.
    public const string Verdict = """
        m.id, m.fence, m.relay,
                   case
                       when s.reason is not null and (m.digest_on is not null or s.reason not in ('unsubscribed', 'erased'))
                           then 'The address is suppressed: ' || s.reason || '.'
                       when m.digest_on is not null and m.subscriber_id is not null and r.state is distinct from 'active'
                           then 'The reader is ' || coalesce(r.state, 'gone') || '.'
                       when m.digest_on is not null and m.subscriber_id is not null and r.address <> m.recipient
                           then 'The reader has moved to another address.'
                       when k.digest_on is not null
                           then 'The operator stopped the digests of this day.'
                   end as refusal,
                   m.digest_on is not null and (s.reason = 'erased' or m.subscriber_id is not null and r.id is null) as is_erased
        """;

    // A database that is behind what we have seen of it was set back: nothing may go out of it.
    public const string UnlessHeldOrSetBack = """
        not exists (
              select 1
              from delivery_control
              where held_at is not null
                 or (releases, epoch) < (@releases, @epoch))
        """;

    public const string Mark = """
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
        where d.bucket = v.id & 63
          and d.id = v.id
          and (@bucket::smallint is null or d.bucket = @bucket)
          and d.fence = v.fence
          and d.state in ('claimed', 'sending')
          and d.lease_until > clock_timestamp()
        """;

    // One statement for every connection that is about to start a mail. The readers' rows are locked against change, so
    // that an unsubscription that has committed is seen here and one that has not yet waits until our mark stands.
    // Marking again what is already marked is harmless: nothing has been sent before this is answered. A group may hold two
    // claims of one row, a stale one and its successor: each is answered by id and fence.
    // The state is asked for and not the stage, so that no index of what is in hand answers it: rows are found by their key, while a
    // plan from when the table was small would read all that is in hand for each group. No column that an index knows is
    // changed, so that PostgreSQL writes the row on its page and no index entry (migration 0060).
    public const string MarkSending = $"""
        -- deliveries.mark_sending
        with {Readers}, verdicts as (
            select {Verdict}
            from unnest(@ids, @fences, @subscribers, @days, @recipients, @keys, @relays)
                as m (id, fence, subscriber_id, digest_on, recipient, recipient_key, relay)
            left join readers r on r.id = m.subscriber_id
            left join suppressions s on s.address_hash = m.recipient_key
            left join killed_digests k on k.digest_on = m.digest_on
        )
        {Mark}
          and {UnlessHeldOrSetBack}
        returning d.id, d.fence, d.state
        """;

    // Before anything of these readers is written, as everybody does who writes both: a bounce points to its reader's row,
    // and whoever erases the reader has that row and waits for the delivery's.
    public const string HoldReaders = """
        -- deliveries.hold_readers
        select id, state, address
        from subscribers
        where (bucket, id) in (select r.id & 63, r.id from unnest(@subscribers) as r (id))
          and (@readerBucket::smallint is null or bucket = @readerBucket)
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
        where d.bucket = r.id & 63
          and d.id = r.id
          and (@bucket::smallint is null or d.bucket = @bucket)
          and d.fence = r.fence
          and d.state in ('claimed', 'sending', 'unknown')
        returning d.id, r.fence
        """;

    // Results that were written as they are, by a commit whose answer was lost: only who made the claim writes under its fence.
    public const string Recorded = """
        -- deliveries.recorded
        select d.id, r.fence
        from unnest(@ids, @fences, @states, @spared) as r (id, fence, state, spared)
        join deliveries d on d.bucket = r.id & 63 and d.id = r.id
        where (@bucket::smallint is null or d.bucket = @bucket)
          and d.state = r.state
          and d.fence = r.fence + r.spared::int
        """;
}
