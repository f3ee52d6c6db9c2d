namespace DigestService.Inbound.Handling;

/// <summary>The statements of inbound mail.</summary>
internal static class InboundQueries
{
    /// <summary>Stores the messages that are new, in their order; answers the rows of those that were here already too.</summary>
    public const string Add = """
        -- inbound_messages.add
        with came as (
            select raw, hash, is_truncated, place
            from unnest(@raws, @hashes, @areTruncated) with ordinality as c (raw, hash, is_truncated, place)
        ), fresh as (
            select distinct on (hash) raw, hash, is_truncated, place
            from came
            order by hash, place
        ), stored as (
            insert into inbound_messages (raw, content_hash, source, is_truncated, received_at)
            select raw, hash, @source, is_truncated, @now
            from fresh
            order by place
            on conflict (content_hash) do nothing
            returning id, content_hash
        )
        select id, content_hash
        from stored
        union all
        select id, content_hash
        from inbound_messages
        where content_hash = any (@hashes)
        """;

    /// <summary>A message by its octets.</summary>
    public const string FindByHash = """
        -- inbound_messages.find_by_hash
        select id
        from inbound_messages
        where content_hash = @hash
        """;

    /// <summary>One message, held until the transaction ends: of two workers the second sees what the first did.</summary>
    public const string Lock = """
        -- inbound_messages.lock
        select id, raw, subscriber_id, received_at, handled_at, awaits_until, kind, action
        from inbound_messages
        where id = @id
        for update
        """;

    /// <summary>Several, held likewise.</summary>
    public const string LockMany = """
        -- inbound_messages.lock_many
        select id, raw, subscriber_id, received_at, handled_at, awaits_until, kind, action
        from inbound_messages
        where id = any (@ids)
        order by id
        for update
        """;

    /// <summary>Messages that were stored and not yet handled, oldest first: what a dead worker left behind.</summary>
    public const string Waiting = """
        -- inbound_messages.waiting
        select id
        from inbound_messages
        where handled_at is null
          and id > @after
        order by id
        limit @limit
        """;

    /// <summary>How many wait.</summary>
    public const string CountWaiting = """
        -- inbound_messages.count_waiting
        select count(*)::int
        from inbound_messages
        where handled_at is null
        """;

    /// <summary>Closes messages.</summary>
    public const string Close = """
        -- inbound_messages.close
        update inbound_messages m
        set handled_at = @now,
            kind = c.kind,
            action = c.action,
            subscriber_id = c.subscriber_id,
            sender_hash = c.sender_hash,
            -- An erased reader's own mail may have come from another address of theirs.
            raw = case when c.action = 'erased' then null else m.raw end,
            subject = case when c.action <> 'erased' then c.subject end,
            excerpt = c.excerpt,
            is_kept = c.is_kept,
            awaits_until = c.awaits_until,
            named = case when c.has_named then coalesce(n.hashes, '{}') end,
            answered_hash = coalesce(c.answered_hash, m.answered_hash),
            answered_at = case when c.answered_hash is null then m.answered_at else @now end
        from unnest(@ids, @kinds, @actions, @subscribers, @senderHashes, @subjects, @excerpts, @areKept, @awaitsUntil, @answeredHashes, @haveNamed)
            as c (id, kind, action, subscriber_id, sender_hash, subject, excerpt, is_kept, awaits_until, answered_hash, has_named)
        left join (
            select id, array_agg(hash) as hashes
            from unnest(@namers, @named) as h (id, hash)
            group by id
        ) n on n.id = c.id
        where m.id = c.id
        """;

    /// <summary>What an earlier message asked for is done, or cannot be asked for again.</summary>
    public const string Settle = """
        -- inbound_messages.settle
        update inbound_messages
        set awaits_until = null
        where id = @id
        """;

    /// <summary>The question that an answer leads to: the earlier message asks once more, now for a move.</summary>
    public const string AskToMove = """
        -- inbound_messages.ask_to_move
        update inbound_messages
        set action = 'move_asked',
            awaits_until = @until
        where id = @id
        """;

    /// <summary>Counts a failed attempt; the last one quarantines the message for the operator.</summary>
    public const string Fail = """
        -- inbound_messages.fail
        update inbound_messages
        set attempts = attempts + 1,
            error = @error,
            handled_at = case when attempts + 1 >= @most then @now end,
            kind = case when attempts + 1 >= @most then 'unreadable' end,
            action = case when attempts + 1 >= @most then 'quarantined' end,
            is_kept = attempts + 1 >= @most
        where id = @id
          and handled_at is null
        """;

    /// <summary>
    /// How many answers an address had in the last hour and the last day: those of the same transaction too, and each of two
    /// that one message brought.
    /// </summary>
    public const string CountAnswers = """
        -- deliveries.count_answers
        select count(*) filter (where created_at > @hour)::int as in_hour, count(*)::int as in_day
        from deliveries
        where recipient_key = @hash
          and kind in ('answer', 'request')
          and created_at > @day
        """;

    /// <summary>Serialises answers to one address, lest two messages at once both find none.</summary>
    public const string LockAnswers = """
        -- inbound_messages.lock_answers
        select pg_advisory_xact_lock(@key)
        """;

    /// <summary>The deliveries that reports name, held so that two reports of one delivery count once.</summary>
    public const string FindDeliveries = """
        -- deliveries.find_reported
        select id, subscriber_id, recipient, recipient_key, case when state = 'sent' then finished_at end as sent_at
        from deliveries
        where (bucket, id) in (select r.id & 63, r.id from unnest(@ids) as r (id))
          and id = any (@ids)
          and (@onlyBucket::smallint is null or bucket = @onlyBucket)
        order by id
        for update
        """;

    /// <summary>Those of some deliveries that bounced before, and when they last did.</summary>
    public const string Bounced = """
        -- bounces.of_deliveries
        select delivery_id, max(received_at) as bounced_at
        from bounces
        where delivery_id = any (@ids)
        group by delivery_id
        """;

    /// <summary>Mails that a server took and gave back have not arrived.</summary>
    public const string ReturnDeliveries = """
        -- deliveries.returned
        update deliveries d
        set state = 'failed',
            reply = r.reply,
            finished_at = @now
        from unnest(@ids, @replies) as r (id, reply)
        where d.bucket = r.id & 63
          and d.id = r.id
          and d.id = any (@ids)
          and d.state in ('sent', 'unknown')
        """;

    /// <summary>What people wrote that no command covers, and what could not be read; newest first.</summary>
    public const string Kept = """
        -- inbound_messages.kept
        select m.id, m.received_at, m.kind, m.subject, m.excerpt, m.error, s.address
        from inbound_messages m
        left join subscribers s on s.bucket = m.subscriber_id & 63 and s.id = m.subscriber_id
        where m.is_kept
        order by m.id desc
        limit @most
        """;

    /// <summary>The operator has read it.</summary>
    public const string Unkeep = """
        -- inbound_messages.unkeep
        update inbound_messages
        set is_kept = false
        where id = @id
        """;

    /// <summary>How much of each kind came in since a moment.</summary>
    public const string Figures = """
        -- inbound_messages.figures
        select kind as name, count(*) as count
        from inbound_messages
        where received_at >= @since
          and kind is not null
        group by kind
        order by kind
        """;
}
