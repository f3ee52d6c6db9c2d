using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>Lets standing queries learn from the papers of the catalogue that they match.</summary>
internal static class QueryLearning
{
    /// <summary>The queries with what each has learnt; those that ask for no words, or match too little, learn nothing, nor do those that throw, which go to <paramref name="faults"/>.</summary>
    public static IReadOnlyList<StandingQuery> Learn(
        IReadOnlyList<StandingQuery> queries, IEnumerable<IndexedPaper> papers, CatalogueStatistics statistics, ICollection<Fault>? faults = null)
    {
        var set = new QuerySet(queries.Select(query => query with { Expansion = null }), statistics);
        var matches = queries.ToDictionary(query => query.Id, _ => new List<(IndexedPaper Paper, double Relevance)>());
        foreach (var paper in papers)
            foreach (var (query, match) in set.Match(paper))
                matches[query].Add((paper, match.Relevance));
        return [.. queries.Select(query => query with { Expansion = query.Query.IsAboutText ? LearntBy(query) : null })];

        QueryExpansion? LearntBy(StandingQuery query)
        {
            try
            {
                return QueryExpansion.Learn(BestFirst(matches[query.Id]), statistics);
            }
            catch (Exception thrown) when (faults is not null)
            {
                faults.Add(Fault.Of(query.Id, thrown));
                return null;
            }
        }
    }

    private static List<(IndexedPaper Paper, double Relevance)> BestFirst(List<(IndexedPaper Paper, double Relevance)> matches) =>
        [.. matches.OrderByDescending(match => match.Relevance).ThenBy(match => match.Paper.Id).Take(QueryExpansion.MostMatches)];
}
