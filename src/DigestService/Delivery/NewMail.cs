using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Tells the sender of this process that mails were put into the outbox and are committed, so that it need not wait until it looks again.</summary>
internal sealed class NewMail : Signal;
