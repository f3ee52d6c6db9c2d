namespace DigestService.Digests;

/// <summary>The statements of the ledger.</summary>
internal static class LedgerQueries
{
    /// <summary>The nominal days of the digests that wait to be composed: a handful.</summary>
    public const string PlannedDays = """
        -- digests.planned_days
        select distinct digest_on
        from digests
        where outcome = 'planned'
          and due_at <= @now
        """;

    /// <summary>Closes a batch of digests as queued or empty.</summary>
    public const string RecordDigests = """
        -- digests.record
        update digests d
        set outcome = case when r.delivery_id is null then 'empty' else 'queued' end,
            delivery_id = r.delivery_id,
            reasons = r.reasons::jsonb,
            candidates = r.candidates,
            cut = r.cut::jsonb,
            composed_at = @now
        from unnest(@ids, @days, @deliveries, @reasons, @candidates, @cuts)
            as r (subscriber_id, digest_on, delivery_id, reasons, candidates, cut)
        where d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
        """;

    /// <summary>
    /// Stores the entries of a batch and remembers their papers as sent. A paper that a reader has had already fails
    /// the whole batch on the primary key of <c>seen_papers</c>: it must never go out twice.
    /// </summary>
    public const string RecordItems = """
        -- digests.record_items
        with items as (
            select *
            from unnest(@ids, @days, @positions, @papers, @scores, @sections, @reasons)
                as i (subscriber_id, digest_on, position, paper_id, score, section, reasons)
        ),
        remembered as (
            insert into seen_papers (subscriber_id, paper_id)
            select subscriber_id, paper_id
            from items
        )
        insert into digest_items (subscriber_id, digest_on, position, paper_id, score, section, reasons)
        select subscriber_id, digest_on, position, paper_id, score, section, reasons::jsonb
        from items
        """;

    /// <summary>Closes digests that will not be composed.</summary>
    public const string Close = """
        -- digests.close
        update digests d
        set outcome = @outcome,
            reasons = jsonb_build_array(@reason),
            composed_at = @now
        from unnest(@ids, @days) as r (subscriber_id, digest_on)
        where d.subscriber_id = r.subscriber_id
          and d.digest_on = r.digest_on
        """;

    /// <summary>One digest of one reader.</summary>
    public const string Why = """
        -- digests.why
        select d.outcome, d.due_at, d.reasons::text as reasons, d.candidates, d.cut::text as cut,
               o.state as delivery_state
        from digests d
        join subscribers s on s.id = d.subscriber_id
        left join deliveries o on o.id = d.delivery_id
        where s.address_key = @addressKey
          and d.digest_on = @day
        """;

    /// <summary>What is known of a reader who has no digest of a day.</summary>
    public const string WhyNoRow = """
        -- digests.why_no_row
        select state, frequency, zone, confirmed_at, ended_at, next_due_at, next_due_on
        from subscribers
        where address_key = @addressKey
        """;

    /// <summary>The entries of one digest.</summary>
    public const string WhyItems = """
        -- digests.why_items
        select i.position, i.paper_id, p.title, i.score, i.section, i.reasons::text as reasons
        from digest_items i
        join subscribers s on s.id = i.subscriber_id
        join papers p on p.id = i.paper_id
        where s.address_key = @addressKey
          and i.digest_on = @day
        order by i.position
        """;
}
