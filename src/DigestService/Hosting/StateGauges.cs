using System.Diagnostics.Metrics;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Hosting;

/// <summary>Tells, twice a minute, how many mails wait, how many readers there are and what is wrong with the service, the last in the log as well.</summary>
internal sealed class StateGauges(
    Database database, ServiceHealth health, AdminOverview overview, IClock clock, FaultLog log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceWithCounts = TimeSpan.FromSeconds(10);
    private static readonly KeyValuePair<string, object?> OfDatabase = new("part", ServiceHealth.OfDatabase);
    private static readonly string[] ReaderStates = ["pending", "active", "paused", "unsubscribed", "suppressed"];

    private static readonly Gauge<long> Deliveries =
        Telemetry.Meter.CreateGauge<long>("digest.outbox.deliveries", "{mail}", "Mails in the outbox that are not finished, by state.");

    private static readonly Gauge<long> Subscribers =
        Telemetry.Meter.CreateGauge<long>("digest.subscribers", "{reader}", "Readers by state.");

    private static readonly Gauge<long> InboundWaiting =
        Telemetry.Meter.CreateGauge<long>("digest.inbound.waiting", "{message}", "Messages stored and not yet handled.");

    private static readonly Gauge<double> InboxLookAge =
        Telemetry.Meter.CreateGauge<double>("digest.inbound.look_age", "s", "Time since the inbox was last looked into with success.");

    private static readonly Gauge<long> Faults =
        Telemetry.Meter.CreateGauge<long>("digest.faults", "{fault}", "What is wrong now, by part: what /readyz gives as reasons.");

    private static readonly Gauge<double> OldestDue =
        Telemetry.Meter.CreateGauge<double>("digest.outbox.oldest_due", "s", "How long the mail that has waited longest has been due; 0 when none is.");

    private static readonly Gauge<long> Healthy =
        Telemetry.Meter.CreateGauge<long>("digest.source.healthy", "{source}", "1 while a source is well, 0 while it is not, by source.");

    private static readonly Gauge<double> Skew =
        Telemetry.Meter.CreateGauge<double>("digest.clock.skew", "s", "The database's clock less this machine's.");

    /// <summary>Tells it once.</summary>
    public async Task TellAsync(CancellationToken ct)
    {
        // What is wrong comes first: a count that cannot be made keeps it from nobody.
        await TellStateAsync(ct);
        await TellOutboxAsync(ct);
        await TellReadersAsync(ct);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause);
        do
        {
            try
            {
                await TellAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception outage) when (Outage.Is(outage))
            {
                // A look that failed is told; a count that did is made again by the next round.
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task TellOutboxAsync(CancellationToken ct)
    {
        var outbox = await OutboxStatus.ReadUnfinishedAsync(database, PatienceWithCounts, ct);
        foreach (var (state, count) in ((string, long?)[])
            [("queued", outbox.Queued - outbox.Claimed), ("claimed", outbox.Claimed), ("sending", outbox.Sending), ("deferred", outbox.Deferred), ("unknown", outbox.Unknown)])
        {
            if (count is { } counted)
                Deliveries.Record(counted, new KeyValuePair<string, object?>("state", state));
        }
    }

    private async Task TellReadersAsync(CancellationToken ct)
    {
        var counts = (await overview.ReadersAsync(ct)).ToDictionary(row => row.Name, row => row.Count, StringComparer.Ordinal);
        foreach (var state in ReaderStates)
            Subscribers.Record(counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", state));
    }

    private async Task<ServiceState> LookAsync(CancellationToken ct)
    {
        try
        {
            return await health.ReadSoonAsync(ct);
        }
        catch (Exception outage) when (Outage.Is(outage))
        {
            Faults.Record(1, OfDatabase);
            log.TellOutage(outage);
            throw;
        }
    }

    private async Task TellStateAsync(CancellationToken ct)
    {
        var state = await LookAsync(ct);
        if (state.SchemaFault is { } another)
        {
            Faults.Record(1, OfDatabase);
            log.TellAnotherSchema(another);
            return;
        }

        log.Tell(state.Faults);
        var found = state.Faults.CountBy(fault => fault.Part).ToDictionary(StringComparer.Ordinal);
        foreach (var part in ServiceHealth.Parts)
            Faults.Record(found.GetValueOrDefault(part), new KeyValuePair<string, object?>("part", part));
        foreach (var source in state.Sources)
            Healthy.Record(source.IsHealthy ? 1 : 0, new KeyValuePair<string, object?>("source", source.Source));
        Skew.Record(state.ClockSkew.TotalSeconds);
        var now = clock.GetCurrentInstant();
        OldestDue.Record(state.Waiting.OldestDueAt is { } due ? (now - due).TotalSeconds : 0);
        InboundWaiting.Record(state.Inbox.Waiting);
        if (state.Inbox.LookedAt is { } looked)
            InboxLookAge.Record((now - looked).TotalSeconds);
    }
}
