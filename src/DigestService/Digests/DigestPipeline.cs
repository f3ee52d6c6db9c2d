using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// Turns planned digests into mails in the outbox: select, rank, compose, record. Each batch is one transaction, so
/// a process that dies leaves its batch planned and another takes it up. A batch that fails is tried in ever smaller
/// parts until the one reader stands alone who makes it fail; that reader is set aside, and the rest goes out.
/// </summary>
internal sealed partial class DigestPipeline(
    Database database,
    DigestOptions options,
    CandidatePool.Loader pools,
    DigestBatch batches,
    Outbox outbox,
    NewMail newMail,
    DirectDispatch direct,
    SourceHealth sources,
    ILogger<DigestPipeline> logger)
{
    private const int BatchSize = 500;
    private const int MostRepeats = 5;

    /// <summary>Composes every planned digest whose time has come, and what is being planned meanwhile.</summary>
    public async Task<ComposedCounts> ComposeDueAsync(Instant now, Planning planning, CancellationToken ct)
    {
        var total = new ComposedCounts();
        if (await BeginAsync(now, planning, ct) is not { } run)
            return total;
        // Mails that this digest makes too late have not arrived: their papers come with it.
        var (failed, unknown) = await outbox.ExpireLateAsync(database, now, ct);
        total += new ComposedCounts { MailsTooLate = failed, DoubtsTooLate = unknown };
        var newestQuery = await pools.NewestUnmatchedAsync(ct);
        var pool = await pools.OpenAsync(now, ct);
        var (size, repeats) = (BatchSize, 0);
        var outage = new OutageWatch();
        while (true)
        {
            try
            {
                // What fails before the next batch is taken is no reader's.
                run.Claimed = [];
                await direct.WaitForRoomAsync(ct);
                newestQuery = await pools.MatchSinceAsync(newestQuery, ct);
                // Asked before the batch is taken: what is planned after that comes with more.
                var (isPlanned, more) = (planning.Planned.IsCompleted, planning.More);
                var batch = await database.InTransactionAsync(connection => batches.ComposeAsync(connection, pool, run, size, ct), ct);
                if (batch.Taken == 0 && !isPlanned)
                {
                    await more.WaitAsync(ct);
                    continue;
                }

                if (batch.Taken == 0)
                    break;

                direct.Hand(run.Direct);
                newMail.Announce();
                total += batch;
                (size, repeats) = (Math.Min(size * 2, BatchSize), 0);
                outage.End();
            }
            catch (Exception lost) when (DigestFaults.IsWorthRepeating(lost) && repeats++ < MostRepeats)
            {
                // Nothing was written; the others have their locks and let go of them soon.
            }
            catch (Exception gone) when (outage.Bears(gone))
            {
                // Nothing was written, or all of the batch was.
                await Task.Delay(outage.Pause, ct);
            }
            catch (Exception thrown) when (DigestFaults.IsOfSomeReader(thrown) && run.Claimed.Count > 1)
            {
                size = Math.Max(1, run.Claimed.Count / 2);
            }
            catch (Exception thrown) when (DigestFaults.IsOfSomeReader(thrown) && run.Claimed.Count == 1)
            {
                total += await SetAsideAsync(run, thrown, ct);
                size = 1;
            }
        }

        if (total.Taken > 0)
            LogComposed(total.Queued, total.Empty, total.Suppressed, total.Expired, total.SetAside);
        return total;
    }

    /// <summary>
    /// The run, or none where nothing is planned or all that is planned waits for a source: that is asked before
    /// anything else is loaded, for it is asked each minute.
    /// </summary>
    private async Task<ComposingRun?> BeginAsync(Instant now, Planning planning, CancellationToken ct)
    {
        var days = PlannedDay.Together([.. planning.Days, .. await PlannedDay.FindAsync(database, now, ct)]);
        if (days.Count == 0)
            return null;
        var waitedSince = now - Duration.FromTimeSpan(options.WaitForSources);
        var ready = await sources.ReadyDaysAsync(days.Select(day => day.DigestOn), now, ct);
        return days.Any(day => ready.Contains(day.DigestOn) || day.EarliestDueAt <= waitedSince)
            ? new ComposingRun { Now = now, WaitedSince = waitedSince, ReadyDays = ready, IsAllReady = ready.Count == days.Count }
            : null;
    }

    private async Task<ComposedCounts> SetAsideAsync(ComposingRun run, Exception thrown, CancellationToken ct)
    {
        var fault = DigestFault.Of(run.Claimed[0], thrown);
        await database.InTransactionAsync(connection => Ledger.SetAsideAsync(connection, [fault], run.Now, ct), ct);
        run.SetAside.Add(fault.Subscriber.Id);
        LogSetAside(thrown, fault.Subscriber.Id);
        return new ComposedCounts { SetAside = 1 };
    }

    [LoggerMessage(4001, LogLevel.Error, "The digest of reader {Reader} could not be made and is set aside")]
    private partial void LogSetAside(Exception thrown, long reader);

    [LoggerMessage(4002, LogLevel.Information, "Digests composed: {Queued}; {Empty} empty, {Suppressed} for readers who left, {Expired} too late, {SetAside} set aside")]
    private partial void LogComposed(int queued, int empty, int suppressed, int expired, int setAside);
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

    /// <summary>Digests that could not be made, and are tried again by the next run or given up.</summary>
    public int SetAside { get; init; }

    /// <summary>Mails of earlier digests that waited too long and are given up.</summary>
    public int MailsTooLate { get; init; }

    /// <summary>Mails in doubt that waited too long, and wait for the operator now.</summary>
    public int DoubtsTooLate { get; init; }

    /// <summary>All digests that were dealt with.</summary>
    public int Taken => Queued + Empty + Suppressed + Expired + SetAside;

    /// <summary>The sum of two runs.</summary>
    public static ComposedCounts operator +(ComposedCounts a, ComposedCounts b) => new()
    {
        Queued = a.Queued + b.Queued,
        Empty = a.Empty + b.Empty,
        Suppressed = a.Suppressed + b.Suppressed,
        Expired = a.Expired + b.Expired,
        SetAside = a.SetAside + b.SetAside,
        MailsTooLate = a.MailsTooLate + b.MailsTooLate,
        DoubtsTooLate = a.DoubtsTooLate + b.DoubtsTooLate,
    };
}

/// <summary>A nominal day some of whose digests wait to be composed, and when the first of them was due.</summary>
internal sealed record PlannedDay
{
    public required LocalDate DigestOn { get; init; }
    public required Instant EarliestDueAt { get; init; }

    /// <summary>All of them, each once, those that begin to be due after <paramref name="now"/> left out.</summary>
    public static async Task<IReadOnlyList<PlannedDay>> FindAsync(Database database, Instant now, CancellationToken ct)
    {
        var found = new List<PlannedDay>();
        foreach (var buckets in database.Rounds(Buckets.All))
            found.AddRange(await database.QueryAsync<PlannedDay>(LedgerQueries.PlannedDays, new { buckets, onlyBucket = Buckets.Only(buckets), now }, ct));
        return Together(found);
    }

    /// <summary>Each day once, with its earliest moment.</summary>
    public static IReadOnlyList<PlannedDay> Together(IEnumerable<PlannedDay> days) =>
        [.. days.GroupBy(day => day.DigestOn).Select(day => day.MinBy(other => other.EarliestDueAt)!).OrderBy(day => day.DigestOn)]; // no group is empty
}
