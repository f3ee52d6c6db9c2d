using DigestService.Topics;
using Quartz;

namespace DigestService.Sources;

/// <summary>Gives papers and queries the vectors they wait for, a day's papers at a time, until none waits.</summary>
[DisallowConcurrentExecution]
internal sealed class EmbedPapersJob(EmbeddingRound round) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await round.RunAsync(EmbeddingRound.UsualPapers, progress: null, cancellationToken);
}
