namespace DigestService.Delivery;

/// <summary>The SQL of everything that touches the outbox but the sender.</summary>
internal static class OutboxQueries
{
    public const string ReserveIds = """
        -- deliveries.reserve_ids
        select nextval('delivery_ids') from generate_series(1, @count)
        """;

    // COPY takes 25 kB messages several times faster than insert does.
    public const string Enqueue = """
        copy deliveries (
            id, subscriber_id, kind, digest_on, priority, sender, recipient, recipient_key, recipient_domain,
            message_id, message, content_hash, state, next_attempt_at, created_at, expires_at)
        from stdin (format binary)
        """;
}
