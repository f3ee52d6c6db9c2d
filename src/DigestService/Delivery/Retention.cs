using DigestService.Platform;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>
/// Closes the outbox's open partition now and then and drops the ones that are old. Ids come from a sequence, so a range
/// of ids is a stretch of time; rows are found by bucket and id.
/// </summary>
/// <remarks>
/// Sending goes on meanwhile. Each step is a transaction of its own that waits for its locks no longer than a fifth of a
/// second, because everybody who comes later waits behind it; what does not get them is tried again at the next round.
/// </remarks>
internal sealed partial class Retention(Database database, DeliveryOptions options, ILogger<Retention> logger)
{
    private const int PartitionsKept = 8;

    // Far more than are handed out while a partition is open; a partition that comes to three quarters of it is closed early.
    // Of 64 ids one is a mail's: the others belong to other buckets.
    private const long Width = 6_400_000_000;

    /// <summary>One round of upkeep. Of several processes one does it, the others find it under way or done.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (!await connection.QuerySingleAsync<bool>(RetentionQueries.TryLock, null, ct))
            return;
        try
        {
            var open = await connection.QuerySingleOrDefaultAsync<OpenPartition>(
                RetentionQueries.FindOpenToClose,
                new { days = Math.Max(1, options.KeepDays / PartitionsKept), width = Width },
                ct);
            if (open is not null)
                await CloseAsync(connection, open, ct);
            foreach (var old in await connection.QueryAsync<string>(RetentionQueries.FindOld, new { days = options.KeepDays }, ct))
            {
                if (!await DropAsync(connection, old, ct))
                    break;
            }
        }
        finally
        {
            await connection.ExecuteAsync(RetentionQueries.Unlock, null, CancellationToken.None);
        }

        await database.ExecuteAsync(FragmentQueries.DeleteUnused, null, ct);
        await DeleteOldAsync(RetentionQueries.DeleteBounces, options.KeepBounceDays, ct);
        await DeleteOldAsync(RetentionQueries.DeleteInbound, options.KeepInboundDays ?? options.KeepDays, ct);
    }

    /// <summary>
    /// Attaches a successor and skips the ids up to it. Ids reserved before find the closed partition, whenever they are
    /// stored. Attaching locks out nobody: readers, writers and dumps go on.
    /// </summary>
    private async Task CloseAsync(NpgsqlConnection connection, OpenPartition open, CancellationToken ct)
    {
        if (!await connection.QuerySingleAsync<bool>($"select exists (select 1 from {open.Name})", null, ct))
            return;
        var next = $"deliveries_{open.UntilId}";
        var until = open.UntilId + Width;
        var isAttached = await TryStepAsync(
            connection,
            async () =>
            {
                if (!await connection.QuerySingleAsync<bool>(RetentionQueries.IsAttached, new { name = next }, ct))
                    await connection.ExecuteAsync(RetentionQueries.Attach, new { from = open.UntilId, until }, ct);
                return true;
            },
            ct);
        if (!isAttached)
            return;

        // The successor is there for good before an id is skipped, for what is skipped stays so, whatever becomes of its transaction.
        await TryStepAsync(
            connection,
            async () =>
            {
                // From here on new ids are the successor's. If we die before the next line commits, the next round closes
                // this partition again, and finds the successor there.
                await connection.ExecuteAsync(RetentionQueries.SkipIds, new { from = open.UntilId, margin = Width / 100 }, ct);
                await connection.ExecuteAsync(RetentionQueries.NoteClosed, new { name = open.Name, next, until }, ct);
                LogClosed(open.Name);
                return true;
            },
            ct);
    }

    /// <summary>Drops a partition whose time has come; false when it could not be locked, and neither could the others now.</summary>
    private async Task<bool> DropAsync(NpgsqlConnection connection, string old, CancellationToken ct)
    {
        // What is not finished is still owed; its partition stays until it is.
        if (await IsAnyUnfinishedAsync(connection, old, ct))
            return true;
        var parked = await connection.QuerySingleAsync<long>($"select count(*) from {old} where stage in ('doubtful', 'parked')", null, ct);
        var isDetached = await TryStepAsync(
            connection,
            async () =>
            {
                if (!await connection.QuerySingleAsync<bool>(RetentionQueries.IsAttached, new { name = old }, ct))
                    return true;
                await connection.ExecuteAsync(RetentionQueries.Detach, new { name = old }, ct);
                return !await IsAnyUnfinishedAsync(connection, old, ct);
            },
            ct);
        var isDropped = isDetached && await TryStepAsync(
            connection,
            async () =>
            {
                await connection.ExecuteAsync(RetentionQueries.Drop, new { name = old }, ct);
                await connection.ExecuteAsync(RetentionQueries.Forget, new { name = old }, ct);
                return true;
            },
            ct);
        if (!isDropped)
            return false;
        LogDropped(old);
        if (parked > 0)
            LogDroppedInDoubt(parked, old);
        return true;
    }

    /// <summary>Runs one transaction with short waits; false when it was rolled back because the step says so or a lock was not to be had.</summary>
    private async Task<bool> TryStepAsync(NpgsqlConnection connection, Func<Task<bool>> step, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await connection.ExecuteAsync(database.IsDistributed ? RetentionQueries.WaitBrieflyEverywhere : RetentionQueries.WaitBriefly, null, ct);
            if (!await step())
                return false;
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            LogBusy();
            return false;
        }
    }

    private static Task<bool> IsAnyUnfinishedAsync(NpgsqlConnection connection, string partition, CancellationToken ct) =>
        connection.QuerySingleAsync<bool>(
            $"""
            -- deliveries.is_any_unfinished
            select exists (select 1 from {partition} where stage in ('waiting', 'doubtful'))
                or exists (select 1 from {partition} where stage = 'in_hand')
            """,
            null,
            ct);

    private async Task DeleteOldAsync(string sql, int days, CancellationToken ct)
    {
        while (await database.ExecuteAsync(sql, new { days, count = RetentionQueries.Batch }, ct) == RetentionQueries.Batch)
        {
        }
    }

    [LoggerMessage(5008, LogLevel.Information, "Closed the outbox's partition {Name}")]
    private partial void LogClosed(string name);

    [LoggerMessage(5009, LogLevel.Information, "Dropped the outbox's partition {Name}, which is older than Delivery__KeepDays")]
    private partial void LogDropped(string name);

    [LoggerMessage(5010, LogLevel.Warning, "Mails in doubt, for which nobody asked, that went with the outbox's partition {Name}: {Count}")]
    private partial void LogDroppedInDoubt(long count, string name);

    [LoggerMessage(5011, LogLevel.Information, "The outbox is locked by somebody else, such as a dump; its upkeep is tried again in an hour")]
    private partial void LogBusy();

    private sealed record OpenPartition
    {
        public required string Name { get; init; }

        public required long UntilId { get; init; }
    }
}
