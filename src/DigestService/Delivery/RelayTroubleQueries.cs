using DigestService.Suppressions;

namespace DigestService.Delivery;

/// <summary>The SQL of relays that take no mail.</summary>
internal static class RelayTroubleQueries
{
    public const string Open = """
        -- relay_troubles.open
        select relay, answers, words, since, seen_at
        from relay_troubles
        where ended_at is null
        order by relay
        """;

    public const string JustEnded = """
        -- relay_troubles.just_ended
        select relay, answers, words, since, seen_at
        from relay_troubles
        where ended_at >= @since
          and answers <> 'once'
        """;

    public const string Last = """
        -- relay_troubles.last
        select relay, words, seen_at,
            answers = 'once'
            and exists (
                select
                from deliveries
                where stage in ('waiting', 'doubtful')
                  and next_attempt_at < 'infinity')
            and not exists (select from deliveries where state = 'sent' and finished_at between seen_at and @now) as is_unanswered
        from relay_troubles
        order by relay
        """;

    // The same where mails stand on several servers: they are asked for the latest that went out since the oldest of the refusals.
    public const string SpreadLast = """
        -- relay_troubles.spread_last
        with oldest as materialized (
            select min(seen_at) as seen_at from relay_troubles where answers = 'once'
        ), sent as materialized (
            select max(d.finished_at) as latest_at
            from deliveries d, oldest o
            where d.state = 'sent'
              and d.finished_at between o.seen_at and @now
        ), waiting as materialized (
            select 1
            from deliveries
            where stage in ('waiting', 'doubtful')
              and next_attempt_at < 'infinity'
            limit 1
        )
        select relay, words, seen_at,
            answers = 'once'
            and exists (select 1 from waiting)
            and not exists (select 1 from sent where latest_at >= seen_at) as is_unanswered
        from relay_troubles
        order by relay
        """;

    // What is open, or has ended and is still to be told or to be remembered by the next run, says more than one refusal.
    public const string Note = """
        -- relay_troubles.note
        insert into relay_troubles (relay, answers, words, since, seen_at, ended_at)
        values (@relay, @answers, @words, @now, @now, @now)
        on conflict (relay) do update
        set answers = excluded.answers,
            words = excluded.words,
            since = excluded.since,
            seen_at = excluded.seen_at,
            ended_at = excluded.ended_at
        where relay_troubles.answers = 'once'
           or relay_troubles.ended_at <= @now - interval '2 hours' and not relay_troubles.is_told
        """;

    public const string Begin = """
        -- relay_troubles.begin
        insert into relay_troubles (relay, answers, words, since, seen_at)
        values (@relay, @answers, @words, @now, @now)
        on conflict (relay) do update
        set answers = excluded.answers,
            words = excluded.words,
            since = case when relay_troubles.ended_at is null then relay_troubles.since else excluded.since end,
            seen_at = excluded.seen_at,
            ended_at = null
        """;

    // What was refused before the relay was found out was refused by the relay, too: the mails wait, and neither their addresses
    // nor their mailboxes have bounced, on no day's account. What comes of them later counts as of any other mail.
    public const string TakeBack = $"""
        -- deliveries.take_back
        with taken as (
            update deliveries
            set state = 'deferred', next_attempt_at = @again, fence = fence + 1, attempts = greatest(attempts - 1, 0), finished_at = null
            where (bucket, id) in (select m.id & 63, m.id from unnest(@mails) as m (id))
              and state = 'failed'
              and message is not null
            returning id, recipient_key
        ), withdrawn as (
            delete from bounces
            where delivery_id = any (@mails)
              and address_hash in (select recipient_key from taken)
            returning occurred_on, permanent
        ), discounted as (
            insert into bounce_days (happened_on, writer, mails, hard)
            select occurred_on, pg_backend_pid()::text, -count(*), -count(*) filter (where permanent)
            from withdrawn
            group by occurred_on
            on conflict (happened_on, writer) do update set mails = bounce_days.mails + excluded.mails, hard = bounce_days.hard + excluded.hard
        ), chosen as (
            select address_hash
            from suppressions
            where reason = 'bounced'
              and created_at >= @midnight
              and address_hash in (select recipient_key from taken)
        ), {SuppressionQueries.LiftChosen}
        select id from taken
        """;

    public const string End = """
        -- relay_troubles.end
        update relay_troubles set ended_at = @now where relay = @relay and ended_at is null
        """;
}
