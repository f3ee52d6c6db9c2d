namespace DigestService.Suppressions;

/// <summary>
/// The SQL of suppressions and bounces. <c>@window</c> is days that a bounce counts; a day is excessive when of more than
/// <c>@few</c> mails more than <c>@share</c> bounced hard.
/// </summary>
internal static partial class SuppressionQueries
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
}
