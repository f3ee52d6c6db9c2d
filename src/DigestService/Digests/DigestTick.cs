using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests;

/// <summary>What happens each minute, and in <c>digests run</c>: everyone due is planned, everything planned is composed.</summary>
internal sealed class DigestTick(DigestPlanner planner, CandidatePool.Loader pools, DigestPipeline pipeline)
{
    /// <summary>Plans and composes at <paramref name="now"/>; safe to run at once in any number of processes.</summary>
    public async Task<TickCounts> RunAsync(Instant now, CancellationToken ct)
    {
        // Plan and batches are one trace; each mail has its own, which links to its batch (see DeliveryTrace).
        using var span = Telemetry.Spans.StartActivity("digest.tick");
        var planned = await PlanAsync(now, ct);
        var counts = new TickCounts(planned, await pipeline.ComposeDueAsync(now, ct));
        DigestMetrics.Count(counts);
        return counts;
    }

    private async Task<int> PlanAsync(Instant now, CancellationToken ct)
    {
        using var span = Telemetry.Spans.StartActivity("digest.plan");
        var due = await planner.FindDueAsync(now, ct);
        if (due.Count == 0)
            return 0;
        // The papers are loaded while PostgreSQL writes the plan; composing finds them kept.
        var papers = pools.OpenAsync(now, ct);
        var planning = planner.PlanAsync(due, now, ct);
        await Task.WhenAll(papers, planning);
        var planned = await planning;
        span?.SetTag("digest.planned", planned);
        return planned;
    }
}

/// <summary>Digests planned by one tick, and what composing did with those and with earlier ones.</summary>
internal readonly record struct TickCounts(int Planned, ComposedCounts Composed);
