using Quartz;

namespace DigestService.Sources;

/// <summary>
/// Runs once when the service starts: a source whose last fetch was interrupted is fetched now, not at its next hour. A
/// fetch that another process has running is waited for, and fetching again what it brought changes nothing.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class MakeUpFetchesJob(IEnumerable<IPaperSource> sources, SourceFetch fetch) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        foreach (var name in await fetch.InterruptedAsync(sources.Where(source => source.IsEnabled), cancellationToken))
            await context.Scheduler.TriggerJob(FetchSourceJob.KeyOf(name), cancellationToken);
    }
}
