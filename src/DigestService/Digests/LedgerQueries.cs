using DigestService.Subscribers;

namespace DigestService.Digests;

/// <summary>The statements of the ledger.</summary>
internal static class LedgerQueries
{
    /// <summary>
    /// The nominal days of the digests that wait to be composed, a handful, and since when the first of each is due:
    /// the index of each bucket is read from day to day, not from reader to reader.
    /// </summary>
    public const string PlannedDays = """
        -- digests.planned_days
        with recursive days as (
            (select first.digest_on, first.due_at
             from unnest(@buckets) as b (bucket)
             cross join lateral (
                select d.digest_on, d.due_at
                from digests d
                where d.bucket = coalesce(@onlyBucket::smallint, b.bucket)
                  and d.outcome = 'planned'
                order by d.digest_on, d.due_at
                limit 1) first
             order by first.digest_on, first.due_at
             limit 1)
            union all
            select next.digest_on, next.due_at
            from days
            cross join lateral (
                select later.digest_on, later.due_at
                from unnest(@buckets) as b (bucket)
                cross join lateral (
                    select d.digest_on, d.due_at
                    from digests d
                    where d.bucket = coalesce(@onlyBucket::smallint, b.bucket)
                      and d.outcome = 'planned'
                      and d.digest_on > days.digest_on
                    order by d.digest_on, d.due_at
                    limit 1) later
                order by later.digest_on, later.due_at
                limit 1) next
        )
        select digest_on, due_at as earliest_due_at
        from days
        where due_at <= @now
        """;

    /// <summary>
    /// Closes a batch of digests as queued or empty, each with its list: the papers and scores of all digests follow one
    /// another, and each has those from its first to its last.
    /// </summary>
    public const string RecordDigests = """
        -- digests.record
        update digests d
        set outcome = case when r.delivery_id is null then 'empty' else 'queued' end,
            delivery_id = r.delivery_id,
            reasons = r.reasons::jsonb,
            candidates = r.candidates,
            why = r.why,
            papers = (@papers)[r.first_entry:r.last_entry],
            scores = (@scores)[r.first_entry:r.last_entry],
            saved_news = r.saved_news::jsonb,
            fault = null,
            composed_at = @now
        from unnest(@ids, @days, @deliveries, @reasons, @candidates, @why, @firstEntries, @lastEntries, @savedNews)
            as r (subscriber_id, digest_on, delivery_id, reasons, candidates, why, first_entry, last_entry, saved_news)
        where d.bucket = coalesce(@onlyBucket::bigint, r.subscriber_id & 63)
          and d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
        """;

    /// <summary>Closes digests that will not be composed.</summary>
    public const string Close = """
        -- digests.close
        update digests d
        set outcome = @outcome,
            reasons = jsonb_build_array(@reason),
            fault = null,
            composed_at = @now
        from unnest(@ids, @days) as r (subscriber_id, digest_on)
        where d.bucket = coalesce(@onlyBucket::bigint, r.subscriber_id & 63)
          and d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
        """;

    /// <summary>Counts an attempt that failed; after the last the digest is given up, and says why.</summary>
    public const string SetAside = """
        -- digests.set_aside
        update digests d
        set attempts = d.attempts + 1,
            fault = r.fault,
            outcome = case when d.attempts + 1 >= @most then 'failed' else d.outcome end,
            composed_at = case when d.attempts + 1 >= @most then @now end,
            reasons = case when d.attempts + 1 >= @most then r.reasons::jsonb else d.reasons end
        from unnest(@ids, @days, @faults, @reasons) as r (subscriber_id, digest_on, fault, reasons)
        where d.bucket = coalesce(@onlyBucket::bigint, r.subscriber_id & 63)
          and d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
          and d.outcome = 'planned'
        """;

    /// <summary>The mails of each reader's last three digests that were queued.</summary>
    public const string LatestMails = """
        -- digests.latest_mails
        select d.subscriber_id, d.digest_on, d.delivery_id
        from unnest(@ids) as r (id)
        cross join lateral (
            select subscriber_id, digest_on, delivery_id
            from digests
            where bucket = coalesce(@onlyBucket::bigint, r.id & 63)
              and subscriber_id = r.id
              and outcome = 'queued'
              and delivery_id is not null
            order by digest_on desc
            limit 3) d
        """;

    /// <summary>
    /// Those of the mails that failed or were stopped, held: the operator may be trying them again just now. With a moment, also those that
    /// will be given up at it unsent.
    /// </summary>
    public const string LostMails = """
        -- digests.lost_mails
        select o.id, o.state, o.reply
        from unnest(@mails) as m (id)
        join deliveries o on o.bucket = coalesce(@mailBucket::bigint, m.id & 63) and o.id = m.id
        where o.state in ('failed', 'suppressed')
           or (o.stage = 'waiting' and o.doubts = 0 and o.expires_at <= @now::timestamptz)
        order by o.id
        for update of o
        """;

    /// <summary>
    /// Calls digests undelivered: their papers no longer count as sent, unless a digest that arrived held them too.
    /// </summary>
    public const string CallUndelivered = """
        -- digests.call_undelivered
        update digests d
        set outcome = 'undelivered',
            reasons = d.reasons || r.reasons::jsonb
        from unnest(@ids, @days, @reasons) as r (subscriber_id, digest_on, reasons)
        where d.bucket = coalesce(@onlyBucket::bigint, r.subscriber_id & 63)
          and d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
          and d.outcome = 'queued'
        """;

    /// <summary>Plans a reader's digests anew whose mails were given up before anybody began to send them.</summary>
    public const string ComposeAnew = """
        -- digests.compose_anew
        update digests
        set outcome = 'planned',
            delivery_id = null,
            reasons = '[]',
            composed_at = null,
            attempts = 0
        where bucket = @subscriber & 63
          and subscriber_id = @subscriber
          and delivery_id = any(@mails)
          and outcome = 'queued'
        """;

    /// <summary>Lets lost mails go, so that nobody can send them again beside the digest that brings their papers.</summary>
    public const string LetGo = """
        -- digests.let_lost_mails_go
        update deliveries o
        set message = null,
            fragments = null
        from unnest(@mails) as m (id)
        where o.bucket = coalesce(@mailBucket::bigint, m.id & 63)
          and o.id = m.id
          and o.state in ('failed', 'suppressed')
          and o.message is not null
        """;

    /// <summary>The day of the mailed digest before one, whose row is <c>d</c>.</summary>
    public const string PreviousDigestOn = """
        (select max(b.digest_on)
                from digests b
                where b.bucket = d.bucket
                  and b.subscriber_id = d.subscriber_id
                  and b.digest_on < d.digest_on
                  and b.outcome = 'queued') as previous_digest_on
        """;

    /// <summary>One digest of one reader.</summary>
    public const string Why = $"""
        -- digests.why
        select d.outcome, d.due_at, d.reasons::text as reasons, d.candidates, d.cut::text as cut, d.cut_counts::text as cut_counts, d.cut_codes,
               d.entry_reasons, d.why, d.saved_news is not null as has_saved_news, d.attempts, d.fault, d.delivery_id, s.frequency,
               {PreviousDigestOn},
               (select l.name from lists l where l.id = s.list_id) as list
        from subscribers s
        join digests d on d.bucket = s.bucket and d.subscriber_id = s.id
        where s.bucket = @id & 63
          and s.id = @id
          and d.digest_on = @day
        """;

    /// <summary>What became of a digest's mail; nothing where it is kept no more.</summary>
    public const string WhyMail = """
        -- digests.why_mail
        select state, reply
        from deliveries
        where bucket = @id & 63
          and id = @id
        """;

    /// <summary>What is known of a reader who has no digest of a day.</summary>
    public const string WhyNoRow = """
        -- digests.why_no_row
        select state, frequency, zone, confirmed_at, ended_at, next_due_at, next_due_on
        from subscribers
        where bucket = @id & 63
          and id = @id
        """;

    /// <summary>The entries of one digest.</summary>
    public const string WhyItems = """
        -- digests.why_items
        select i.position, i.paper_id, p.title, i.score
        from digest_items i
        join papers p on p.id = i.paper_id
        where i.bucket = @id & 63
          and i.subscriber_id = @id
          and i.digest_on = @day
        order by i.position
        """;

    /// <summary>Titles of papers, for those that were cut.</summary>
    public const string Titles = """
        -- digests.titles
        select id, title
        from papers
        where id = any(@ids)
        """;
}
