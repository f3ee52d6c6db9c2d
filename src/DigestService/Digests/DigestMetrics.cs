using System.Diagnostics.Metrics;
using DigestService.Platform;

namespace DigestService.Digests;

/// <summary>Counts digests by what became of them.</summary>
internal static class DigestMetrics
{
    private static readonly Counter<long> Digests =
        Telemetry.Meter.CreateCounter<long>("digest.digests", "{digest}", "Digests, by step: planned, then composed, empty, suppressed or expired.");

    /// <summary>What one tick did.</summary>
    public static void Count(TickCounts tick)
    {
        Add("planned", tick.Planned);
        Add("composed", tick.Composed.Queued);
        Add("empty", tick.Composed.Empty);
        Add("suppressed", tick.Composed.Suppressed);
        Add("expired", tick.Composed.Expired);
    }

    private static void Add(string step, int count) => Digests.Add(count, new KeyValuePair<string, object?>("step", step));
}
