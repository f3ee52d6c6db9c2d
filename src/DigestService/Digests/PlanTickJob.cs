using DigestService.Platform;
using NodaTime;
using Quartz;

namespace DigestService.Digests;

/// <summary>The tick of each minute. A missed or doubled one is harmless: the plan is in the database, not in the clock.</summary>
[DisallowConcurrentExecution]
internal sealed class PlanTickJob(DigestTick tick, ClockSkew skew, IClock clock) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (!await skew.IsFarAheadAsync(cancellationToken))
            await tick.RunAsync(clock.GetCurrentInstant(), cancellationToken);
    }
}
