using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>Words to offer to somebody whose query holds papers that it does not match.</summary>
internal static class PreviewWords
{
    private const int Most = 4;
    private const int FewestPapers = 2;
    private const int FewestLetters = 4;
    // A word of one paper in twenty says little about any.
    private const int Common = 20;

    /// <summary>The most telling words that stand in half of the papers and that the query does not ask for, as they are written there.</summary>
    public static IReadOnlyList<string> Suggest(TopicQuery query, IReadOnlyList<IndexedPaper> papers, CatalogueStatistics statistics)
    {
        if (papers.Count < FewestPapers)
            return [];
        var counts = new Dictionary<ulong, (int Papers, string Word)>();
        foreach (var paper in papers)
            for (var i = 0; i < paper.Terms.Length; i++)
            {
                var position = paper.PositionsAt(i)[0];
                var known = counts.GetValueOrDefault(paper.Terms[i]);
                counts[paper.Terms[i]] = (known.Papers + 1, known.Word ?? paper.Quote(position, position));
            }

        var fewest = Math.Max(FewestPapers, (papers.Count + 1) / 2);
        return
        [
            .. counts.Where(term => term.Value.Papers >= fewest && term.Value.Word.Length >= FewestLetters
                    && statistics.PapersWith(term.Key) * Common <= statistics.Papers + (term.Value.Papers * Common)
                    && !query.Text.Contains(term.Value.Word, StringComparison.OrdinalIgnoreCase))
                .OrderByDescending(term => term.Value.Papers * statistics.Idf(term.Key)).ThenBy(term => term.Key)
                .Select(term => term.Value.Word.ToLowerInvariant())
                .Distinct(StringComparer.Ordinal)
                .Take(Most),
        ];
    }
}
