using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>What the operator has sent again: mails that failed, that wait in doubt, or that wait for their next attempt.</summary>
internal sealed class OutboxRetry(Database database, IClock clock)
{
    private const int Batch = 10_000;

    /// <summary>Says what would be sent again; changes nothing.</summary>
    /// <param name="which">Which mails.</param>
    /// <param name="day">Only digests of this nominal day; null for all mails.</param>
    /// <param name="limit">At most so many, the oldest first; null for all.</param>
    /// <param name="ct">Stops the statement.</param>
    public Task<IReadOnlyList<RetriedMails>> LookAsync(RetryOf which, LocalDate? day, int? limit, CancellationToken ct)
    {
        var sql = which switch
        {
            RetryOf.Failed => RetryQueries.CountFailed,
            RetryOf.Unknown => RetryQueries.CountUnknown,
            _ => RetryQueries.CountDeferred,
        };
        return database.QueryAsync<RetriedMails>(sql, new { day, limit = limit ?? int.MaxValue, now = clock.GetCurrentInstant() }, ct);
    }

    /// <summary>Has them sent again, ten thousand in a transaction; answers what that reached.</summary>
    /// <inheritdoc cref="LookAsync"/>
    public async Task<IReadOnlyList<RetriedMails>> RunAsync(RetryOf which, LocalDate? day, int? limit, CancellationToken ct)
    {
        var (choose, retry) = which switch
        {
            RetryOf.Failed => (RetryQueries.ChooseFailed, RetryQueries.RetryFailed),
            RetryOf.Unknown => (RetryQueries.ChooseUnknown, RetryQueries.RetryUnknown),
            _ => (RetryQueries.ChooseDeferred, RetryQueries.RetryDeferred),
        };
        var left = limit ?? int.MaxValue;
        var reached = new Dictionary<(string Kind, LocalDate? DigestOn), long>();
        while (left > 0)
        {
            var size = Math.Min(left, Batch);
            var (chosen, rows) = await OrderAsync(choose, retry, day, size, ct);
            foreach (var row in rows)
                reached[(row.Kind, row.DigestOn)] = reached.GetValueOrDefault((row.Kind, row.DigestOn)) + 1;
            left -= rows.Count;
            if (chosen < size || rows.Count == 0)
                break;
        }

        return [.. reached
            .OrderBy(entry => entry.Key.DigestOn ?? LocalDate.MaxIsoValue).ThenBy(entry => entry.Key.Kind, StringComparer.Ordinal)
            .Select(entry => new RetriedMails { Kind = entry.Key.Kind, DigestOn = entry.Key.DigestOn, Count = entry.Value })];
    }

    /// <summary>Lets the mails be that wait in doubt, digests of one day or all; how many those were.</summary>
    public async Task<int> DismissAsync(LocalDate? day, CancellationToken ct)
    {
        var total = 0;
        while (true)
        {
            var (chosen, dismissed) = await OrderAsync(RetryQueries.ChooseParked, RetryQueries.DismissUnknown, day, Batch, ct);
            total += dismissed.Count;
            if (chosen < Batch || dismissed.Count == 0)
                return total;
        }
    }

    /// <summary>
    /// Carries out an order for so many mails: in one statement, or in one a bucket where mails stand on several servers. There some that were chosen
    /// may be in other hands by then. Answers how many were chosen, and those that it reached.
    /// </summary>
    private async Task<(int Chosen, IReadOnlyList<RetriedMail> Reached)> OrderAsync(string choose, string order, LocalDate? day, int limit, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        if (!database.IsDistributed)
        {
            var reached = await database.QueryAsync<RetriedMail>(order, new { day, limit, now, ids = (long[]?)null, onlyBucket = (short?)null }, ct);
            return (reached.Count, reached);
        }

        var rows = new List<RetriedMail>();
        var chosen = await database.QueryAsync<long>(choose, new { day, limit, now }, ct);
        foreach (var ids in database.Rounds([.. chosen]))
            rows.AddRange(await database.QueryAsync<RetriedMail>(order, new { day, limit, now, ids, onlyBucket = Buckets.OfAll(ids) }, ct));
        return (chosen.Count, rows);
    }

    private sealed record RetriedMail
    {
        public required string Kind { get; init; }

        public LocalDate? DigestOn { get; init; }
    }
}

/// <summary>Which mails are sent again.</summary>
internal enum RetryOf
{
    /// <summary>Those that wait for their next attempt.</summary>
    Deferred,

    /// <summary>Those that were refused or quarantined and whose text is still there.</summary>
    Failed,

    /// <summary>Those that wait for the operator in doubt; some may arrive twice.</summary>
    Unknown,
}

/// <summary>Mails of one kind and nominal day that are sent again.</summary>
internal sealed record RetriedMails
{
    /// <summary>What they are: <c>digest</c>, <c>confirmation</c>…</summary>
    public required string Kind { get; init; }

    /// <summary>The nominal day of digests; null for other mails.</summary>
    public LocalDate? DigestOn { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }
}
