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
        var counts = new TickCounts();
        for (var due = await planner.FindDueAsync(now, ct); ; due = await planner.FindDueAsync(now, ct))
        {
            var planned = counts.Planned;
            counts += await PlanAndComposeAsync(due, now, ct);
            if (counts.Planned == planned)
                break;
            // Whoever was in a batch just when the planner passed, with an earlier day, is planned by the next round.
        }

        DigestMetrics.Count(counts);
        return counts;
    }

    /// <summary>What is planned first is composed while the rest is being planned.</summary>
    private async Task<TickCounts> PlanAndComposeAsync(IReadOnlyList<DueGroup> due, Instant now, CancellationToken ct)
    {
        var planning = planner.Begin(due, now, ct);
        var composing = pipeline.ComposeDueAsync(now, planning, ct);
        await Task.WhenAll(planning.Planned, composing);
        return new TickCounts(await planning.Planned, await composing);
    }
}

/// <summary>Digests planned by one tick, and what composing did with those and with earlier ones.</summary>
internal readonly record struct TickCounts(int Planned, ComposedCounts Composed)
{
    /// <summary>The sum of two rounds.</summary>
    public static TickCounts operator +(TickCounts a, TickCounts b) => new(a.Planned + b.Planned, a.Composed + b.Composed);
}
