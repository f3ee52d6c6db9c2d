using NodaTime;

namespace DigestService.Mails;

/// <summary>
/// The facts of a paper that a mail shows. Two are equal when every fact is, whichever query brought them: a
/// fragment rendered for one reader then serves all the others.
/// </summary>
internal sealed record MailPaper
{
    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>Title; never empty.</summary>
    public required string Title { get; init; }

    /// <summary>Abstract or summary, where there is one.</summary>
    public string? Abstract { get; init; }

    /// <summary>One sentence on it that a machine wrote.</summary>
    public string? InShort { get; init; }

    /// <summary>That sentence stands in place of the abstract.</summary>
    public bool IsInShort { get; init; }

    /// <summary>Names in the order of the paper.</summary>
    public string[] Authors { get; init; } = [];

    /// <summary>arXiv id without version.</summary>
    public string? ArxivId { get; init; }

    /// <summary>Page of the paper.</summary>
    public string? Url { get; init; }

    /// <summary>The paper itself.</summary>
    public string? PdfUrl { get; init; }

    /// <summary>Its code.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Its project page.</summary>
    public string? ProjectUrl { get; init; }

    /// <summary>Upvotes at the time of planning; 0 where nobody counts them.</summary>
    public int Upvotes { get; init; }

    /// <summary>How many of the upvotes came in the last day; null where that is not known.</summary>
    public int? UpvotesGained { get; init; }

    /// <summary>The day it was first listed anywhere.</summary>
    public required LocalDate FirstListedOn { get; init; }

    private (string, string?, string?, string?, string?, string?, string?) Words =>
        (Title, Abstract, ArxivId, Url, PdfUrl, CodeUrl, ProjectUrl);

    /// <summary>The paper for a reader who wants the machine's sentence in place of the abstract; as it is where there is none.</summary>
    public MailPaper Briefly() => InShort is null ? this : this with { IsInShort = true };

    /// <inheritdoc/>
    public bool Equals(MailPaper? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Id == other.Id
            && Upvotes == other.Upvotes
            && UpvotesGained == other.UpvotesGained
            && FirstListedOn == other.FirstListedOn
            && InShort == other.InShort
            && IsInShort == other.IsInShort
            && Words.Equals(other.Words)
            && Authors.SequenceEqual(other.Authors, StringComparer.Ordinal));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Upvotes, UpvotesGained);
}
