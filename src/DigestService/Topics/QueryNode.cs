using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>A part of a parsed query. Its canonical text parses to the same part again.</summary>
internal abstract record QueryNode(string Canonical);

/// <summary>Every part must match.</summary>
internal sealed record AllOf(IReadOnlyList<QueryNode> Parts, string Canonical) : QueryNode(Canonical);

/// <summary>One part at least must match.</summary>
internal sealed record AnyOf(IReadOnlyList<QueryNode> Parts, string Canonical) : QueryNode(Canonical);

/// <summary>Matches where <paramref name="Unwanted"/> does not; stands in an <see cref="AllOf"/> beside something wanted.</summary>
internal sealed record Without(QueryNode Unwanted, string Canonical) : QueryNode(Canonical);

/// <summary>
/// A word or phrase of the text. <paramref name="Variants"/> are its spellings (hyphenated, open, closed): each a list
/// of stems with their distances from the first.
/// </summary>
internal sealed record Words(
    IReadOnlyList<WordSequence> Variants, bool TitleOnly, string Surface, string Canonical) : QueryNode(Canonical)
{
    /// <summary>The word, where it is one word and not a phrase.</summary>
    public string? Single { get; init; }

    /// <summary>What the word and another of its query are as one word.</summary>
    public IReadOnlyList<string> Closed { get; init; } = [];
}

/// <summary>A word of the text by its beginning: "neuro*".</summary>
internal sealed record Beginning(string Letters, bool TitleOnly, string Canonical) : QueryNode(Canonical);

/// <summary>An author of the paper.</summary>
internal sealed record ByAuthor(AuthorName Name, string Canonical) : QueryNode(Canonical);

/// <summary>A category ("cs.cl") or a whole archive ("cs").</summary>
internal sealed record InCategory(string Category, string Canonical) : QueryNode(Canonical);

/// <summary>An organisation, by words of its name in order.</summary>
internal sealed record FromOrganization(IReadOnlyList<string> Words, string Canonical) : QueryNode(Canonical);
