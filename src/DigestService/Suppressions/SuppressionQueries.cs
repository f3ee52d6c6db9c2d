namespace DigestService.Suppressions;

/// <summary>
/// The SQL of suppressions and bounces. <c>@window</c> is days that a bounce counts; a day is excessive when of more than
/// <c>@few</c> mails more than <c>@share</c> bounced hard.
/// </summary>
internal static class SuppressionQueries
{
    /// <summary>
    /// Takes the addresses of a CTE <c>chosen</c> off the list. Where another reason had taken the place of the owner's own, that one remains:
    /// what is lifted is that we could not mail them, and not that they do not want it.
    /// </summary>
    public const string LiftChosen = """
        reverted as (
            update suppressions set reason = wish, detail = null where address_hash in (select address_hash from chosen) and wish <> reason
        ), lifted as (
            delete from suppressions where address_hash in (select address_hash from chosen) and (wish is null or wish = reason)
        )
        """;

    // In their order, here and below: two that add the same addresses would each hold what the other waits for.
    public const string Add = """
        -- suppressions.add
        insert into suppressions as s (address_hash, reason, detail, created_at, wish)
        select distinct hash, @reason, @detail::text, @now::timestamptz, case when @reason in ('unsubscribed', 'erased') then @reason end
        from unnest(@hashes) as a (hash)
        order by hash
        on conflict (address_hash) do update
        set reason = case when s.reason in ('unsubscribed', 'erased') then excluded.reason else s.reason end,
            detail = case when s.reason in ('unsubscribed', 'erased') then excluded.detail else s.detail end,
            created_at = case when s.reason in ('unsubscribed', 'erased') then excluded.created_at else s.created_at end,
            wish = coalesce(excluded.wish, s.wish)
        where s.reason in ('unsubscribed', 'erased')
           or excluded.wish is not null
        """;

    public const string LiftByOwner = """
        -- suppressions.lift_by_owner
        with withdrawn as (
            update suppressions set wish = null where address_hash = @hash and reason not in ('unsubscribed', 'erased') and wish is not null
        )
        delete from suppressions
        where address_hash = @hash
          and reason in ('unsubscribed', 'erased')
        """;

    public const string Find = """
        -- suppressions.find
        select (h.place - 1)::int as place, s.reason
        from unnest(@hashes) with ordinality as h (hash, place)
        join suppressions s on s.address_hash = h.hash
        """;

    // A reader erased since the mail went out leaves no row to point to.
    public const string RecordBounces = """
        -- bounces.record
        insert into bounces (subscriber_id, delivery_id, address_hash, status, permanent, is_of_mailbox, reason, occurred_on, received_at)
        select s.id, b.delivery_id, b.address_hash, b.status, b.permanent, b.is_of_mailbox, b.reason, @today, @now
        from unnest(@subscribers, @deliveries, @hashes, @statuses, @permanents, @areOfMailbox, @reasons)
            as b (subscriber_id, delivery_id, address_hash, status, permanent, is_of_mailbox, reason)
        left join subscribers s on s.bucket = b.subscriber_id & 63 and s.id = b.subscriber_id
        """;

    // Each connection counts for itself, so that no writer waits for another.
    public const string CountMails = """
        -- bounce_days.count_mails
        insert into bounce_days (happened_on, writer, mails)
        values (@today, pg_backend_pid()::text, @mails)
        on conflict (happened_on, writer) do update set mails = bounce_days.mails + excluded.mails
        """;

    public const string CountHard = """
        -- bounce_days.count_hard
        insert into bounce_days (happened_on, writer, hard)
        values (@today, pg_backend_pid()::text, @hard)
        on conflict (happened_on, writer) do update set hard = bounce_days.hard + excluded.hard
        """;

    // A relay that puts off everybody says nothing of anybody, whatever its words are.
    public const string IsMailMoving = """
        -- bounce_days.is_mail_moving
        select coalesce(sum(mails), 0) > 0 from bounce_days where happened_on >= @today - 1
        """;

    public const string ForgetDays = """
        -- bounce_days.forget
        delete from bounce_days where happened_on < @today - @window - 2
        """;

    // Reports may come on a day with hardly any mail: they are measured by the mails of the day before.
    private const string DaysWithTooMany = """
        days as (
            select happened_on, sum(mails) as mails, sum(hard) as hard
            from bounce_days
            where happened_on > @today - @window - 1
            group by happened_on
        ), rated as (
            select d.happened_on, d.hard, case when d.mails > @few then d.mails else greatest(d.mails, coalesce(y.mails, 0)) end as mails
            from days d
            left join days y on y.happened_on = d.happened_on - 1
        ), excessive as (
            select r.happened_on, r.hard, r.mails, v.counts
            from rated r
            left join bounce_reviews v on v.happened_on = r.happened_on
            where r.mails > @few
              and r.hard > r.mails * @share
        )
        """;

    // What was refused and sent again by the operator has arrived, if it did not come back: a mail that comes back is 'failed' again.
    private const string BouncesThatStand = """
        standing_bounces as materialized (
            select b.address_hash, b.subscriber_id, b.delivery_id, b.status, b.permanent, b.is_of_mailbox, b.occurred_on
            from bounces b
            where b.address_hash = any (@hashes)
              and not exists (
                  select 1
                  from deliveries d
                  where d.bucket = b.delivery_id & 63
                    and d.id = b.delivery_id
                    and d.state = 'sent'
                    and d.finished_at > b.received_at)
        )
        """;

    // A bounce counts while its address has taken no mail since: a delivery between two bounces that did not come back
    // itself shows that the first was wrong. Mails are told apart by id, because reports come late. The servers' words often
    // hold the address, and a suppression outlives its erasure: the status alone is kept.
    public const string SuppressBounced = $"""
        -- suppressions.suppress_bounced
        with {DaysWithTooMany}, {BouncesThatStand}, newest as (
            select address_hash, max(delivery_id) as delivery_id
            from standing_bounces
            where permanent
            group by address_hash
        ), standing as (
            select b.address_hash, b.occurred_on, b.status
            from standing_bounces b
            join newest n on n.address_hash = b.address_hash
            where b.permanent
              and b.occurred_on > @today - @window
              and not exists (select 1 from excessive e where e.happened_on = b.occurred_on and e.counts is not true)
              and not exists (
                  select 1
                  from deliveries d
                  where d.subscriber_id = b.subscriber_id
                    and d.recipient_key = b.address_hash
                    and d.state = 'sent'
                    and d.id > b.delivery_id
                    and d.id < n.delivery_id
                    and not exists (
                        select 1
                        from standing_bounces o
                        where o.address_hash = b.address_hash
                          and o.delivery_id = d.id
                          and o.permanent))
        )
        insert into suppressions (address_hash, reason, detail, created_at)
        select address_hash, 'bounced', string_agg(distinct status, ', '), @now
        from standing
        group by address_hash
        having count(distinct occurred_on) >= @days
        on conflict (address_hash) do update
        set reason = 'bounced',
            detail = excluded.detail,
            created_at = excluded.created_at
        where suppressions.reason in ('unsubscribed', 'erased')
        """;

    // A mail that arrived clears what bounced before it: of each address those bounces count that no such mail follows. One that
    // went out after the newest bounce may come back yet. Reports come late: mails are told apart by id.
    public const string SuppressSoft = $"""
        -- suppressions.suppress_soft
        with {BouncesThatStand}, newest as (
            select address_hash, max(delivery_id) as delivery_id
            from standing_bounces
            where is_of_mailbox or permanent
            group by address_hash
        ), arrived as (
            select b.address_hash, max(d.id) as delivery_id
            from standing_bounces b
            join newest n on n.address_hash = b.address_hash
            join deliveries d on d.subscriber_id = b.subscriber_id and d.recipient_key = b.address_hash
            where b.occurred_on > @today - @window
              and d.state = 'sent'
              and d.id < n.delivery_id
              and not exists (select 1 from standing_bounces o where o.address_hash = b.address_hash and o.delivery_id = d.id)
            group by b.address_hash
        )
        insert into suppressions (address_hash, reason, detail, created_at)
        select b.address_hash, 'bounced', string_agg(distinct b.status, ', '), @now
        from standing_bounces b
        left join arrived a on a.address_hash = b.address_hash
        where b.occurred_on > @today - @window
          and (b.is_of_mailbox or b.permanent)
          and (a.delivery_id is null or b.delivery_id > a.delivery_id)
        group by b.address_hash
        having count(distinct b.occurred_on) >= @days
           and max(b.occurred_on) - min(b.occurred_on) >= @span
        on conflict (address_hash) do update
        set reason = 'bounced',
            detail = excluded.detail,
            created_at = excluded.created_at
        where suppressions.reason in ('unsubscribed', 'erased')
        """;

    // Where mails stand on several servers, those that may count for these addresses are found first.
    public const string SentTo = """
        -- suppressions.sent_to
        select id, subscriber_id, recipient_key, finished_at
        from deliveries
        where recipient_key = any (@hashes)
          and subscriber_id is not null
          and state = 'sent'
        """;

    public static readonly string SpreadSuppressBounced = OfFoundMails(SuppressBounced);

    public static readonly string SpreadSuppressSoft = OfFoundMails(SuppressSoft);

    // The first bounces of a day may have suppressed before it was known to be one with too many.
    public const string TakeBack = $"""
        -- suppressions.take_back
        with {DaysWithTooMany}, chosen as (
            select s.address_hash
            from suppressions s
            where s.reason = 'bounced'
              and s.created_at >= @since
              and exists (
                  select 1
                  from excessive e
                  join bounces b on b.occurred_on = e.happened_on
                  where e.happened_on >= @today - 1
                    and e.counts is not true
                    and b.address_hash = s.address_hash
                    and b.permanent
                    and s.created_at >= (e.happened_on::timestamp at time zone 'UTC'))
        ), {LiftChosen}
        select count(*) from chosen
        """;

    public const string ToReview = $"""
        -- bounce_days.to_review
        with {DaysWithTooMany}
        select happened_on, mails::bigint as mails, hard::bigint as hard
        from excessive
        where counts is null
        order by happened_on
        """;

    public const string Review = """
        -- bounce_reviews.add
        insert into bounce_reviews (happened_on, counts, reviewed_at)
        select @day, @counts, @now
        where exists (select from bounce_days where happened_on = @day and hard > 0)
        on conflict (happened_on) do update set counts = excluded.counts, reviewed_at = excluded.reviewed_at
        """;

    public const string BouncedSince = """
        -- bounces.hashes_since
        select distinct address_hash from bounces where occurred_on between @day and @today and permanent
        """;

    public const string List = """
        -- suppressions.list
        select address_hash, reason, detail, created_at
        from suppressions
        where (@hashes::bytea[] is null or address_hash = any (@hashes))
          and (@reason::text is null or reason = @reason)
          and (@since::timestamptz is null or created_at >= @since)
        order by created_at desc, address_hash
        limit @limit
        """;

    // A reader is found by what went to the address or came back from it, so that a page asks for as many as it shows. Who
    // has moved since has another address, which the caller compares.
    public const string Page = """
        -- suppressions.page
        select p.address_hash, p.reason, p.detail, p.created_at, s.address, s.address_key
        from (
            select address_hash, reason, detail, created_at
            from suppressions
            where (created_at, address_hash) < (@before, @beforeHash)
            order by created_at desc, address_hash desc
            limit @limit) p
        cross join lateral (select coalesce(
            (select d.subscriber_id from deliveries d where d.recipient_key = p.address_hash and d.subscriber_id is not null limit 1),
            (select b.subscriber_id from bounces b where b.address_hash = p.address_hash and b.subscriber_id is not null limit 1)) as subscriber_id) r
        left join subscribers s on s.bucket = r.subscriber_id & 63 and s.id = r.subscriber_id
        order by p.created_at desc, p.address_hash desc
        """;

    // The same where mails stand on several servers, which are asked for those of all the addresses of the page.
    public const string SpreadPage = """
        -- suppressions.spread_page
        with page as materialized (
            select address_hash, reason, detail, created_at
            from suppressions
            where (created_at, address_hash) < (@before, @beforeHash)
            order by created_at desc, address_hash desc
            limit @limit
        ), mails as materialized (
            select d.recipient_key, max(d.subscriber_id) as subscriber_id
            from page p
            join deliveries d on d.recipient_key = p.address_hash
            group by d.recipient_key
        ), found as materialized (
            select p.*, coalesce(
                (select m.subscriber_id from mails m where m.recipient_key = p.address_hash),
                (select b.subscriber_id from bounces b where b.address_hash = p.address_hash and b.subscriber_id is not null limit 1)) as subscriber_id
            from page p
        )
        select p.address_hash, p.reason, p.detail, p.created_at, s.address, s.address_key
        from found p
        left join subscribers s on s.bucket = p.subscriber_id & 63 and s.id = p.subscriber_id
        order by p.created_at desc, p.address_hash desc
        """;

    public const string Count = """
        -- suppressions.count
        select count(*)::int
        from suppressions
        where (@hashes::bytea[] is null or address_hash = any (@hashes))
          and (@reason::text is null or reason = @reason)
          and (@since::timestamptz is null or created_at >= @since)
        """;

    // A list of those who left another service must not make of a complaint what its reader lifts by signing up.
    public const string AddByOperator = """
        -- suppressions.add_by_operator
        insert into suppressions (address_hash, reason, detail, created_at, wish)
        select distinct hash, @reason, 'Added by the operator.', @now::timestamptz, case when @reason in ('unsubscribed', 'erased') then @reason end
        from unnest(@hashes) as a (hash)
        order by hash
        on conflict (address_hash) do update
        set reason = excluded.reason,
            detail = excluded.detail,
            created_at = excluded.created_at,
            wish = coalesce(excluded.wish, suppressions.wish)
        where suppressions.reason <> excluded.reason
          and (suppressions.reason in ('unsubscribed', 'erased') or excluded.reason not in ('unsubscribed', 'erased'))
        """;

    // Who left or was erased left by their own will: that is lifted only where it is asked for by name. What is lifted
    // begins anew, so its bounces count no more.
    public const string Lift = $"""
        -- suppressions.lift
        with chosen as (
            select address_hash
            from suppressions
            where (@hashes::bytea[] is null or address_hash = any (@hashes))
              and (reason = @reason or @reason::text is null and reason not in ('unsubscribed', 'erased'))
              and (@since::timestamptz is null or created_at >= @since)
        ), {LiftChosen}, forgotten as (
            update bounces set permanent = false, is_of_mailbox = false where (permanent or is_of_mailbox) and address_hash in (select address_hash from chosen)
        )
        select count(*)::int from chosen
        """;

    public const string Readers = """
        -- suppressions.addresses
        select id, address, address_key from subscribers where (bucket, id) > (@after & 63, @after) order by bucket, id limit 10000
        """;

    private static string OfFoundMails(string sql) => sql
        .Replace("-- suppressions.", "-- suppressions.spread_", StringComparison.Ordinal)
        .Replace(
            "deliveries d", "(select m.*, m.id & 63 as bucket, 'sent' as state from unnest(@mails, @readers, @recipients, @finishes) as m (id, subscriber_id, recipient_key, finished_at)) d", StringComparison.Ordinal);
}
