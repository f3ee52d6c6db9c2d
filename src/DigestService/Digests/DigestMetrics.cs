using System.Diagnostics.Metrics;
using DigestService.Platform;

namespace DigestService.Digests;

/// <summary>Counts digests by what became of them.</summary>
internal static class DigestMetrics
{
    private static readonly Counter<long> Digests =
        Telemetry.Meter.CreateCounter<long>("digest.digests", "{digest}", "Digests, by step: planned, then composed, empty, suppressed or expired.");

    /// <summary>What one tick planned.</summary>
    public static void CountPlanned(int planned) => Add("planned", planned);

    /// <summary>What one tick composed.</summary>
    public static void Count(ComposedCounts composed)
    {
        Add("composed", composed.Queued);
        Add("empty", composed.Empty);
        Add("suppressed", composed.Suppressed);
        Add("expired", composed.Expired);
    }

    private static void Add(string step, int count) => Digests.Add(count, new KeyValuePair<string, object?>("step", step));
}
