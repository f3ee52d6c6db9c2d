using System.Diagnostics;
using System.Globalization;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>
/// The way of one delivery as a trace: composing, each attempt and each report that comes back are spans of the trace that
/// its id names, in whatever process they happen. Attributes hold ids, states and codes, never an address or a server's words.
/// </summary>
internal sealed class DeliveryTrace(MailOptions mail)
{
    /// <summary>The delivery's id, as in <c>X-Digest-Delivery</c>.</summary>
    public const string DeliveryId = "digest.delivery.id";

    /// <summary>Begins a span of a delivery; null, at next to no cost, while nobody collects them.</summary>
    /// <param name="name">What is done: <c>digest.compose</c>, <c>digest.send</c>, <c>digest.reply</c>.</param>
    /// <param name="delivery">Whose span it is.</param>
    /// <param name="cause">What else made it happen, such as the batch it was composed in.</param>
    public Activity? Start(string name, long delivery, ActivityContext? cause = null)
    {
        if (!Telemetry.Spans.HasListeners())
            return null;
        // The sender's domain tells installations apart that push to one receiver.
        var trace = Telemetry.TraceOf(string.Create(CultureInfo.InvariantCulture, $"{mail.FromDomain}/{delivery}"));
        var span = Telemetry.Spans.StartActivity(name, ActivityKind.Internal, trace, links: cause is { } link ? [new ActivityLink(link)] : null);
        span?.SetTag(DeliveryId, delivery);
        return span;
    }
}
