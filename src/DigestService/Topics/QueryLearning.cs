using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>Lets standing queries learn from the papers of the catalogue that they match.</summary>
internal static class QueryLearning
{
    /// <summary>The queries with what each has learnt; those that ask for no words, or match too little, learn nothing.</summary>
    public static IReadOnlyList<StandingQuery> Learn(
        IReadOnlyList<StandingQuery> queries, IEnumerable<IndexedPaper> papers, CatalogueStatistics statistics)
    {
        var set = new QuerySet(queries.Select(query => query with { Expansion = null }), statistics);
        var matches = queries.ToDictionary(query => query.Id, _ => new List<(IndexedPaper Paper, double Relevance)>());
        foreach (var paper in papers)
            foreach (var (query, match) in set.Match(paper))
                matches[query].Add((paper, match.Relevance));
        return [.. queries.Select(query => query.Query.IsAboutText
            ? query with { Expansion = QueryExpansion.Learn(BestFirst(matches[query.Id]), statistics) }
            : query with { Expansion = null })];
    }

    private static List<(IndexedPaper Paper, double Relevance)> BestFirst(List<(IndexedPaper Paper, double Relevance)> matches) =>
        [.. matches.OrderByDescending(match => match.Relevance).ThenBy(match => match.Paper.Id).Take(QueryExpansion.MostMatches)];
}
