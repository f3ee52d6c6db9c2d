using System.Diagnostics.Metrics;
using DigestService.Delivery;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Hosting;

/// <summary>Tells, twice a minute, how many mails wait and how many readers there are.</summary>
internal sealed partial class StateGauges(Database database, InboxHealth inbox, NodaTime.IClock clock, ILogger<StateGauges> log) : BackgroundService
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
                await TellInboxAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException outage)
            {
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

    private async Task TellInboxAsync(CancellationToken ct)
    {
        var state = await inbox.ReadAsync(ct);
        InboundWaiting.Record(state.Waiting);
        if (state.LookedAt is { } looked)
            InboxLookAge.Record((clock.GetCurrentInstant() - looked).TotalSeconds);
    }

    private sealed record StateCount
    {
        public required string Name { get; init; }

        public required long Count { get; init; }
    }
}
