using DigestService.Platform;
using Quartz;

namespace DigestService.Hosting;

/// <summary>
/// Brings the schedule back when a clock was set back. Quartz keeps the next time of each job in the database: where a machine's clock had run
/// a day ahead, nothing would be planned, fetched or tidied up for a day after it was set right. It takes a process for dead by the time at which
/// that last checked in, too: what one with such a clock had begun when it died would be in everybody's way for as long.
/// </summary>
internal sealed partial class ScheduleWatch(ISchedulerFactory factory, Database database, TimeProvider time, ILogger<ScheduleWatch> log) : BackgroundService
{
    // Processes that check in do so several times meanwhile.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1);

    private const string CheckInsAhead = """
        -- scheduler_state.check_ins_ahead
        select instance_name, last_checkin_time
        from quartz.qrtz_scheduler_state
        where last_checkin_time > @now
        """;

    // Quartz then takes up what it had begun, as of any that is dead.
    private const string DeclareDead = """
        -- scheduler_state.declare_dead
        update quartz.qrtz_scheduler_state as dead
        set last_checkin_time = @longAgo
        from unnest(@instances, @checkIns) as seen (instance_name, last_checkin_time)
        where dead.instance_name = seen.instance_name
          and dead.last_checkin_time = seen.last_checkin_time
        returning dead.instance_name
        """;

    private IReadOnlyList<CheckIn> _ahead = [];

    /// <summary>Gives each job whose next time is further ahead than its rhythm allows the next one that does.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        await DeclareDeadAsync(ct);
        var scheduler = await factory.GetScheduler(ct);
        var start = Scheduling.NextFullMinute(time.GetUtcNow());
        foreach (var key in await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.AnyGroup(), ct))
        {
            if (await scheduler.GetTrigger(key, ct) is not { } trigger)
                continue;
            var anew = trigger.GetTriggerBuilder().StartAt(start).Build();
            if (anew.GetFireTimeAfter(start) is not { } latest || trigger.NextFireTimeUtc is not { } next || next <= latest)
                continue;
            await scheduler.RescheduleJob(key, anew, ct);
            LogMoved(key.Name, next);
        }
    }

    /// <summary>Takes those for dead whose time is to come and has not changed since the last look.</summary>
    private async Task DeclareDeadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // What was seen before an outage says nothing: nobody could check in meanwhile.
        var before = _ahead;
        _ahead = [];
        var ahead = await database.QueryAsync<CheckIn>(CheckInsAhead, new { now = now.Ticks }, ct);
        _ahead = ahead;
        var still = ahead.Intersect(before).ToList();
        if (still.Count == 0)
            return;
        var parameters = new
        {
            instances = still.ConvertAll(checkIn => checkIn.InstanceName).ToArray(),
            checkIns = still.ConvertAll(checkIn => checkIn.LastCheckinTime).ToArray(),
            longAgo = (now - LongAgo).Ticks,
        };
        foreach (var dead in await database.QueryAsync<string>(DeclareDead, parameters, ct))
            LogDead(dead);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception outage) when (outage is SchedulerException || Outage.Is(outage))
            {
                // The scheduler tells itself that it waits for the database.
            }
        }
    }

    [LoggerMessage(1113, LogLevel.Warning, "The job {Job} waited for {Next:u} and goes on now: a clock had run ahead, or this machine's is behind")]
    private partial void LogMoved(string job, DateTimeOffset next);

    [LoggerMessage(1116, LogLevel.Warning, "The scheduler {Instance} is dead, and its clock had run ahead of this machine's: what it had begun is taken up")]
    private partial void LogDead(string instance);

    private sealed record CheckIn
    {
        public required string InstanceName { get; init; }

        public required long LastCheckinTime { get; init; }
    }
}
