namespace DigestService.Relevance;

/// <summary>
/// A stored match of one of the reader's queries (its row is the topic's id in the ranking), or a paper that is only near to
/// it; <paramref name="Closeness"/> is the cosine of one that is near in meaning.
/// </summary>
public sealed record PaperMatch(
    long QueryId, long PaperId, double Relevance, IReadOnlyList<string> Terms, bool IsNear = false, double? Closeness = null);

/// <summary>How a paper stands to a query.</summary>
internal enum MatchKind : byte
{
    /// <summary>It holds the words.</summary>
    Match,

    /// <summary>It holds what the query has learnt.</summary>
    Near,

    /// <summary>It is close in meaning.</summary>
    Close,
}

/// <summary>The matches of one query among the papers in play, side by side in arrays that all readers share.</summary>
public sealed class QueryMatches
{
    private QueryMatches(Hit[] hits, IReadOnlyList<string>[] terms) => (Hits, Terms) = (hits, terms);

    /// <summary>Of a query that matches nothing.</summary>
    public static QueryMatches None { get; } = new([], []);

    /// <summary>The papers, in the order in which the matches came.</summary>
    internal Hit[] Hits { get; }

    /// <summary>For each of them the words that matched, or the sentence that is closest.</summary>
    internal IReadOnlyList<string>[] Terms { get; }

    /// <summary>Takes the matches of one query; those with papers that are not in play are left out.</summary>
    public static QueryMatches Of(IEnumerable<PaperMatch> matches, PaperTable papers)
    {
        var hits = new List<Hit>();
        var terms = new List<IReadOnlyList<string>>();
        foreach (var match in matches)
        {
            if (papers.IndexOf(match.PaperId) is not (>= 0 and var paper))
                continue;
            hits.Add(new(paper, Kind(match), match.Relevance));
            terms.Add(match.Terms);
        }

        return hits.Count == 0 ? None : new([.. hits], [.. terms]);
    }

    private static MatchKind Kind(PaperMatch match) => (match.IsNear, match.Closeness) switch
    {
        (false, _) => MatchKind.Match,
        (true, null) => MatchKind.Near,
        _ => MatchKind.Close,
    };

    /// <summary>One match; the paper by its place in the table.</summary>
    internal readonly record struct Hit(int Paper, MatchKind Kind, double Relevance);
}
