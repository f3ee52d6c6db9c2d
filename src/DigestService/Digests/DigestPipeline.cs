using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// Turns planned digests into mails in the outbox: select, rank, compose, record. Each batch is one transaction, so
/// a process that dies leaves its batch planned and another takes it up.
/// </summary>
internal sealed partial class DigestPipeline(
    Database database,
    DigestOptions options,
    CandidatePool.Loader pools,
    DigestSelector selector,
    DigestComposer composer,
    Outbox outbox,
    SuppressionList suppressions,
    SourceHealth sources,
    ILogger<DigestPipeline> logger)
{
    private const int BatchSize = 500;

    /// <summary>Composes every planned digest whose time has come.</summary>
    public async Task<ComposedCounts> ComposeDueAsync(Instant now, CancellationToken ct)
    {
        var total = new ComposedCounts();
        var days = await database.QueryAsync<LocalDate>(LedgerQueries.PlannedDays, new { now }, ct);
        if (days.Count == 0)
            return total;
        var pool = await pools.OpenAsync(now, ct);
        var waitedSince = now - Duration.FromTimeSpan(options.WaitForSources);
        var readyDays = new HashSet<LocalDate>();
        foreach (var day in days)
            if (await sources.AreReadyForAsync(day, ct))
                readyDays.Add(day);
        while (true)
        {
            var batch = await database.InTransactionAsync(
                connection => ComposeBatchAsync(connection, pool, now, waitedSince, readyDays, ct), ct);
            if (batch.Taken == 0)
                break;
            total += batch;
        }

        if (total.Taken > 0)
            LogComposed(total.Queued, total.Empty, total.Suppressed, total.Expired);
        return total;
    }

    private async Task<ComposedCounts> ComposeBatchAsync(
        NpgsqlConnection connection, CandidatePool pool, Instant now, Instant waitedSince, HashSet<LocalDate> readyDays, CancellationToken ct)
    {
        var parameters = new
        {
            now,
            waitedSince,
            readyDays = readyDays.Select(day => day.ToDateOnly()).ToArray(),
            batch = BatchSize,
        };
        var claimed = await connection.QueryAsync<DueSubscriber>(DueSubscriberQueries.ClaimPlanned, parameters, ct);
        if (claimed.Count == 0)
            return new ComposedCounts();

        var suppressed = await suppressions.FindAsync(connection, claimed.Select(subscriber => subscriber.AddressKey).ToList(), ct);
        var gone = claimed.Where(reader => reader.State != "active" || suppressed.ContainsKey(reader.AddressKey)).ToList();
        var late = claimed.Except(gone).Where(subscriber => now - subscriber.DueAt > Duration.FromTimeSpan(options.CatchUpWithin)).ToList();
        var subscribers = await DueSubscriberQueries.CompleteAsync(connection, claimed.Except(gone).Except(late).ToList(), pool, ct);

        var selections = subscribers.AsParallel().AsOrdered().WithCancellation(ct).Select(subscriber => selector.Choose(subscriber, pool)).ToList();
        var mailed = selections.Where(selection => selection.IsMailed).ToList();
        var ids = await outbox.ReserveIdsAsync(connection, mailed.Count, ct);
        var contents = mailed.Select((selection, i) => selection.ToContent(ids[i], pool, now)).ToList();
        var mails = mailed.Zip(contents).AsParallel().AsOrdered().WithCancellation(ct)
            .Select(pair => Finish(pair.Second, pair.First.Subscriber.NextDueAt))
            .ToList();

        // One transaction: the mail is owed, its papers are remembered as sent and the ledger says why, or none of it.
        await outbox.EnqueueAsync(connection, mails, now, ct);
        await Ledger.RecordAsync(connection, selections, contents, pool.Papers.Count, readyDays, now, ct);
        await Ledger.CloseAsync(connection, gone, "suppressed", "The reader had left, or must not be mailed any more, by the time the digest was due.", now, ct);
        await Ledger.CloseAsync(connection, late, "expired", "It was too old to be sent by the time it could be composed.", now, ct);
        return new ComposedCounts
        {
            Queued = mailed.Count,
            Empty = selections.Count - mailed.Count,
            Suppressed = gone.Count,
            Expired = late.Count,
        };
    }

    private OutgoingMail Finish(DigestContent content, Instant? expiresAt)
    {
        var mail = composer.Compose(content);
        return new OutgoingMail
        {
            Id = content.DeliveryId,
            Kind = "digest",
            SubscriberId = content.Recipient.SubscriberId,
            DigestOn = content.DigestOn,
            Sender = mail.Sender,
            Recipient = content.Recipient.Address,
            MessageId = mail.MessageId,
            Message = mail.Message,
            ExpiresAt = expiresAt,
        };
    }

    [LoggerMessage(LogLevel.Information, "Composed {Queued} digests; {Empty} empty, {Suppressed} for readers who left, {Expired} too late")]
    private partial void LogComposed(int queued, int empty, int suppressed, int expired);
}

/// <summary>What one run of composing did, in digests.</summary>
internal readonly record struct ComposedCounts
{
    /// <summary>Mails put into the outbox.</summary>
    public int Queued { get; init; }

    /// <summary>Days with nothing to say.</summary>
    public int Empty { get; init; }

    /// <summary>Readers who had left by then.</summary>
    public int Suppressed { get; init; }

    /// <summary>Digests too old to be sent.</summary>
    public int Expired { get; init; }

    /// <summary>All digests that were dealt with.</summary>
    public int Taken => Queued + Empty + Suppressed + Expired;

    /// <summary>The sum of two runs.</summary>
    public static ComposedCounts operator +(ComposedCounts a, ComposedCounts b) => new()
    {
        Queued = a.Queued + b.Queued,
        Empty = a.Empty + b.Empty,
        Suppressed = a.Suppressed + b.Suppressed,
        Expired = a.Expired + b.Expired,
    };
}
