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

    // The first process to send from a database names it; later ones read what the first one wrote.
    public const string CheckIn = """
        -- delivery_control.check_in
        update delivery_control
        set ledger_id = coalesce(ledger_id, gen_random_uuid()),
            home = coalesce(home, @home)
        returning held_at, ledger_id, home, epoch
        """;

    public const string Home = """
        -- delivery_control.home
        select s.system_identifier || '/' || d.oid
        from pg_control_system() s, pg_database d
        where d.datname = current_database()
        """;

    public const string HomeByNumber = """
        -- delivery_control.home_by_number
        select 'unknown/' || oid from pg_database where datname = current_database()
        """;

    public const string Tick = """
        -- delivery_control.tick
        update delivery_control set epoch = epoch + 1 returning epoch
        """;

    public const string WhyHeld = """
        -- delivery_control.why_held
        select held_because from delivery_control where held_at is not null
        """;

    public const string Hold = """
        -- delivery_control.hold
        update delivery_control set held_at = now(), held_because = @reason where held_at is null
        """;

    public const string Release = """
        -- delivery_control.release
        update delivery_control
        set held_at = null,
            held_because = null,
            home = @home,
            epoch = greatest(epoch, @epoch)
        """;

    public const string Status = """
        -- deliveries.status
        select count(*) filter (where state in ('queued', 'claimed')) as queued,
               count(*) filter (where state = 'claimed') as claimed,
               count(*) filter (where state = 'sending') as sending,
               count(*) filter (where state = 'sent') as sent,
               count(*) filter (where state = 'deferred') as deferred,
               count(*) filter (where state = 'failed') as failed,
               count(*) filter (where state = 'unknown') as unknown,
               count(*) filter (where state = 'unknown' and next_attempt_at is null) as parked,
               count(*) filter (where state = 'suppressed') as suppressed,
               (select held_because from delivery_control) as held_because
        from deliveries
        """;

    // Due at whatever hour a later run is told it is: the row's own beginning. Its expiry would end it at once.
    public const string RetryFailed = """
        -- deliveries.retry_failed
        update deliveries
        set state = 'queued', attempts = 0, faults = 0, next_attempt_at = created_at, expires_at = null, finished_at = null
        where state = 'failed'
          and message is not null
        """;

    public const string RetryUnknown = """
        -- deliveries.retry_unknown
        update deliveries
        set next_attempt_at = created_at, expires_at = null
        where state = 'unknown'
          and next_attempt_at is null
        """;

    public const string RetryDeferred = """
        -- deliveries.retry_deferred
        update deliveries
        set next_attempt_at = created_at
        where state = 'deferred'
        """;

    public const string KillDigests = """
        -- killed_digests.add
        insert into killed_digests (digest_on) values (@day) on conflict do nothing
        """;
}
