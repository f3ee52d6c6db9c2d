namespace DigestService.Suppressions;

/// <summary>The SQL of suppressions and bounces.</summary>
internal static class SuppressionQueries
{
    public const string Add = """
        -- suppressions.add
        insert into suppressions (address_hash, reason, detail, created_at)
        values (@hash, @reason, @detail, @now)
        on conflict (address_hash) do update
        set reason = excluded.reason,
            detail = excluded.detail,
            created_at = excluded.created_at
        where suppressions.reason in ('unsubscribed', 'erased')
        """;

    public const string LiftByOwner = """
        -- suppressions.lift_by_owner
        delete from suppressions
        where address_hash = @hash
          and reason in ('unsubscribed', 'erased')
        """;

    public const string Find = """
        -- suppressions.find
        select address_hash, reason
        from suppressions
        where address_hash = any (@hashes)
        """;

    // A reader erased since the mail went out leaves no row to point to.
    public const string RecordBounces = """
        -- bounces.record
        insert into bounces (subscriber_id, delivery_id, address_hash, status, permanent, reason, occurred_on, received_at)
        select s.id, b.delivery_id, b.address_hash, b.status, b.permanent, b.reason, @today, @now
        from unnest(@subscribers, @deliveries, @hashes, @statuses, @permanents, @reasons)
            as b (subscriber_id, delivery_id, address_hash, status, permanent, reason)
        left join subscribers s on s.id = b.subscriber_id
        """;

    // The servers' words often hold the address, and a suppression outlives its erasure: the status alone is kept.
    public const string SuppressBounced = """
        -- suppressions.suppress_bounced
        insert into suppressions (address_hash, reason, detail, created_at)
        select address_hash, 'bounced', string_agg(distinct status, ', '), @now
        from bounces
        where address_hash = any (@hashes)
          and permanent
        group by address_hash
        having count(distinct occurred_on) >= @days
        on conflict (address_hash) do update
        set reason = 'bounced',
            detail = excluded.detail,
            created_at = excluded.created_at
        where suppressions.reason in ('unsubscribed', 'erased')
        """;
}
