namespace DigestService.Topics;

/// <summary>A distinct query as stored, with what it has learnt.</summary>
internal sealed record StandingQueryRow
{
    public required long Id { get; init; }

    public required string Canonical { get; init; }

    public required long[] LearntTerms { get; init; }

    public required float[] LearntWeights { get; init; }

    public required float LearntTypical { get; init; }

    /// <summary>
    /// The query. Canonical text parses by construction; one that does not (the language has changed since) matches nothing
    /// rather than stop everybody's digest.
    /// </summary>
    public StandingQuery? ToQuery() => TopicQuery.TryParse(Canonical, out var query, out _)
        ? new(Id, query, LearntTerms.Length == 0 ? null : new QueryExpansion
        {
            Terms = [.. LearntTerms.Select(term => unchecked((ulong)term))],
            Weights = LearntWeights,
            Typical = LearntTypical,
        })
        : null;
}
