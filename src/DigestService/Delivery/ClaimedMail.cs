using NodaTime;

namespace DigestService.Delivery;

/// <summary>A row of the outbox as its claim returned it.</summary>
internal sealed record ClaimedMail
{
    /// <summary>Delivery id.</summary>
    public required long Id { get; init; }

    /// <summary>Counts the row's claims; every later write carries it and is refused once it is stale.</summary>
    public required long Fence { get; init; }

    /// <summary>Which claim this is: a row claimed again is the same mail, and another claim.</summary>
    public Claim Claim => new(Id, Fence);

    /// <summary>The reader; null for the operator.</summary>
    public long? SubscriberId { get; init; }

    /// <summary>The nominal day of a digest; null for any other mail.</summary>
    public LocalDate? DigestOn { get; init; }

    /// <summary>Lower goes first.</summary>
    public required short Priority { get; init; }

    /// <summary>Envelope sender.</summary>
    public required string Sender { get; init; }

    /// <summary>Envelope recipient.</summary>
    public required string Recipient { get; init; }

    /// <summary>Keyed hash of the recipient.</summary>
    public required byte[] RecipientKey { get; init; }

    /// <summary>The recipient's domain in ASCII.</summary>
    public required string RecipientDomain { get; init; }

    /// <summary>The message as it was composed, or its recipe where it has <see cref="Fragments"/>.</summary>
    public required byte[] Message { get; init; }

    /// <summary>Ids of the fragments of a recipe; null for a mail that is stored whole.</summary>
    public long[]? Fragments { get; init; }

    /// <summary>The recipe with its fragments; null for a mail that is stored whole, and where a fragment is missing.</summary>
    public MailRecipe? Recipe { get; init; }

    /// <summary>SHA-256 of the message as it was composed, or of its recipe and the hashes of its fragments.</summary>
    public required byte[] ContentHash { get; init; }

    /// <summary>Attempts before this one.</summary>
    public required int Attempts { get; init; }

    /// <summary>Earlier attempts of which nobody knows how they ended.</summary>
    public required int Doubts { get; init; }

    /// <summary>Earlier claims that failed before a word was said to a server.</summary>
    public required int Faults { get; init; }
}

/// <summary>One claim of one row. A worker may hold two of the same row, of which the older is stale.</summary>
internal readonly record struct Claim(long Id, long Fence);
