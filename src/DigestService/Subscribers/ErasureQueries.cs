namespace DigestService.Subscribers;

/// <summary>
/// The statements of an erasure. <c>@ids</c> are the rows that are held and erased, <c>@keys</c> and <c>@hashes</c> their addresses.
/// What belongs to a row of the same address that is not among them belongs to somebody who signed up meanwhile, and stays.
/// </summary>
internal static class ErasureQueries
{
    /// <summary>Those who signed up meanwhile.</summary>
    private const string Returners = """
        returners as (
            select a.subscriber_id as id
            from unnest(@keys) as k (address_key)
            join subscriber_addresses a on a.bucket = bucket_of_address(k.address_key) and a.address_key = k.address_key
            where a.subscriber_id <> all(@ids)
        )
        """;

    /// <summary>
    /// The row of a reader who was found by their address, held until the transaction ends. It comes first, as wherever something of a reader's is
    /// written: composing, sending, saving and leaving have finished with this reader, or wait until they are gone.
    /// </summary>
    public const string LockReader = """
        -- personal_data.lock_reader
        select id, address_key
        from subscribers
        where bucket = @id & 63
          and id = @id
          and address_key = @addressKey
        for update
        """;

    /// <summary>Readers who left long ago, held likewise, bucket by bucket; who signs up again at this moment is passed over.</summary>
    public const string LockLeft = """
        -- subscribers.lock_left
        select left_long_ago.id, left_long_ago.address_key
        from unnest(@buckets) as b (bucket)
        cross join lateral (
            select id, address_key
            from subscribers
            where bucket = coalesce(@onlyBucket::smallint, b.bucket)
              and state in ('unsubscribed', 'suppressed')
              and ended_at < @before
            order by ended_at
            limit @count
            for update skip locked) left_long_ago
        limit @count
        """;

    /// <summary>The readers' own queries, held so that nobody takes one up while it may be removed.</summary>
    public const string LockOwnQueries = """
        -- personal_data.lock_own_queries
        select q.id
        from queries q
        where q.id in (
            select p.query_id
            from unnest(@ids) as r (id)
            join preferences p on p.bucket = r.id & 63 and p.subscriber_id = r.id
            where p.topic_id is null)
        order by q.id
        for update
        """;

    /// <summary>Removes what is held on addresses, with or without rows of readers; answers how many rows that were.</summary>
    public const string Erase = $"""
        -- personal_data.erase
        with {Returners},
        mails as (
            delete from deliveries d
            where (d.recipient_key = any(@hashes) or d.subscriber_id = any(@ids))
              and not exists (select from returners where id = d.subscriber_id)
            returning 1
        ),
        heard as (
            delete from inbound_messages m
            where (m.sender_hash = any(@hashes) or m.subscriber_id = any(@ids))
              and (@waitingToo or m.handled_at is not null)
              and not exists (select from returners where id = m.subscriber_id)
            returning 1
        ),
        returned as (
            delete from bounces b
            where (b.address_hash = any(@hashes) or b.subscriber_id = any(@ids))
              and not exists (select from returners where id = b.subscriber_id)
            returning 1
        ),
        addresses as (
            delete from subscriber_addresses a
            using unnest(@keys) as k (address_key)
            where a.bucket = bucket_of_address(k.address_key)
              and a.address_key = k.address_key
              and a.subscriber_id = any(@ids)
        ),
        readers as (
            delete from subscribers s
            using unnest(@ids) as r (id)
            where s.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
              and s.id = r.id
            returning 1
        )
        select (select count(*) from mails) + (select count(*) from returned)
             + (select count(*) from readers) + (select count(*) from heard)
        """;

    // Somebody else's wish to move to such an address is the address of the erased as well.
    public const string ForgetWishes = """
        -- personal_data.forget_wishes
        delete from address_changes
        where address_key = any(@keys)
        """;

    /// <summary>Handled mails that name one of the addresses, hash by hash: of many at once the planner expects too much.</summary>
    public const string FindNaming = $"""
        -- personal_data.find_naming
        with {Returners}
        select distinct m.id
        from unnest(@hashes) as h (hash)
        join inbound_messages m on m.named @> array[h.hash]
        where not exists (select from returners where id = m.subscriber_id)
        """;

    /// <summary>Mails of which is not known whom they name and whose octets are still here, some at a time.</summary>
    public const string ReadInbound = $"""
        -- personal_data.read_inbound
        with {Returners}
        select m.id, m.raw, m.subject, m.excerpt
        from inbound_messages m
        where m.id > @after
          and m.named is null
          and (m.raw is not null or m.subject is not null or m.excerpt is not null)
          and (@waitingToo or m.handled_at is not null)
          and not exists (select from returners where id = m.subscriber_id)
        order by m.id
        limit @limit
        """;

    /// <summary>Leaves of messages that they came, so that the same octets are not taken for new ones.</summary>
    public const string EmptyInbound = """
        -- personal_data.empty_inbound
        update inbound_messages
        set raw = null,
            subject = null,
            excerpt = null,
            error = null,
            named = '{}',
            is_kept = false
        where id = any(@mails)
        """;

    /// <summary>Remembers which rows the readers had, so that links to leave keep working if they come back.</summary>
    public const string RememberRows = """
        -- former_subscribers.remember
        insert into former_subscribers (subscriber_id, address_hash)
        select subscriber_id, address_hash
        from unnest(@ids, @hashes) as r (subscriber_id, address_hash)
        on conflict (subscriber_id) do nothing
        """;
}
