namespace DigestService.Delivery;

/// <summary>The SQL of everything that touches the outbox but the sender.</summary>
internal static class OutboxQueries
{
    public const string ReserveIds = """
        -- deliveries.reserve_ids
        select nextval('delivery_ids') & ~63::bigint | bucket
        from unnest(@buckets) with ordinality as m (bucket, position)
        order by position
        """;

    // For this transaction, where PostgreSQL was built with it; elsewhere recipes are not compressed (migration 0032).
    public const string CompressByLz4 = """
        -- deliveries.compress_by_lz4
        select set_config(name, 'lz4', true)
        from pg_settings
        where name = 'default_toast_compression'
          and 'lz4' = any(enumvals)
        """;

    // Leases are measured by the database's clock. Asked before the rows are written, so that they end no later than we think.
    public const string LeaseFromNow = """
        -- deliveries.lease_from_now
        select clock_timestamp() + make_interval(secs => @lease)
        """;

    // COPY takes many rows several times faster than insert does.
    public const string Enqueue = """
        copy deliveries (
            bucket, id, subscriber_id, kind, digest_on, priority, sender, recipient, recipient_key, recipient_domain,
            message_id, message, fragments, content_hash, state, next_attempt_at, created_at, expires_at,
            fence, owner, lease_until)
        from stdin (format binary)
        """;

    // The first process to send from a database names it; later ones read what the first one wrote.
    public const string CheckIn = """
        -- delivery_control.check_in
        update delivery_control
        set ledger_id = coalesce(ledger_id, gen_random_uuid()),
            home = coalesce(home, @home)
        returning held_at, ledger_id, home, releases, epoch
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
        update delivery_control set epoch = epoch + 1 returning releases, epoch
        """;

    // Fence and attempts of a row only grow. Where they are smaller than a mark of ours left them, the mark is forgotten.
    public const string HasForgotten = """
        -- deliveries.has_forgotten
        select exists (
            select 1
            from unnest(@ids, @fences, @attempts) as m (id, fence, attempts)
            join deliveries d on d.bucket = m.id & 63 and d.id = m.id
            where (d.fence, d.attempts) < (m.fence, m.attempts))
        """;

    public const string WhyHeld = """
        -- delivery_control.why_held
        select held_because from delivery_control where held_at is not null
        """;

    public const string Hold = """
        -- delivery_control.hold
        update delivery_control set held_at = now(), held_because = @reason where held_at is null
        """;

    // Seconds, so that a release is never taken for an earlier one that a restored database has forgotten.
    public const string Release = """
        -- delivery_control.release
        update delivery_control
        set held_at = null,
            held_because = null,
            home = @home,
            releases = greatest(releases + 1, extract(epoch from clock_timestamp())::bigint)
        """;

    // What is not finished, by state: read from the partial indexes alone, so that it costs what is unfinished and not
    // what was ever sent.
    public const string CountUnfinished = """
        -- deliveries.count_unfinished
        select state, is_parked, count(*) as count
        from (
            select state, false as is_parked
            from deliveries
            where stage in ('waiting', 'doubtful')
            union all
            select state, false
            from deliveries
            where stage = 'in_hand'
            union all
            select case stage when 'parked' then 'unknown' else 'failed' end, stage = 'parked'
            from deliveries
            where stage in ('failed', 'parked')
        ) unfinished
        group by state, is_parked
        """;

    public const string CountFinished = """
        -- deliveries.count_finished
        select state, false as is_parked, count(*) as count
        from deliveries
        where state in ('sent', 'suppressed')
        group by state
        """;

    // Its expiry would end it at once, and its counts would let it fail again at the first word. The fence moves on, as the
    // attempts begin anew.
    public const string RetryOne = """
        -- deliveries.retry_one
        update deliveries
        set state = case state when 'failed' then 'queued' else state end,
            fence = fence + 1,
            attempts = 0,
            faults = 0,
            next_attempt_at = created_at,
            expires_at = null,
            finished_at = null
        where bucket = @id & 63
          and id = @id
          and state in ('failed', 'deferred', 'unknown')
          and next_attempt_at is distinct from 'infinity'
          and message is not null
        """;

    // A held mail is one whose next attempt never comes, so that nothing that looks for what is due finds it, in whatever
    // version of the program. Of a hold and a sender that has claimed the mail the one that commits first wins: the fence
    // moves on, and the sender's mark then finds no row; or the mail is 'sending', and is held no more.
    public const string HoldOne = """
        -- deliveries.hold_one
        update deliveries
        set state = case when state <> 'claimed' then state when doubts > 0 then 'unknown' else 'queued' end,
            fence = fence + 1,
            owner = null,
            lease_until = null,
            next_attempt_at = 'infinity'
        where bucket = @id & 63
          and id = @id
          and state in ('queued', 'claimed', 'deferred', 'unknown')
          and next_attempt_at < 'infinity'
        """;

    public const string ReleaseOne = """
        -- deliveries.release_one
        update deliveries
        set next_attempt_at = created_at
        where bucket = @id & 63
          and id = @id
          and state in ('queued', 'deferred', 'unknown')
          and next_attempt_at = 'infinity'
        """;

    // Takes a mail from whoever has claimed it, and its octets with it.
    private const string Withdrawn = """
        fence = fence + 1,
            owner = null,
            lease_until = null,
            next_attempt_at = null,
            message = null,
            fragments = null
        """;

    // Likewise with a sender that has claimed the mail. One that is being sent is left to its sender: its state says so. The mail
    // itself goes, so that no order to send failed mails again reaches it.
    public const string StopOne = $"""
        -- deliveries.stop_one
        update deliveries
        set state = 'failed',
            {Withdrawn},
            finished_at = now(),
            reply = 'The operator stopped it.' || coalesce(' Before: ' || reply, '')
        where bucket = @id & 63
          and id = @id
          and state in ('queued', 'claimed', 'deferred', 'unknown')
        """;

    // Likewise for the digests of a reader that nobody has begun to send. One in doubt may have arrived, and stays what it is.
    public const string GiveUpDigests = $"""
        -- deliveries.give_up_digests
        update deliveries
        set state = 'suppressed',
            {Withdrawn},
            finished_at = @now,
            reply = @reason
        where bucket = @subscriber & 63
          and subscriber_id = @subscriber
          and digest_on is not null
          and doubts = 0
          and state in ('queued', 'claimed', 'deferred')
        returning id
        """;

    public const string KillDigests = """
        -- killed_digests.add
        insert into killed_digests (digest_on) values (@day) on conflict do nothing
        """;
}
