using System.Diagnostics.Metrics;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using Npgsql;

namespace DigestService.Hosting;

/// <summary>Tells, twice a minute, how many mails wait, how many readers there are and what is wrong with the service.</summary>
internal sealed partial class StateGauges(
    Database database, ServiceFaults faults, SourceHealth sources, InboxHealth inbox, ClockSkew clock, IClock now, ILogger<StateGauges> log) : BackgroundService
{
    private const string Readers = """
        -- subscribers.count_by_state
        select state as name, count(*) as count
        from subscribers
        group by state
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private static readonly string[] OutboxStates = ["queued", "claimed", "sending", "deferred", "unknown"];
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

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause);
        do
        {
            try
            {
                await TellAsync(Deliveries, OutboxHealthQueries.CountUnfinished, OutboxStates, stoppingToken);
                await TellAsync(Subscribers, Readers, ReaderStates, stoppingToken);
                await TellStateAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException outage)
            {
                Faults.Record(1, new KeyValuePair<string, object?>("part", ServiceFaults.OfDatabase));
                LogOutage(log, outage.Message);
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    [LoggerMessage(EventId = 1106, Level = LogLevel.Warning, Message = "The outbox could not be counted: {Reason}")]
    private static partial void LogOutage(ILogger log, string reason);

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

    private async Task TellAsync(Gauge<long> gauge, string sql, string[] states, CancellationToken ct)
    {
        var counts = (await database.QueryAsync<StateCount>(sql, null, ct)).ToDictionary(row => row.Name, row => row.Count, StringComparer.Ordinal);
        foreach (var state in states)
            gauge.Record(counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", state));
    }

    private async Task TellStateAsync(CancellationToken ct)
    {
        var found = (await faults.FindAsync(ct)).CountBy(fault => fault.Part).ToDictionary(StringComparer.Ordinal);
        foreach (var part in ServiceFaults.Parts)
            Faults.Record(found.GetValueOrDefault(part), new KeyValuePair<string, object?>("part", part));
        foreach (var source in await sources.CheckAsync(ct))
            Healthy.Record(source.IsHealthy ? 1 : 0, new KeyValuePair<string, object?>("source", source.Source));
        Skew.Record((await clock.MeasureAsync(ct)).TotalSeconds);
        var moment = now.GetCurrentInstant();
        var waiting = await database.QuerySingleOrDefaultAsync<SenderState>(OutboxHealthQueries.Waiting, new { now = moment }, ct);
        OldestDue.Record(waiting?.OldestDueAt is { } due ? (moment - due).TotalSeconds : 0);
        var mail = await inbox.ReadAsync(ct);
        InboundWaiting.Record(mail.Waiting);
        if (mail.LookedAt is { } looked)
            InboxLookAge.Record((moment - looked).TotalSeconds);
    }

    private sealed record StateCount
    {
        public required string Name { get; init; }

        public required long Count { get; init; }
    }
}
