namespace DigestService.Delivery;

/// <summary>The SQL of retention. Names of partitions are made from numbers, never taken from outside.</summary>
internal static class RetentionQueries
{
    /// <summary>Rows deleted in one statement.</summary>
    public const int Batch = 5_000;

    public const string TryLock = """
        -- delivery_partitions.try_lock
        select pg_try_advisory_lock(hashtext('delivery_partitions'))
        """;

    public const string Unlock = """
        -- delivery_partitions.unlock
        select pg_advisory_unlock(hashtext('delivery_partitions'))
        """;

    public const string WaitBriefly = """
        -- delivery_partitions.wait_briefly
        set local lock_timeout = '200ms'
        """;

    // For the servers, too, that hold the partitions' rows.
    public const string WaitBrieflyEverywhere = """
        -- delivery_partitions.wait_briefly_everywhere
        set local citus.propagate_set_commands = 'local';
        set local lock_timeout = '200ms'
        """;

    public const string FindOpenToClose = """
        -- delivery_partitions.find_open_to_close
        select p.name, p.until_id
        from delivery_partitions p, delivery_ids i
        where p.closed_at is null
          and (p.opened_at <= now() - make_interval(days => @days) or i.last_value > p.until_id - @width / 4)
        """;

    public const string FindOld = """
        -- delivery_partitions.find_old
        select name
        from delivery_partitions
        where closed_at <= now() - make_interval(days => @days)
        """;

    public const string IsAttached = """
        -- delivery_partitions.is_attached
        select exists (
            select 1
            from pg_inherits
            where inhparent = 'deliveries'::regclass
              and inhrelid = to_regclass(@name))
        """;

    // The next three run as the owner of the tables, so that the service's own role need not be (migration 0034).
    public const string Attach = """
        -- delivery_partitions.attach
        select attach_delivery_partition(@from, @until)
        """;

    public const string Detach = """
        -- delivery_partitions.detach
        select detach_delivery_partition(@name)
        """;

    public const string Drop = """
        -- delivery_partitions.drop
        select drop_delivery_partition(@name)
        """;

    // Between the look and the skip others may take ids, a few thousand at the most; a sequence that is nearer to the end
    // than the margin comes there by itself.
    public const string SkipIds = """
        -- delivery_partitions.skip_ids
        select setval('delivery_ids', @from)
        from delivery_ids
        where last_value < @from - @margin
        """;

    public const string NoteClosed = """
        -- delivery_partitions.note_closed
        with closed as (
            update delivery_partitions set closed_at = now() where name = @name
        )
        insert into delivery_partitions (name, until_id) values (@next, @until)
        """;

    public const string Forget = """
        -- delivery_partitions.forget
        delete from delivery_partitions where name = @name
        """;

    public const string DeleteBounces = """
        -- bounces.delete_old
        delete from bounces
        where id in (
            select id
            from bounces
            where received_at < now() - make_interval(days => @days)
            limit @count
            for update skip locked)
        """;

    // A message that nobody has handled yet is not old, however long it has been here.
    public const string DeleteInbound = """
        -- inbound_messages.delete_old
        delete from inbound_messages
        where id in (
            select id
            from inbound_messages
            where received_at < now() - make_interval(days => @days)
              and handled_at is not null
            limit @count
            for update skip locked)
        """;
}
