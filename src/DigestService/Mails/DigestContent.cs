using DigestService.Mails.Languages;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Mails;

/// <summary>Whom a mail goes to, and what its links and words need to know of them.</summary>
internal sealed record MailRecipient
{
    /// <summary>Row id; the subject of every signed link.</summary>
    public required long SubscriberId { get; init; }

    /// <summary>Bare address, as the reader wrote it.</summary>
    public required string Address { get; init; }

    /// <summary>Tag of the reader's language, such as <c>en</c> or <c>zh</c>; one we do not speak is answered in English.</summary>
    public string Language { get; init; } = "en";

    /// <summary>IANA id of the reader's zone; the <c>Date</c> header is written in it.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Generation of the links of this reader; older ones are void, all but those to leave.</summary>
    public int LinkVersion { get; init; } = 1;
}

/// <summary>
/// Everything one digest mail says. Composing it is a pure function of this record and the service's settings: the
/// same letter is the same octets, today and when it is sent again.
/// </summary>
internal sealed record DigestContent
{
    /// <summary>Reserved id of the delivery; named by the Message-ID, the envelope sender and <c>X-Digest-Delivery</c>.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required MailRecipient Recipient { get; init; }

    /// <summary>The reader's own calendar day that this digest stands for.</summary>
    public required LocalDate DigestOn { get; init; }

    /// <summary>The instant in the <c>Date</c> header.</summary>
    public required Instant Date { get; init; }

    /// <summary>Papers in the order of the ranking; empty only on a quiet day.</summary>
    public required IReadOnlyList<DigestEntry> Entries { get; init; }

    /// <summary>News of papers that the reader saved, the latest first; most digests have none.</summary>
    public IReadOnlyList<SavedPaperNews> SavedNews { get; init; } = [];

    /// <summary>Names of the topics and own queries the reader follows, most weighty first; said in the footer.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>The reader wants the sentence that a machine wrote in place of the abstract, where there is one.</summary>
    public bool PrefersInShort { get; init; }

    /// <summary>The time it stands for, as its words say it.</summary>
    public DigestSpan Span { get; init; }

    /// <summary>The reader's first digest, which welcomes.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Nothing was found on the reader's topics: the mail is a note, or trending papers with a word of explanation.</summary>
    public bool IsQuietDay { get; init; }

    /// <summary>
    /// Shown to whoever holds the link, not to its reader alone: the papers and their order, and nothing of why they were
    /// chosen. See <see cref="Shared"/>.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>The list as one of whose addresses the reader gets it; null for a digest of their own.</summary>
    public string? ListName { get; init; }

    /// <summary>Set on the first digest after a break: what there was meanwhile.</summary>
    public DigestBreak? Break { get; init; }

    /// <summary>
    /// The same digest for others to read: without reasons, topics, own queries, followed authors or anything else that
    /// tells what its reader is interested in.
    /// </summary>
    public DigestContent Shared() => this with
    {
        Recipient = Recipient with { Address = "" },
        Entries = [.. Entries.OrderBy(entry => entry.Number).Select(entry => new DigestEntry { Paper = entry.Paper, Section = DigestSection.Topics, Reasons = [], Number = entry.Number })],
        Topics = [],
        SavedNews = [],
        IsFirst = false,
        IsQuietDay = IsQuietDay && Entries.Count == 0,
        Break = null,
        ListName = null,
        IsShared = true,
    };
}

/// <summary>
/// A pause that this digest ends: the day of the last one, the first day whose papers this one looks at, and how many papers the
/// topics brought since that day that found no room.
/// </summary>
internal sealed record DigestBreak(LocalDate LastDigestOn, LocalDate Since, int PapersMissed);

/// <summary>Where in the digest a paper stands.</summary>
internal enum DigestSection
{
    /// <summary>It is on a topic of the reader's.</summary>
    Topics,

    /// <summary>It is trending outside them.</summary>
    Outside,
}

/// <summary>One paper in one reader's digest.</summary>
internal sealed record DigestEntry
{
    /// <summary>The paper.</summary>
    public required MailPaper Paper { get; init; }

    /// <summary>Which part of the digest it belongs to.</summary>
    public required DigestSection Section { get; init; }

    /// <summary>The reader's topic it is grouped under; null outside the topics.</summary>
    public string? Topic { get; init; }

    /// <summary>Why it is here, in the order in which the reasons are said.</summary>
    public required IReadOnlyList<Reason> Reasons { get; init; }

    /// <summary>The number that it had in a mail of before, of which some may be gone; null: it is counted as it is read.</summary>
    public int? Number { get; init; }
}
