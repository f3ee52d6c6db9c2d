using DigestService.Platform;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>
/// Closes the outbox's open partition now and then and drops the ones that are old. Ids come from a sequence, so a range
/// of ids is a stretch of time; rows are still found by id alone.
/// </summary>
internal sealed partial class Retention(Database database, DeliveryOptions options, ILogger<Retention> logger)
{
    private const int PartitionsKept = 8;

    /// <summary>One round of upkeep. Of several processes one does it, the others find it done.</summary>
    public Task RunAsync(CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            if (!await connection.QuerySingleAsync<bool>(RetentionQueries.TryLock, null, ct))
                return;
            var open = await connection.QuerySingleOrDefaultAsync<string>(
                RetentionQueries.FindOpenToClose, new { days = Math.Max(1, options.KeepDays / PartitionsKept) }, ct);
            if (open is not null)
                await CloseAsync(connection, open, ct);
            foreach (var old in await connection.QueryAsync<string>(RetentionQueries.FindOld, new { days = options.KeepDays }, ct))
                await DropAsync(connection, old, ct);
        },
        ct);

    /// <summary>
    /// Cuts at the next id of the sequence. The lock keeps writers out for the moment the cut takes; ids reserved before
    /// it lie below the cut and find the closed partition, whenever they are stored.
    /// </summary>
    private async Task CloseAsync(NpgsqlConnection connection, string open, CancellationToken ct)
    {
        await connection.ExecuteAsync(RetentionQueries.LockTable, null, ct);
        var range = await connection.QuerySingleAsync<PartitionRange>(RetentionQueries.ReadCut, new { name = open }, ct);
        if (range.Rows == 0)
            return;
        var next = $"deliveries_{range.Cut}";
        await connection.ExecuteAsync(
            $"""
            -- deliveries.close_partition
            alter table deliveries detach partition {open};
            alter table deliveries attach partition {open} for values from ({range.From}) to ({range.Cut});
            create table {next} partition of deliveries for values from ({range.Cut}) to (maxvalue);
            alter table {next} alter column message set storage external;
            """,
            null,
            ct);
        await connection.ExecuteAsync(RetentionQueries.NoteClosed, new { name = open, next }, ct);
        LogClosed(open);
    }

    private async Task DropAsync(NpgsqlConnection connection, string old, CancellationToken ct)
    {
        // What is not finished is still owed or in doubt; its partition stays until it is.
        if (await connection.QuerySingleAsync<bool>($"select exists (select 1 from {old} where state not in ('sent', 'failed', 'suppressed'))", null, ct))
            return;
        await connection.ExecuteAsync($"drop table {old}", null, ct);
        await connection.ExecuteAsync(RetentionQueries.Forget, new { name = old }, ct);
        LogDropped(old);
    }

    [LoggerMessage(LogLevel.Information, "Closed the outbox's partition {Name}")]
    private partial void LogClosed(string name);

    [LoggerMessage(LogLevel.Information, "Dropped the outbox's partition {Name}, which is older than Delivery__KeepDays")]
    private partial void LogDropped(string name);

    private sealed record PartitionRange
    {
        public required string From { get; init; }

        public required long Cut { get; init; }

        public required long Rows { get; init; }
    }
}

/// <summary>The SQL of partitions. Their names are made here from numbers, never taken from outside.</summary>
internal static class RetentionQueries
{
    public const string TryLock = """
        -- delivery_partitions.try_lock
        select pg_try_advisory_xact_lock(hashtext('delivery_partitions'))
        """;

    public const string FindOpenToClose = """
        -- delivery_partitions.find_open_to_close
        select name
        from delivery_partitions
        where closed_at is null
          and opened_at <= now() - make_interval(days => @days)
        """;

    public const string FindOld = """
        -- delivery_partitions.find_old
        select name
        from delivery_partitions
        where closed_at <= now() - make_interval(days => @days)
        """;

    public const string LockTable = """
        -- deliveries.lock
        lock table deliveries in access exclusive mode
        """;

    public const string ReadCut = """
        -- delivery_partitions.read_cut
        select case when @name = 'deliveries_1' then 'minvalue' else substr(@name, 12) end as "from",
               (select nextval('delivery_ids')) as cut,
               (select count(*) from (select 1 from deliveries limit 1) any_row) as rows
        """;

    public const string NoteClosed = """
        -- delivery_partitions.note_closed
        with closed as (
            update delivery_partitions set closed_at = now() where name = @name
        )
        insert into delivery_partitions (name) values (@next)
        """;

    public const string Forget = """
        -- delivery_partitions.forget
        delete from delivery_partitions where name = @name
        """;
}
