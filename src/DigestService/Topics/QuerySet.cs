using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// Many queries turned inside out. Each is filed under the rarest stems without which it cannot match, so that a new
/// paper meets only the queries that share such a stem with it: the cost grows with the matches, not with queries × papers.
/// </summary>
public sealed class QuerySet
{
    private readonly IReadOnlyList<KeyValuePair<long, TopicQuery>> _queries;
    private readonly CatalogueStatistics _statistics;
    private readonly Dictionary<ulong, List<int>> _byTrigger = [];
    private readonly int[] _stamps;
    private int _stamp;

    /// <summary>Files the queries (by their rows' ids) with the rarity of words taken from the catalogue.</summary>
    public QuerySet(IEnumerable<KeyValuePair<long, TopicQuery>> queries, CatalogueStatistics statistics)
    {
        _queries = [.. queries];
        _statistics = statistics;
        _stamps = new int[_queries.Count];
        for (var i = 0; i < _queries.Count; i++)
            foreach (var trigger in Triggers(_queries[i].Value.Root).Terms)
            {
                if (!_byTrigger.TryGetValue(trigger, out var list))
                    _byTrigger[trigger] = list = [];
                if (list.Count == 0 || list[^1] != i)
                    list.Add(i);
            }
    }

    /// <summary>Every query that matches the paper. Not for several threads at once.</summary>
    public IEnumerable<(long QueryId, QueryMatch Match)> Match(IndexedPaper paper)
    {
        _stamp++;
        foreach (var trigger in TriggersOf(paper))
        {
            if (!_byTrigger.TryGetValue(trigger, out var list))
                continue;
            foreach (var i in list)
            {
                if (_stamps[i] == _stamp)
                    continue;
                _stamps[i] = _stamp;
                if (QueryMatcher.Match(_queries[i].Value, paper, _statistics) is { } match)
                    yield return (_queries[i].Key, match);
            }
        }
    }

    // Stems of which a matching paper holds at least one, and in how many papers they are met.
    private (List<ulong> Terms, long Cost) Triggers(QueryNode node)
    {
        switch (node)
        {
            case AllOf all:
                return all.Parts.Where(p => p is not Without).Select(Triggers).MinBy(t => t.Cost);
            case AnyOf any:
                var each = any.Parts.Select(Triggers).ToList();
                return (each.SelectMany(t => t.Terms).ToList(), each.Sum(t => t.Cost));
            case Words words:
                var rarest = words.Variants.Select(v => v.Terms.MinBy(_statistics.PapersWith)).Distinct().ToList();
                return (rarest, rarest.Sum(t => (long)_statistics.PapersWith(t)));
            case ByAuthor author:
                return ([NameTrigger("author", author.Name.Words[^1])], 1);
            case FromOrganization organization:
                return ([NameTrigger("org", organization.Words[0])], 10);
            case InCategory category:
                return ([NameTrigger("cat", Archive(category.Category))], Math.Max(20, _statistics.Papers / 10));
            default:
                throw new InvalidOperationException($"No trigger for {node.GetType().Name}.");
        }
    }

    private static IEnumerable<ulong> TriggersOf(IndexedPaper paper)
    {
        for (var i = 0; i < paper.Terms.Length; i++)
            yield return paper.Terms[i];
        foreach (var word in paper.Authors.SelectMany(a => a.Words).Distinct(StringComparer.Ordinal))
            yield return NameTrigger("author", word);
        foreach (var word in paper.Organization)
            yield return NameTrigger("org", word);
        foreach (var archive in paper.Text.Categories.Select(c => Archive(c.ToLowerInvariant())).Distinct(StringComparer.Ordinal))
            yield return NameTrigger("cat", archive);
    }

    private static string Archive(string category) =>
        category.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? category[..dot] : category;

    // Names live in a space of their own: the author "Rank" is not the word "rank".
    private static ulong NameTrigger(string field, string word) => Term.OfStem($"{field}:{word}");
}
