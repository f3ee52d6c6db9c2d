using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>
/// What a query has learnt from the catalogue by pseudo-relevance feedback (Rocchio 1971; terms weighed by how much
/// likelier they are among the best matches than elsewhere, after Carpineto et al. 2001). It holds a paper against those
/// matches: a passing mention of the query's words shows, and so does a paper that says the same in other words.
/// </summary>
public sealed record QueryExpansion
{
    /// <summary>How many of the best matches are learnt from.</summary>
    public const int MostMatches = 40;

    // Fewer matches show what those papers are about, not what the query is.
    private const int FewestMatches = 5;
    private const int MostTerms = 32;
    // A term of a single match, or of one in eight, is that paper's own.
    private const int FewestPapers = 2;
    private const int OnePaperIn = 8;
    private const double Saturation = 1.2;
    private const double LengthNormalisation = 0.75;
    private const double TitleWeight = 2;

    /// <summary>Stems, the heaviest first.</summary>
    public required ulong[] Terms { get; init; }

    /// <summary>Their weights, over 0.</summary>
    public required float[] Weights { get; init; }

    /// <summary>The median evidence of the matches that were learnt from, over 0.</summary>
    public required float Typical { get; init; }

    /// <summary>Learns from matches and their relevance, the best first; nothing where there are too few.</summary>
    public static QueryExpansion? Learn(IReadOnlyList<(IndexedPaper Paper, double Relevance)> bestFirst, CatalogueStatistics statistics)
    {
        if (bestFirst.Count < FewestMatches)
            return null;
        var matches = bestFirst.Take(MostMatches).ToList();
        var found = new Dictionary<ulong, (double Presence, int Papers)>();
        foreach (var (paper, relevance) in matches)
            for (var i = 0; i < paper.Terms.Length; i++)
            {
                var (presence, papers) = found.GetValueOrDefault(paper.Terms[i]);
                found[paper.Terms[i]] = (presence + (relevance * Presence(paper, i, statistics)), papers + 1);
            }

        var fewest = Math.Max(FewestPapers, matches.Count / OnePaperIn);
        var best = found.Where(term => term.Value.Papers >= fewest)
            .Select(term => (Term: term.Key, Weight: term.Value.Presence * Lift(term.Key, term.Value.Papers)))
            .Where(term => term.Weight > 0)
            .OrderByDescending(term => term.Weight).ThenBy(term => term.Term)
            .Take(MostTerms).ToList();
        var learnt = new QueryExpansion
        {
            Terms = [.. best.Select(term => term.Term)],
            Weights = [.. best.Select(term => (float)term.Weight)],
            Typical = 1,
        };
        var typical = matches.Select(match => learnt.EvidenceOf(match.Paper, statistics)).Order().ElementAt(matches.Count / 2);
        return typical > 0 ? learnt with { Typical = (float)typical } : null;

        double Lift(ulong term, int papers) => Math.Log(
            (papers + 0.5) / (matches.Count + 1) * (statistics.Papers + 1) / (statistics.PapersWith(term) + 0.5));
    }

    /// <summary>How strongly a paper holds the <paramref name="index"/>th of its terms, from 0 to 1: saturating, the title counted double.</summary>
    internal static double Presence(IndexedPaper paper, int index, CatalogueStatistics statistics)
    {
        var frequency = 0.0;
        foreach (var position in paper.PositionsAt(index))
            frequency += position < IndexedPaper.AbstractStart ? TitleWeight : 1;
        var length = (paper.TitleLength + paper.AbstractLength) / (statistics.AverageTitleLength + statistics.AverageAbstractLength);
        return frequency / (frequency + (Saturation * (1 - LengthNormalisation + (LengthNormalisation * length))));
    }

    private double EvidenceOf(IndexedPaper paper, CatalogueStatistics statistics)
    {
        var sum = 0.0;
        for (var i = 0; i < Terms.Length; i++)
            if (paper.IndexOf(Terms[i]) is >= 0 and var at)
                sum += Weights[i] * Presence(paper, at, statistics);
        return sum;
    }
}
