using Quartz;

namespace DigestService.Sources;

/// <summary>Fetches one source when its schedule says; which one is in the job's data.</summary>
[DisallowConcurrentExecution]
internal sealed class FetchSourceJob(IEnumerable<IPaperSource> sources, SourceFetch fetch, SourceHealth health) : IJob
{
    /// <summary>The key of the source's name in the job's data.</summary>
    public const string SourceKey = "source";

    /// <summary>Set for the look at the start of a process, which fetches only what was missed.</summary>
    public const string OnlyIfOverdueKey = "only-if-overdue";

    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var name = context.MergedJobDataMap.GetString(SourceKey);
        // A source that has been taken out of the settings may still have a trigger in the store.
        if (sources.FirstOrDefault(source => source.Name == name && source.IsEnabled) is not { } source)
            return;
        if (context.MergedJobDataMap.ContainsKey(OnlyIfOverdueKey) && !await health.IsOverdueAsync(source, cancellationToken))
            return;
        await fetch.RunAsync(source, await fetch.UsualDaysAsync(source, cancellationToken), cancellationToken);
    }
}
