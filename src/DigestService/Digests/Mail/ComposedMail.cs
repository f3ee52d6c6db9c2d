namespace DigestService.Digests.Mail;

/// <summary>A finished mail: the octets to store and send, and what its row in the outbox says about them.</summary>
internal sealed record ComposedMail
{
    /// <summary>The whole message, signed when a key is set, in CRLF lines.</summary>
    public required byte[] Message { get; init; }

    /// <summary>Subject as people read it.</summary>
    public required string Subject { get; init; }

    /// <summary>Message-ID without angle brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>Envelope sender, unique to the delivery.</summary>
    public required string Sender { get; init; }

    /// <summary>The HTML part, decoded; for previews.</summary>
    public string Html => throw new NotSupportedException();

    /// <summary>The plain text part, decoded; for previews.</summary>
    public string Text => throw new NotSupportedException();
}
