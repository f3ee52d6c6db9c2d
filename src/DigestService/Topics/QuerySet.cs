using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>A query that new papers are held against, by its row, with what it has learnt if anything and what it means.</summary>
public sealed record StandingQuery(long Id, TopicQuery Query, QueryExpansion? Expansion = null)
{
    /// <summary>What it means, of length 1; absent where it has not been embedded or asks for no words.</summary>
    internal Half[]? Vector { get; init; }
}

/// <summary>
/// Many standing queries turned inside out. Each is filed under the rarest stems without which it cannot match, and under
/// the stems it has learnt, so that a new paper meets only the queries that share such a stem with it: the cost grows
/// with the matches, not with queries × papers.
/// </summary>
public sealed class QuerySet
{
    // The query's own words decide; what it has learnt tells a paper about them from a passing mention.
    private const double LearntShare = 0.25;
    // A paper without the words is near when it is about as near to the best matches as they are to each other.
    private const double NearEnough = 0.9;
    private const int FewestShared = 5;
    // Being near is worth no more than a weak match.
    private const double MostNear = 0.6;
    // Of a match's relevance this part is closeness in meaning.
    private const double ClosenessShare = 0.3;
    // The cosine of a paper and the few words of a query that are its subject: a relevance of 1 is not out of reach. From 0.5 to
    // 0.8 the ranking of papers with hidden titles is the same to a thousandth.
    private const double AsCloseAsPapersCome = 0.7;
    // Papers without the words stand in the order of words and meaning together, as in free text.
    private const double MeaningShare = 0.65;
    // The shortest beginning that may be asked for.
    private const int BeginningLength = 2;

    private readonly StandingQuery[] _queries;
    private readonly CatalogueStatistics _statistics;
    private readonly ExpansionIndex _learnt;
    private readonly ClosenessIndex _meaning;
    private readonly Dictionary<ulong, List<int>> _byTrigger = [];
    private bool _hasBeginnings;
    private readonly int[] _met;
    private readonly int[] _matched;
    private readonly List<Fault> _faults = [];
    private readonly List<Fault> _paperFaults = [];
    private int _paper;

    /// <summary>Files the queries with the rarity of words taken from the catalogue.</summary>
    public QuerySet(IEnumerable<StandingQuery> queries, CatalogueStatistics statistics)
    {
        _queries = [.. queries];
        _statistics = statistics;
        _learnt = new(_queries, statistics);
        _meaning = new(_queries);
        (_met, _matched) = (new int[_queries.Length], new int[_queries.Length]);
        for (var i = 0; i < _queries.Length; i++)
            File(i);
    }

    /// <summary>Queries that threw, with why; they match nothing, and keep no other from matching.</summary>
    internal IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Papers that threw, with why; nothing matches them.</summary>
    internal IReadOnlyList<Fault> PaperFaults => _paperFaults;

    /// <summary>Every query that matches the paper, then every other that the paper is near to. Not for several threads at once.</summary>
    public IEnumerable<(long QueryId, QueryMatch Match)> Match(IndexedPaper paper) => Match(paper, null);

    /// <summary>The same with what the paper means: it weighs in where the words match, and may stand for them where they do not.</summary>
    internal IEnumerable<(long QueryId, QueryMatch Match)> Match(IndexedPaper paper, float[]? meaning) =>
        MatchAll([(paper, meaning)]).Select(hit => (hit.QueryId, hit.Match));

    /// <summary>The same for many papers, one after the other, which costs less a paper; each match with the paper's place.</summary>
    internal IEnumerable<(int Paper, long QueryId, QueryMatch Match)> MatchAll(IReadOnlyList<(IndexedPaper Paper, float[]? Meaning)> papers)
    {
        for (var start = 0; start < papers.Count; start += ClosenessIndex.PapersAtOnce)
        {
            var end = Math.Min(papers.Count, start + ClosenessIndex.PapersAtOnce);
            _meaning.Read([.. Enumerable.Range(start, end - start).Select(at => papers[at].Meaning)]);
            for (var at = start; at < end; at++)
            {
                _meaning.TurnTo(at - start);
                foreach (var (query, match) in MatchNext(papers[at].Paper))
                    yield return (at, _queries[query].Id, match);
            }
        }
    }

    private IEnumerable<(int Query, QueryMatch Match)> MatchNext(IndexedPaper paper)
    {
        _paper++;
        foreach (var trigger in Read(paper))
        {
            if (!_byTrigger.TryGetValue(trigger, out var list))
                continue;
            foreach (var i in list)
            {
                if (_met[i] == _paper)
                    continue;
                _met[i] = _paper;
                if (MatchOf(i, paper) is not { } match)
                    continue;
                _matched[i] = _paper;
                yield return (i, match);
            }
        }

        // Where both have a meaning, that decides what is near; else what the query has learnt.
        foreach (var (i, closeness) in _meaning.Close)
            if (_matched[i] != _paper && (paper.AbstractLength > 0 || closeness >= ClosenessIndex.TitleCloseEnough) && NearTo(i, paper, closeness) is { } close)
                yield return (i, close);
        foreach (var i in _meaning.Unknown ?? _learnt.Reminded)
            if (_matched[i] != _paper && IsNearEnough(i) && NearTo(i, paper, closeness: null) is { } near)
                yield return (i, near);
    }

    private List<ulong> Read(IndexedPaper paper)
    {
        try
        {
            _learnt.Read(paper);
            return TriggersOf(paper).ToList();
        }
        catch (Exception thrown)
        {
            _paperFaults.Add(Fault.Of(paper.Id, thrown));
            return [];
        }
    }

    private void File(int query)
    {
        try
        {
            foreach (var trigger in Triggers(_queries[query].Query.Root).Terms)
            {
                if (!_byTrigger.TryGetValue(trigger, out var list))
                    _byTrigger[trigger] = list = [];
                if (list.Count == 0 || list[^1] != query)
                    list.Add(query);
            }

            _hasBeginnings |= HoldsBeginning(_queries[query].Query.Root);
        }
        catch (Exception thrown)
        {
            _faults.Add(Fault.Of(_queries[query].Id, thrown));
        }
    }

    private QueryMatch? MatchOf(int query, IndexedPaper paper)
    {
        try
        {
            return QueryMatcher.Match(_queries[query].Query, paper, _statistics) is { } match ? Weighed(query, match) : null;
        }
        catch (Exception thrown)
        {
            _faults.Add(Fault.Of(_queries[query].Id, thrown));
            return null;
        }
    }

    private QueryMatch? NearTo(int query, IndexedPaper paper, double? closeness)
    {
        try
        {
            if (!QueryMatcher.AllowsNear(_queries[query].Query, paper))
                return null;
            return closeness is { } close ? CloseInMeaning(query, paper, close)
                : new QueryMatch(MostNear * Bounded(_learnt.Nearness(query) ?? 0), _learnt.Quotes(query, paper), IsNear: true);
        }
        catch (Exception thrown)
        {
            _faults.Add(Fault.Of(_queries[query].Id, thrown));
            return null;
        }
    }

    private static bool HoldsBeginning(QueryNode node) => node switch
    {
        Beginning => true,
        AllOf all => all.Parts.Any(HoldsBeginning),
        AnyOf any => any.Parts.Any(HoldsBeginning),
        _ => false,
    };

    private QueryMatch Weighed(int query, QueryMatch match)
    {
        var relevance = match.Relevance;
        if (_learnt.Nearness(query) is { } nearness)
            relevance = ((1 - LearntShare) * relevance) + (LearntShare * Bounded(nearness));
        if (_meaning.ClosenessTo(query) is { } closeness)
            relevance = ((1 - ClosenessShare) * relevance) + (ClosenessShare * Math.Clamp(closeness / AsCloseAsPapersCome, 0, 1));
        return match with { Relevance = relevance };
    }

    private bool IsNearEnough(int query) => _learnt.Nearness(query) >= NearEnough && _learnt.Shared(query) >= FewestShared;

    private QueryMatch CloseInMeaning(int query, IndexedPaper paper, double closeness)
    {
        var words = Math.Max(
            QueryMatcher.ShareOfWords(_queries[query].Query, paper, _statistics),
            _learnt.Nearness(query) is { } nearness ? Bounded(nearness) : 0);
        var fused = (MeaningShare * closeness) + ((1 - MeaningShare) * words);
        return new QueryMatch(MostNear * Math.Min(1, fused), [], IsNear: true) { Closeness = closeness };
    }

    // A half for what is as near as the best matches are to each other.
    private static double Bounded(double nearness) => nearness / (nearness + 1);

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
            case Beginning beginning:
                return ([NameTrigger("beginning", beginning.Letters[..BeginningLength])], Math.Max(20, _statistics.Papers / 5));
            case ByAuthor author:
                // Nobody's name is turned round to end with an initial.
                string[] names = [author.Name.Words[^1], .. author.Name.Words.Take(1).Where(name => !AuthorName.IsInitial(name)), author.Name.Letters];
                return (names.Distinct(StringComparer.Ordinal).Select(name => NameTrigger("author", name)).ToList(), 1);
            case FromOrganization organization:
                return ([NameTrigger("org", organization.Words[0])], 10);
            case InCategory category:
                return ([NameTrigger("cat", Archive(category.Category))], Math.Max(20, _statistics.Papers / 10));
            default:
                throw new InvalidOperationException($"No trigger for {node.GetType().Name}.");
        }
    }

    private IEnumerable<ulong> TriggersOf(IndexedPaper paper)
    {
        if (_hasBeginnings)
            foreach (var letters in paper.Beginnings(BeginningLength).Distinct(StringComparer.Ordinal))
                yield return NameTrigger("beginning", letters);
        for (var i = 0; i < paper.Terms.Length; i++)
            yield return paper.Terms[i];
        foreach (var word in paper.Authors.SelectMany(a => a.Words.Append(a.Letters)).Distinct(StringComparer.Ordinal))
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
