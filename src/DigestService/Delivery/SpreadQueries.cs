namespace DigestService.Delivery;

/// <summary>Statements of sending where the outbox is spread over several servers, each for one bucket unless it says otherwise.</summary>
internal static class SpreadQueries
{
    public static readonly string ClaimDue = SpreadForm.Of(ClaimQueries.ClaimDue);

    public static readonly string ClaimOfDomains = SpreadForm.Of(ClaimQueries.ClaimOfDomains);

    public static readonly string ClaimAgain = SpreadForm.Of(ClaimQueries.ClaimAgain);

    // Mails that overtake digests are few, and their index is small: all servers are asked at once in which buckets some are due, so
    // that none waits until a worker has come round.
    public const string UrgentBuckets = """
        -- deliveries.urgent_buckets
        select bucket
        from deliveries
        where stage in ('waiting', 'doubtful')
          and priority = 0
          and next_attempt_at <= @now
          and (expires_at is null or expires_at > @now)
        group by bucket
        order by min(next_attempt_at)
        """;

    // Servers cannot be led from one domain to the next: each reads the index of its domains' queues.
    public const string QueuedDomains = """
        -- deliveries.spread_queued_domains
        select distinct recipient_domain
        from deliveries
        where stage in ('waiting', 'doubtful')
          and (in_domain_queue or priority = 12)
          and recipient_domain > @after
        order by recipient_domain
        limit @count
        """;

    // The marks of a group, in one transaction: its readers are held, bucket by bucket; then this says of all its mails what the coordinator
    // knows of their addresses and days, and the time, or nothing where nothing may go out; then the mails are marked, bucket by bucket.
    public const string MarkFacts = $"""
        -- deliveries.mark_facts
        select m.place, s.reason, k.digest_on is not null as is_killed, clock_timestamp() as clock
        from unnest(@keys, @days) with ordinality as m (recipient_key, digest_on, place)
        left join suppressions s on s.address_hash = m.recipient_key
        left join killed_digests k on k.digest_on = m.digest_on
        where {DeliveryQueries.UnlessHeldOrSetBack}
        """;

    public static readonly string MarkSending = SpreadForm.Of($"""
        -- deliveries.mark_sending
        with verdicts as materialized (
            select {DeliveryQueries.Verdict}
            from unnest(@ids, @fences, @subscribers, @days, @recipients, @relays, @readers, @readerStates, @readerAddresses, @suppressions, @killedDays)
                as m (id, fence, subscriber_id, digest_on, recipient, relay, reader, state, address, reason, killed_on)
            cross join lateral (select m.reader as id, m.state, m.address) r
            cross join lateral (select m.reason) s
            cross join lateral (select m.killed_on as digest_on) k
        )
        {DeliveryQueries.Mark}
        returning d.id, d.fence, d.state
        """);

    public static readonly string TakeOverLapsed = SpreadForm.Of(DeliveryQueries.TakeOverLapsed);

    public static readonly string Renew = SpreadForm.Of(DeliveryQueries.Renew);

    // All servers are asked at once in which buckets leases have ended, and in which mails are late: seldom in any.
    public const string LapsedBuckets = """
        -- deliveries.lapsed_buckets
        select distinct bucket
        from deliveries
        where stage = 'in_hand'
          and lease_until <= @clock
        """;

    public const string LateBuckets = """
        -- deliveries.late_buckets
        select distinct bucket
        from deliveries
        where stage in ('waiting', 'doubtful')
          and expires_at <= @now
        """;

    public const string IsAnythingLeft = """
        -- deliveries.spread_is_anything_left
        select exists (
            select 1
            from deliveries
            where stage = 'in_hand'
               or stage in ('waiting', 'doubtful')
              and next_attempt_at <= @now
              and (expires_at is null or expires_at > @now))
        """;
}
