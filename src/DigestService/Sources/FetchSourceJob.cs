using DigestService.Topics;
using Quartz;

namespace DigestService.Sources;

/// <summary>Fetches one source when its schedule says; which one is in the job's data.</summary>
[DisallowConcurrentExecution]
internal sealed class FetchSourceJob(IEnumerable<IPaperSource> sources, SourceFetch fetch, EmbeddingRound embedding) : IJob
{
    /// <summary>The key of the source's name in the job's data.</summary>
    public const string SourceKey = "source";

    /// <summary>The job of a source.</summary>
    public static JobKey KeyOf(string source) => new("fetch-" + source);

    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var name = context.MergedJobDataMap.GetString(SourceKey);
        // A source that has been taken out of the settings may still have a trigger in the store.
        if (sources.FirstOrDefault(source => source.Name == name && source.IsEnabled) is not { } source)
            return;
        await fetch.RunAsync(source, await fetch.UsualDaysAsync(source, cancellationToken), cancellationToken);
        await embedding.RunAsync(EmbeddingRound.UsualPapers, progress: null, cancellationToken);
    }
}
