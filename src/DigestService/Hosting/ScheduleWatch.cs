using DigestService.Platform;
using Quartz;

namespace DigestService.Hosting;

/// <summary>
/// Brings the schedule back when a clock was set back. Quartz keeps the next time of each job in the database: where a machine's clock had run
/// a day ahead, nothing would be planned, fetched or tidied up for a day after it was set right.
/// </summary>
internal sealed partial class ScheduleWatch(ISchedulerFactory factory, TimeProvider time, ILogger<ScheduleWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Gives each job whose next time is further ahead than its rhythm allows the next one that does.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
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
}
