using System.Diagnostics.Metrics;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Counts what became of mails, by relay.</summary>
internal static class DeliveryMetrics
{
    private static readonly Counter<long> Mails =
        Telemetry.Meter.CreateCounter<long>("digest.mails", "{mail}", "Attempts to send a mail, by what became of them (sent, deferred, failed, unknown, queued) and by relay.");

    /// <summary>One attempt is over.</summary>
    public static void Count(string relay, string outcome) => Mails.Add(1, new("relay", relay), new("outcome", outcome));
}
