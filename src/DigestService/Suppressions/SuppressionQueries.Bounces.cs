namespace DigestService.Suppressions;

/// <summary>What bounced, and what follows from it.</summary>
internal static partial class SuppressionQueries
{
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

    private static string OfFoundMails(string sql) => sql
        .Replace("-- suppressions.", "-- suppressions.spread_", StringComparison.Ordinal)
        .Replace(
            "deliveries d", "(select m.*, m.id & 63 as bucket, 'sent' as state from unnest(@mails, @readers, @recipients, @finishes) as m (id, subscriber_id, recipient_key, finished_at)) d", StringComparison.Ordinal);
}
