using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// One finished mail to one recipient. The bytes, or the fragments and bytes that they are put together from, are stored
/// and sent as they are, so that a second attempt is identical by construction.
/// </summary>
internal sealed record OutgoingMail
{
    /// <summary>Delivery id, reserved beforehand because the mail names it (<c>X-Digest-Delivery</c>, Message-ID, envelope).</summary>
    public required long Id { get; init; }

    /// <summary>What the mail is: <c>digest</c>, <c>confirmation</c>, <c>welcome</c>, <c>alert</c>…</summary>
    public required string Kind { get; init; }

    /// <summary>The reader it goes to; null for the operator.</summary>
    public long? SubscriberId { get; init; }

    /// <summary>The nominal day of a digest; null for any other mail.</summary>
    public LocalDate? DigestOn { get; init; }

    /// <summary>Envelope sender, unique to this delivery.</summary>
    public required string Sender { get; init; }

    /// <summary>Envelope recipient: a bare address.</summary>
    public required string Recipient { get; init; }

    /// <summary>The Message-ID without angle brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>The whole message, signed, in CRLF lines; null where <see cref="Recipe"/> says how it is put together.</summary>
    public byte[]? Message { get; init; }

    /// <summary>What the message is made of, for a mail that shares most of its octets with others. It is signed when it is sent.</summary>
    public MailRecipe? Recipe { get; init; }

    /// <summary>When the mail is no longer worth sending: the next digest's hour; null for never.</summary>
    public Instant? ExpiresAt { get; init; }
}
