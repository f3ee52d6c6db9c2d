using DigestService.Delivery;
using DigestService.Mails;
using NodaTime;

namespace DigestService.Hosting;

/// <summary>A mail that alerts the operator, as the outbox takes it.</summary>
internal static class AlertMail
{
    // What it says is old news by then.
    private static readonly Duration Lasts = Duration.FromDays(1);

    /// <summary>Composes it under an id that was reserved for it.</summary>
    public static OutgoingMail Write(ServiceMailComposer composer, long id, string address, Instant now, OperatorAlert alert)
    {
        var composed = composer.OperatorAlert(id, address, now, alert);
        return new OutgoingMail
        {
            Id = id,
            Kind = "alert",
            Sender = composed.Sender,
            Recipient = address,
            MessageId = composed.MessageId,
            Message = composed.Message,
            ExpiresAt = now + Lasts,
        };
    }
}
