using System.Diagnostics.Metrics;
using DigestService.Platform;

namespace DigestService.Subscribers;

/// <summary>Counts how readers come and go.</summary>
internal static class SubscriberMetrics
{
    private static readonly Counter<long> Changes =
        Telemetry.Meter.CreateCounter<long>("digest.subscriptions", "{reader}", "Subscriptions, by step (requested, confirmed, unsubscribed).");

    /// <summary>One reader took a step.</summary>
    public static void Count(string step) => Changes.Add(1, new KeyValuePair<string, object?>("step", step));
}
