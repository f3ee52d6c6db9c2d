using System.Diagnostics.Metrics;
using DigestService.Platform;

namespace DigestService.Inbound.Handling;

/// <summary>What came in, by kind and by what was done. Bounces and complaints are counted where they act, too.</summary>
internal static class InboundMetrics
{
    private static readonly Counter<long> Messages =
        Telemetry.Meter.CreateCounter<long>("digest.inbound.messages", "{message}", "Messages handled, by kind and by what was done.");

    private static readonly Counter<long> Answers =
        Telemetry.Meter.CreateCounter<long>("digest.inbound.answers", "{mail}", "Mails that answered a message.");

    private static readonly Counter<long> Failures =
        Telemetry.Meter.CreateCounter<long>("digest.inbound.failures", "{attempt}", "Attempts to handle a message that failed.");

    /// <summary>Counts one message that was just handled.</summary>
    public static void Count(InboundResult result)
    {
        Messages.Add(1, new("kind", InboundVerb.KindOf(result.Kind)), new("action", result.Action));
        if (result.IsAnswered)
            Answers.Add(1);
    }

    /// <summary>Counts an attempt that failed.</summary>
    public static void CountFailure() => Failures.Add(1);
}
