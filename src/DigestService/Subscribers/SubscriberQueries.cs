namespace DigestService.Subscribers;

/// <summary>The statements on readers' rows.</summary>
internal static class SubscriberQueries
{
    /// <summary>A reader with the list they are of.</summary>
    public const string Columns = """
        id, address, address_key, state, language, zone, send_at, frequency, weekly_on, max_items, outside_topics,
               empty_day, muted_words, prefers_in_short, paused_until, next_due_at, next_due_on, last_digest_on, link_version,
               sign_up_mails, sign_up_mailed_at, created_at, confirmed_at, ended_at, list_id, joined_list_at, coalesce(first_likes, '{}') as first_likes,
               (select l.leader_id from lists l where l.id = subscribers.list_id) as leader_id,
               (select l.name from lists l where l.id = subscribers.list_id) as list_name
        """;

    /// <summary>Whose row it is that has an address.</summary>
    public const string HasAddress = """
        (bucket, id) in (
                select subscriber_bucket, subscriber_id
                from subscriber_addresses
                where bucket = bucket_of_address(@addressKey)
                  and address_key = @addressKey)
        """;

    /// <summary>The number of the reader who has an address.</summary>
    public const string IdByAddress = """
        -- subscribers.id_by_address
        select subscriber_id
        from subscriber_addresses
        where bucket = bucket_of_address(@addressKey)
          and address_key = @addressKey
        """;

    /// <summary>The numbers of the readers who have some addresses.</summary>
    public const string IdsByAddress = """
        -- subscribers.ids_by_address
        select a.subscriber_id
        from unnest(@addressKeys) as k (address_key)
        join subscriber_addresses a on a.bucket = bucket_of_address(k.address_key) and a.address_key = k.address_key
        """;

    /// <summary>One reader.</summary>
    public const string Find = $"""
        -- subscribers.find
        select {Columns}
        from subscribers
        where bucket = @id & 63
          and id = @id
        """;

    /// <summary>One reader, held until the transaction ends: the planner passes over them meanwhile.</summary>
    public const string Lock = $"""
        -- subscribers.lock
        select {Columns}
        from subscribers
        where bucket = @id & 63
          and id = @id
        for update
        """;

    /// <summary>
    /// Readers who were found by their addresses, held until the transaction ends, in one order so that two never wait for each
    /// other. Who moves to another address while their row is waited for is not among them.
    /// </summary>
    public const string LockByAddress = $"""
        -- subscribers.lock_by_address
        select {Columns}
        from subscribers
        where (bucket, id) in (select r.id & 63, r.id from unnest(@ids) as r (id))
          and (@onlyBucket::bigint is null or bucket = @onlyBucket)
          and address_key = any(@addressKeys)
        order by id
        for update
        """;

    /// <summary>The reader of an address.</summary>
    public const string FindByAddress = $"""
        -- subscribers.find_by_address
        select {Columns}
        from subscribers
        where {HasAddress}
        """;

    /// <summary>
    /// New readers, none of whom is owed anything yet, each in the bucket of their address. An address that came in meanwhile
    /// is left to the statement that locks what is there.
    /// </summary>
    public const string Insert = """
        -- subscribers.insert
        with taken as (
            insert into subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id)
            select b.bucket, n.address_key, b.bucket, nextval('subscriber_ids') + b.bucket
            from (select distinct address_key from unnest(@addressKeys) as k (address_key)) n
            cross join lateral bucket_of_address(n.address_key) as b (bucket)
            order by b.bucket, n.address_key
            on conflict (bucket, address_key) do nothing
            returning bucket, address_key, subscriber_id
        )
        insert into subscribers (bucket, id, address, address_key, state, max_items, created_at)
        select distinct on (t.subscriber_id) t.bucket, t.subscriber_id, n.address, t.address_key, 'pending', @maxItems, @now
        from taken t
        join unnest(@addresses, @addressKeys) with ordinality as n (address, address_key, place) using (address_key)
        order by t.subscriber_id, n.place
        returning id
        """;

    /// <summary>Takes back rows that were just made, of readers who were not taken after all.</summary>
    public const string Withdraw = """
        -- subscribers.withdraw
        with addresses as (
            delete from subscriber_addresses a
            using unnest(@ids) as r (id)
            where a.bucket = r.id & 63
              and a.subscriber_bucket = r.id & 63
              and a.subscriber_id = r.id
        )
        delete from subscribers s
        using unnest(@ids) as r (id)
        where s.bucket = r.id & 63
          and s.id = r.id
        """;

    /// <summary>Ties the rows that readers had before they were erased to those they have now.</summary>
    public const string FollowFormer = """
        -- former_subscribers.follow
        update former_subscribers f
        set present_id = n.id
        from unnest(@ids, @hashes) as n (id, address_hash)
        where f.address_hash = n.address_hash
        """;

    /// <summary>The reader whom an old row has become.</summary>
    public const string FindPresent = $"""
        -- former_subscribers.find_present
        select {Columns}
        from subscribers
        where (bucket, id) in (
            select present_id & 63, present_id
            from former_subscribers
            where subscriber_id = @id)
        """;

    /// <summary>Writes rows back as decided in the transaction that holds them.</summary>
    public const string Save = """
        -- subscribers.save
        update subscribers s
        set address = w.address,
            state = w.state,
            language = w.language,
            zone = w.zone,
            send_at = w.send_at,
            frequency = w.frequency,
            weekly_on = w.weekly_on,
            max_items = w.max_items,
            outside_topics = w.outside_topics,
            empty_day = w.empty_day,
            muted_words = array(select jsonb_array_elements_text(w.muted_words)),
            prefers_in_short = w.prefers_in_short,
            paused_until = w.paused_until,
            next_due_at = w.next_due_at,
            next_due_on = w.next_due_on,
            link_version = w.link_version,
            sign_up_mails = w.sign_up_mails,
            sign_up_mailed_at = w.sign_up_mailed_at,
            confirmed_at = w.confirmed_at,
            ended_at = w.ended_at,
            list_id = w.list_id,
            joined_list_at = w.joined_list_at,
            first_likes = nullif(array(select jsonb_array_elements_text(w.first_likes)::bigint), '{}'),
            consent = s.consent || w.consent
        from jsonb_to_recordset(@rows::jsonb) as w (
            id bigint, address text, state text, language text, zone text, send_at time, frequency text,
            weekly_on smallint, max_items smallint, outside_topics smallint, empty_day text, muted_words jsonb, prefers_in_short boolean,
            paused_until date, next_due_at timestamptz, next_due_on date, link_version integer, sign_up_mails integer,
            sign_up_mailed_at timestamptz, confirmed_at timestamptz, ended_at timestamptz, list_id bigint, joined_list_at timestamptz, first_likes jsonb, consent jsonb)
        where s.bucket = coalesce(@onlyBucket::bigint, w.id & 63)
          and s.id = w.id
        """;

    private const string Listed = """
        from subscribers s
        left join lists l on l.id = s.list_id
        cross join lateral (select case when s.id = any (@suppressed) then 'suppressed' else s.state end as state) v
        where (@state::text is null or v.state = @state)
          and (@list::text is null or lower(l.name) = lower(@list))
        """;

    /// <summary>Readers for the operator's list, oldest first.</summary>
    public const string List = $"""
        -- subscribers.list
        select s.id, s.address as email, v.state, s.zone, s.send_at as at, s.frequency, s.max_items as max, s.language,
               s.next_due_at, s.next_due_on, s.last_digest_on, case when s.state = 'paused' then s.paused_until end as paused_until, s.created_at, s.confirmed_at, s.ended_at,
               l.name as list, l.leader_id = s.id as leads_list, coalesce(l.leader_id, s.id) as wishes_of
        {Listed}
        order by s.id
        limit @limit
        """;

    /// <summary>What listed readers follow: slugs of topics and own queries.</summary>
    public const string ListTopics = """
        -- subscribers.list_topics
        select p.subscriber_id as id, array_agg(coalesce(t.slug, p.text) order by coalesce(t.slug, p.text)) as topics
        from unnest(@ids) as r (id)
        join preferences p on p.bucket = r.id & 63 and p.subscriber_id = r.id
        left join topics t on t.id = p.topic_id
        where not p.muted
        group by p.subscriber_id
        """;

    /// <summary>How many there are.</summary>
    public const string Count = $"""
        -- subscribers.count
        select count(*)::int
        {Listed}
        """;

    public const string HadMail = """
        -- deliveries.had_lately
        select exists (
            select 1
            from deliveries
            where subscriber_id = @id
              and kind = @kind
              and created_at > @since)
        """;
}
