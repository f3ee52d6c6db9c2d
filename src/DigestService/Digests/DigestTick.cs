using NodaTime;

namespace DigestService.Digests;

/// <summary>What happens each minute, and in <c>digests run</c>: everyone due is planned, everything planned is composed.</summary>
internal sealed class DigestTick(DigestPlanner planner, DigestPipeline pipeline)
{
    /// <summary>Plans and composes at <paramref name="now"/>; safe to run at once in any number of processes.</summary>
    public async Task<TickCounts> RunAsync(Instant now, CancellationToken ct)
    {
        var planned = await planner.PlanDueAsync(now, ct);
        var counts = new TickCounts(planned, await pipeline.ComposeDueAsync(now, ct));
        DigestMetrics.Count(counts);
        return counts;
    }
}

/// <summary>Digests planned by one tick, and what composing did with those and with earlier ones.</summary>
internal readonly record struct TickCounts(int Planned, ComposedCounts Composed);
