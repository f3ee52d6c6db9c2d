using DigestService.Platform;
using DigestService.Sources;
using NodaTime;

namespace DigestService.Digests;

/// <summary>What happens each minute, and in <c>digests run</c>: everyone due is planned, everything planned is composed.</summary>
internal sealed class DigestTick(DigestPlanner planner, SourceHealth sources, CandidatePool.Loader pools, DigestPipeline pipeline)
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
        var planning = planner.PlanAsync(due, now, ct);
        await Task.WhenAll(planning, LoadPapersAsync(due, now, ct));
        var planned = await planning;
        span?.SetTag("digest.planned", planned);
        return planned;
    }

    // None while every day waits for a source: such a tick is to cost nothing.
    private async Task LoadPapersAsync(IReadOnlyList<DueGroup> due, Instant now, CancellationToken ct)
    {
        var ready = await sources.ReadyDaysAsync(due.Select(group => group.EarliestDueOn).Distinct(), now, ct);
        if (ready.Count > 0)
            await pools.OpenAsync(now, ct);
    }
}

/// <summary>Digests planned by one tick, and what composing did with those and with earlier ones.</summary>
internal readonly record struct TickCounts(int Planned, ComposedCounts Composed);
