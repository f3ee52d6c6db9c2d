using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// Sends what stands in the outbox: claim, mark, send, record. Any number of processes may do so at once.
/// </summary>
/// <remarks>
/// Exactly once cannot be had over SMTP: between the final dot and its reply nobody can know (RFC 1047). So every mail
/// is marked durably before the first word about it, every doubt is on its row, and each doubt is resolved by one
/// byte-identical resend or by the operator. docs/delivery.md has the table.
/// </remarks>
internal sealed partial class Sender(
    Database database,
    SendingHold holding,
    RelayTroubles troubles,
    LoadedFragments fragments,
    MailSignature signature,
    NewMail newMail,
    DirectDispatch direct,
    DeliveryTrace trace,
    MailOptions mailOptions,
    SmtpOptions smtp,
    DeliveryOptions options,
    IClock clock,
    ClockSkew skew,
    ILogger<Sender> logger)
{
    private const string StoppedEarly = "Stopped: what is still due goes out with the next run, or with a process that serves.";
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookForLostTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(19);
    private static readonly TimeSpan LastWrites = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Sends until nothing is due and nobody has anything in flight; what another process left behind is waited for and
    /// taken over when its lease ends. Due and late are measured by the clock, which <c>--now</c> may have set.
    /// </summary>
    /// <exception cref="OperatorException">No relay is configured.</exception>
    public Task<SendCounts> DrainAsync(CancellationToken ct) => WorkAsync(Task.CompletedTask, ct);

    /// <summary>The same while mails are still being written: it ends when <paramref name="written"/> has, and nothing is due.</summary>
    /// <exception cref="OperatorException">No relay is configured.</exception>
    public Task<SendCounts> DrainAsync(Task written, CancellationToken ct) => WorkAsync(written, ct);

    /// <summary>Sends until stopped; then finishes what is in flight within 25 seconds and claims no more.</summary>
    public Task RunAsync(CancellationToken stopping) => WorkAsync(null, stopping);

    /// <param name="written">Completes when no more mails are coming; null where they come as long as the process serves.</param>
    /// <param name="stopping">Stops the work in order.</param>
    private async Task<SendCounts> WorkAsync(Task? written, CancellationToken stopping)
    {
        Relay[] relays = [.. smtp.ConfiguredRelays().Select(relay => new Relay(relay, mailOptions.FromDomain, TimeProvider.System) { IsOneOfSeveral = smtp.Relays.Count > 1 })];
        var counts = new RunningCounts();
        var claims = new Claims(database, fragments, options, clock);
        await using var queue = new DispatchQueue(relays, options.MessagesPerDomainPerSecond, TimeProvider.System);
        await using var outcomes = new OutcomeWriter(database, holding, options, clock, verdict => counts.Note(verdict.Mail.Id, verdict.State), logger);
        var feeder = new QueueFeeder(claims, queue, logger);
        var worker = new ConnectionWorker(queue, feeder, outcomes, counts, fragments, signature, trace, options, clock, logger);
        var work = new Work(relays, claims, queue, feeder, outcomes, counts);
        await holding.CheckInAsync(stopping);
        await troubles.ResumeAsync(relays, stopping);
        outcomes.Start();
        direct.Open(
            claims.Owner,
            options.LeaseSeconds,
            () => relays.All(relay => relay.Breaker.IsOpen) ? 0 : queue.RoomForSlowDomains,
            queue.DirectRoomFor,
            () => queue.HalfEmpty);

        using var noMoreMail = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var abandon = new CancellationTokenSource();
        await using var deadline = stopping.Register(() => abandon.CancelAfter(StopLimit));
        using var allDone = new CancellationTokenSource();

        var heartbeat = claims.KeepAsync(queue, allDone.Token);
        var lanes = relays
            .SelectMany(relay => Enumerable.Range(0, relay.Connections).Select(_ => worker.RunAsync(relay, noMoreMail.Token, abandon.Token)))
            .ToArray();
        string? hindrance = null;
        try
        {
            hindrance = await FeedAsync(work, written, stopping);
        }
        finally
        {
            await noMoreMail.CancelAsync();
            // A mail whose mark a broken database does not take would keep its connection waiting without end. Mails that
            // their relays keep waiting until the very end still get their doubt written.
            outcomes.GiveUpAfter(StopLimit + TimeSpan.FromSeconds(1));
            await Task.WhenAll(lanes);
            await outcomes.FinishAsync(LastWrites);
            await allDone.CancelAsync();
            await heartbeat;
            queue.Add(direct.Close());
            await work.Feeder.GiveBackAsync();
            await CloseRunAsync(work, written is not null);
        }

        var left = hindrance is null || stopping.IsCancellationRequested ? 0 : (int)await claims.CountDueAsync(stopping);
        return counts.Sum(left, hindrance);
    }

    /// <summary>Keeps the queue full. Ends when draining has nothing left to do, cannot go on, or on stop.</summary>
    private async Task<string?> FeedAsync(Work work, Task? written, CancellationToken stopping)
    {
        var outage = new OutageWatch();
        var isBack = false;
        while (!stopping.IsCancellationRequested)
        {
            // Asked before the outbox is: what comes into it later is announced later.
            var isDraining = written is { IsCompleted: true };
            Task wanting = Task.WhenAny(work.DispatchQueue.Wanting, MoreComing(written));
            var pause = IdlePoll;
            try
            {
                // Our own mails may be among those that lapsed in an outage: what we know of them is written before they
                // are taken over, lest we call it in doubt.
                work.OutcomeWriter.ThrowIfHeldUp();
                if (isBack)
                    await holding.CheckInAsync(stopping);
                isBack = false;
                await TidyAsync(work, stopping);
                await WriteTroublesAsync(work, isEnd: false, stopping);
                if (await ClaimAsync(work, stopping) > 0)
                    continue;
                outage.End();
                var held = await holding.WhyHeldAsync(stopping);
                var isStopped = held is not null || work.Relays.All(relay => relay.IsGivenUp);
                if (isStopped)
                    await work.Feeder.GiveBackAsync();
                if (isDraining && work.DispatchQueue.IsEmpty)
                {
                    if (isStopped || !await work.Claims.IsAnythingLeftAsync(stopping))
                        return held is null ? Hindrance(work.Relays) : $"Sending is held: {held.TrimEnd('.')}. 'digest outbox release' lets it go on.";
                    pause = IdlePoll / 5;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception gone) when (Outage.Is(gone) || work.OutcomeWriter.IsHeldUp)
            {
                // The database is gone: what is in flight is finished, nothing new begins, and we ask again in a while.
                if (outage.Begin())
                    LogOutage(gone);
                isBack = true;
                if (isDraining && outage.IsTooLong)
                    throw;
                pause = outage.Pause;
                wanting = Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            }

            await Task.WhenAny(wanting, Task.Delay(pause, stopping));
        }

        return written is null ? null : StoppedEarly;
    }

    /// <summary>Mails that come, and their end.</summary>
    private Task MoreComing(Task? written) =>
        written is null or { IsCompleted: true } ? newMail.Next : Task.WhenAny(newMail.Next, written);

    /// <summary>Judges the bounces of the last hours anew, now that more of their day's mails have gone out.</summary>
    public async Task SettleBouncesAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        await SuppressionList.SettleAsync(connection, clock.GetCurrentInstant(), database.IsDistributed, ct);
    }

    private async Task WriteTroublesAsync(Work work, bool isEnd, CancellationToken ct)
    {
        foreach (var id in await troubles.WriteAsync(work.Relays, isEnd, ct))
            work.RunningCounts.Note(id, "deferred");
    }

    private async Task CloseRunAsync(Work work, bool isDraining)
    {
        try
        {
            using var limit = new CancellationTokenSource(LastWrites);
            await WriteTroublesAsync(work, isDraining, limit.Token);
            await SettleBouncesAsync(limit.Token);
        }
        catch (Exception gone) when (Outage.Is(gone) || gone is OperationCanceledException)
        {
            LogOutage(gone);
        }
    }

    /// <summary>Which relay said what and what to do, where one takes nothing; null where all work.</summary>
    private static string? Hindrance(IReadOnlyList<Relay> relays) =>
        relays.All(relay => relay.IsGivenUp)
            ? RelayTroubles.WithRemedy("No relay can be used now; " + string.Join("; ", relays.Select(relay => relay.WhyNot)))
            : relays.Select(relay => relay.WhyNot).FirstOrDefault(why => why is not null) is { } why ? RelayTroubles.WithRemedy(why) : null;

    /// <summary>Claims as much as there is room for, which is none while every relay is out of order.</summary>
    private async Task<int> ClaimAsync(Work work, CancellationToken ct)
    {
        var claimed = 0;
        if (direct.TakeAll() is { Count: > 0 } handed)
            await TakeInAsync(handed);

        if (work.Relays.All(relay => relay.Breaker.IsOpen))
            return claimed;
        if (work.Relays.All(relay => relay.Health.Trouble is not null)
            && work.Relays.SelectMany(relay => relay.Health.PutOff).ToArray() is { Length: > 0 } putOff
            && await work.Claims.ClaimAgainAsync(putOff, ct) is { Count: > 0 } again)
        {
            await TakeInAsync(again);
            return claimed;
        }

        await foreach (var mails in work.Feeder.ClaimAsync(ct))
            await TakeInAsync(mails);
        return claimed;

        async Task TakeInAsync(IReadOnlyList<InFlightDelivery> mails)
        {
            // Claimed. If we die here the leases end and another worker takes the rows: nothing has been said to anybody.
            Failpoints.Pass(Failpoints.Claimed);
            await holding.TickAsync(ct);
            work.DispatchQueue.Add(mails);
            claimed += mails.Count;
        }
    }

    private async Task TidyAsync(Work work, CancellationToken ct)
    {
        var pause = work.DispatchQueue.IsEmpty ? IdlePoll : TimeSpan.FromSeconds(Math.Min(5, options.LeaseSeconds / 3.0));
        if (!work.Tidying.IsTime(pause))
            return;
        var lapsed = await work.Claims.TakeOverLapsedAsync(ct);
        if (lapsed.Count > 0)
            LogTakenOver(lapsed.Count(state => state == "claimed"), lapsed.Count(state => state == "sending"));
        // By a clock far ahead all that waits would be too late, for good.
        if (await skew.IsFarAheadAsync(ct))
            return;
        if (await work.Claims.ExpireLateAsync(work.RunningCounts.Note, ct))
            work.Tidying.Reset();
        if (work.LookingForLostTime.IsTime(LookForLostTime) && await work.Claims.BringForwardAsync(ct) is > 0 and var mails)
            LogBroughtForward(mails);
    }

    [LoggerMessage(5012, LogLevel.Warning, "Mails wait for the database")]
    private partial void LogOutage(Exception reason);

    [LoggerMessage(5013, LogLevel.Warning, "Took over from a silent worker: mails it had not begun {Claimed}, in doubt {Sending}")]
    private partial void LogTakenOver(int claimed, int sending);

    [LoggerMessage(5024, LogLevel.Warning, "Mails that go on now, since a clock that had run ahead had put them off: {Mails}")]
    private partial void LogBroughtForward(int mails);

    private sealed record Work(
        IReadOnlyList<Relay> Relays, Claims Claims, DispatchQueue DispatchQueue, QueueFeeder Feeder, OutcomeWriter OutcomeWriter, RunningCounts RunningCounts)
    {
        public RepeatTimer Tidying { get; } = new();

        public RepeatTimer LookingForLostTime { get; } = new();
    }
}
