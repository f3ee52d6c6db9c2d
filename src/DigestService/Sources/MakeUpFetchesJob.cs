using Quartz;

namespace DigestService.Sources;

/// <summary>
/// Runs once when the service starts: a source whose last fetch was interrupted, or whose hour passed while no process ran,
/// or that was never fetched, is fetched now, not at its next hour. A fetch that another process has running is waited for,
/// and fetching again what it brought changes nothing.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class MakeUpFetchesJob(IEnumerable<IPaperSource> sources, SourceFetch fetch, SourceHealth health) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var enabled = sources.Where(source => source.IsEnabled).ToList();
        var interrupted = await fetch.InterruptedAsync(enabled, cancellationToken);
        foreach (var source in enabled)
        {
            if (interrupted.Contains(source.Name, StringComparer.Ordinal) || await health.IsOverdueAsync(source, cancellationToken))
                await context.Scheduler.TriggerJob(FetchSourceJob.KeyOf(source.Name), cancellationToken);
        }
    }
}
