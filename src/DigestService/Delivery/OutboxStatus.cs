using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>The outbox at a glance. A count that could not be made in the time allowed is null.</summary>
internal record OutboxStatus
{
    /// <summary>Waiting for their first attempt, those that a worker has claimed included.</summary>
    public long? Queued { get; init; }

    /// <summary>How many of the queued a worker has in flight.</summary>
    public long? Claimed { get; init; }

    /// <summary>On the wire, or their worker died and its lease has not ended.</summary>
    public long? Sending { get; init; }

    /// <summary>Taken by a relay.</summary>
    public long? Sent { get; init; }

    /// <summary>Waiting for another attempt.</summary>
    public long? Deferred { get; init; }

    /// <summary>Refused for good, expired or quarantined.</summary>
    public long? Failed { get; init; }

    /// <summary>In doubt.</summary>
    public long? Unknown { get; init; }

    /// <summary>How many of those in doubt wait for the operator.</summary>
    public long? Parked { get; init; }

    /// <summary>Stopped before they were sent.</summary>
    public long? Suppressed { get; init; }

    /// <summary>Why sending is held; null while it is not.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>
    /// Counts, each half for at most <paramref name="limit"/>: what is unfinished is read from small indexes, what was
    /// sent is as much as was ever sent and kept.
    /// </summary>
    public static async Task<OutboxStatus> ReadAsync(Database database, TimeSpan limit, CancellationToken ct)
    {
        var held = await database.QuerySingleOrDefaultAsync<string>(OutboxQueries.WhyHeld, null, ct);
        return await ReadCountsAsync(database, limit, ct) with { HeldBecause = held };
    }

    /// <summary>The same without asking whether sending is held.</summary>
    public static async Task<OutboxStatus> ReadCountsAsync(Database database, TimeSpan limit, CancellationToken ct)
    {
        var unfinished = await ReadUnfinishedAsync(database, limit, ct);
        var finished = await CountAsync(database, OutboxQueries.CountFinished, limit, ct);
        return unfinished with
        {
            Sent = Sum(finished, count => count.State is "sent"),
            Suppressed = Sum(finished, count => count.State is "suppressed"),
        };
    }

    /// <summary>Counts what is unfinished alone, and what failed.</summary>
    public static async Task<OutboxStatus> ReadUnfinishedAsync(Database database, TimeSpan limit, CancellationToken ct)
    {
        var unfinished = await CountAsync(database, OutboxQueries.CountUnfinished, limit, ct);
        return new OutboxStatus
        {
            Queued = Sum(unfinished, count => count.State is "queued" or "claimed"),
            Claimed = Sum(unfinished, count => count.State is "claimed"),
            Sending = Sum(unfinished, count => count.State is "sending"),
            Deferred = Sum(unfinished, count => count.State is "deferred"),
            Failed = Sum(unfinished, count => count.State is "failed"),
            Unknown = Sum(unfinished, count => count.State is "unknown"),
            Parked = Sum(unfinished, count => count is { State: "unknown", IsParked: true }),
        };
    }

    private static async Task<IReadOnlyList<StateCount>?> CountAsync(Database database, string sql, TimeSpan limit, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
        try
        {
            return await database.QueryAsync<StateCount>(sql, null, deadline.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private static long? Sum(IReadOnlyList<StateCount>? counts, Func<StateCount, bool> isMeant) => counts?.Where(isMeant).Sum(count => count.Count);

    private sealed record StateCount
    {
        public required string State { get; init; }

        public required bool IsParked { get; init; }

        public required long Count { get; init; }
    }
}
