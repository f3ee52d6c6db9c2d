using NodaTime;

namespace DigestService.Inbound.Reading;

/// <summary>What a message is.</summary>
internal enum InboundKind
{
    /// <summary>A report that a mail could not be delivered.</summary>
    Bounce,

    /// <summary>A recipient called a mail spam (RFC 5965).</summary>
    Complaint,

    /// <summary>Written by a program: vacation notes, delays, read receipts, challenges, other lists.</summary>
    AutoReply,

    /// <summary>A person's mail with at least one command.</summary>
    Command,

    /// <summary>A person's mail without one.</summary>
    Other,

    /// <summary>No mail at all.</summary>
    Unreadable,
}

/// <summary>One recipient that a bounce or a complaint names.</summary>
internal sealed record ReportedRecipient
{
    /// <summary>The address as the report has it; null where it was redacted or is missing.</summary>
    public string? Address { get; init; }

    /// <summary>Enhanced status (RFC 3463), the bare SMTP code where there is none, or null.</summary>
    public string? Status { get; init; }

    /// <summary>Whether the address itself is dead.</summary>
    public bool Permanent { get; init; }

    /// <summary>Whether the mailbox refuses for now, or is not reached.</summary>
    public bool IsOfMailbox { get; init; }

    /// <summary>One word for why, such as <c>user_unknown</c> or <c>full</c>; see <see cref="DigestService.Delivery.Refusals"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>The server's own words, shortened.</summary>
    public string? Text { get; init; }
}

/// <summary>What one message is and says; a pure function of its octets.</summary>
internal sealed record InboundReading
{
    /// <summary>What the message is.</summary>
    public required InboundKind Kind { get; init; }

    /// <summary>Whom a bounce or a complaint is about.</summary>
    public IReadOnlyList<ReportedRecipient> Recipients { get; init; } = [];

    /// <summary>What a person asks for, in the order of the mail.</summary>
    public IReadOnlyList<Commands.MailCommand> Commands { get; init; } = [];

    /// <summary>Lines of a person's mail without a command that seem to ask for one; see <see cref="Commands.CommandParser.Unclear"/>.</summary>
    public IReadOnlyList<Commands.MailCommand> Unclear { get; init; } = [];

    /// <summary>Whether a program wrote it, so that it is never answered.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>The bare address in <c>From</c>, or null.</summary>
    public string? From { get; init; }

    /// <summary>Every address the message was sent to: envelope headers first, then To and Cc.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Its Message-ID without angle brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>What an answer to it refers to, the message itself last; see <see cref="AnswerThread"/>.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Its subject.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Message-IDs of mails it reports on, without angle brackets: those of the returned mail alone.</summary>
    public IReadOnlyList<string> ReturnedMessageIds { get; init; } = [];

    /// <summary>Envelope senders of mails it reports on, as far as it tells them.</summary>
    public IReadOnlyList<string> ReturnedEnvelopes { get; init; } = [];

    /// <summary>Envelope identifiers of mails it reports on (RFC 3461 4.4).</summary>
    public IReadOnlyList<string> EnvelopeIds { get; init; } = [];

    /// <summary>When the message came.</summary>
    public Instant CameAt { get; init; }

    /// <summary>What a person wrote above the quotation; empty in reports.</summary>
    public string Text { get; init; } = "";
}
