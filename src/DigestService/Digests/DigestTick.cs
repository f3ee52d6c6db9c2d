using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests;

/// <summary>What happens each minute, and in <c>digests run</c>: everyone due is planned, everything planned is composed.</summary>
internal sealed class DigestTick(DigestPlanner planner, DigestPipeline pipeline)
{
    /// <summary>Plans and composes at <paramref name="now"/>; safe to run at once in any number of processes.</summary>
    public async Task<TickCounts> RunAsync(Instant now, CancellationToken ct)
    {
        // Plan and batches are one trace; each mail has its own, which links to its batch (see DeliveryTrace).
        using var span = Telemetry.Spans.StartActivity("digest.tick");
        // What is planned first is composed while the rest is being planned.
        var planning = planner.Begin(await planner.FindDueAsync(now, ct), now, ct);
        var composing = pipeline.ComposeDueAsync(now, planning, ct);
        try
        {
            await planning.Planned;
        }
        finally
        {
            DigestMetrics.Count(await composing);
        }

        var counts = new TickCounts(await planning.Planned, await composing);
        DigestMetrics.CountPlanned(counts.Planned);
        return counts;
    }
}

/// <summary>Digests planned by one tick, and what composing did with those and with earlier ones.</summary>
internal readonly record struct TickCounts(int Planned, ComposedCounts Composed);
