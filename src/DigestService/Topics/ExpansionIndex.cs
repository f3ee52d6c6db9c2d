using System.Runtime.InteropServices;
using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// What standing queries have learnt, filed by stem: one pass over a paper's stems says how near it is to each of them.
/// Holds the last paper read; not for several threads at once.
/// </summary>
internal sealed class ExpansionIndex
{
    private const int MostQuotes = 3;

    private readonly IReadOnlyList<StandingQuery> _queries;
    private readonly CatalogueStatistics _statistics;
    private readonly Dictionary<ulong, List<(int Query, float Weight)>> _byTerm = [];
    // What is asked of thousands of queries for every paper stands together.
    private readonly Reading[] _readings;
    private readonly List<int> _reminded = [];

    /// <summary>Files the expansions of the queries that have one.</summary>
    public ExpansionIndex(IReadOnlyList<StandingQuery> queries, CatalogueStatistics statistics)
    {
        (_queries, _statistics) = (queries, statistics);
        _readings = new Reading[queries.Count];
        for (var query = 0; query < queries.Count; query++)
        {
            if (queries[query].Expansion is not { } learnt)
                continue;
            (_readings[query].HasLearnt, _readings[query].Typical) = (true, learnt.Typical);
            for (var i = 0; i < learnt.Terms.Length; i++)
            {
                if (!_byTerm.TryGetValue(learnt.Terms[i], out var list))
                    _byTerm[learnt.Terms[i]] = list = [];
                list.Add((query, learnt.Weights[i]));
            }
        }
    }

    /// <summary>The queries, by their places, that share a learnt stem with the paper.</summary>
    public IReadOnlyList<int> Reminded => _reminded;

    /// <summary>Reads a paper.</summary>
    public void Read(IndexedPaper paper)
    {
        foreach (var query in _reminded)
            (_readings[query].Evidence, _readings[query].Shared) = (0, 0);
        _reminded.Clear();
        if (_byTerm.Count == 0)
            return;
        for (var i = 0; i < paper.Terms.Length; i++)
        {
            if (!_byTerm.TryGetValue(paper.Terms[i], out var list))
                continue;
            var presence = QueryExpansion.Presence(paper, i, _statistics);
            foreach (var (query, weight) in CollectionsMarshal.AsSpan(list))
            {
                ref var reading = ref _readings[query];
                if (reading.Shared++ == 0)
                    _reminded.Add(query);
                reading.Evidence += weight * presence;
            }
        }
    }

    /// <summary>
    /// The paper's evidence for a query in units of what the query's best matches have: 1 is as near to them as they are to
    /// each other. Null where the query has learnt nothing.
    /// </summary>
    public double? Nearness(int query) => _readings[query] is { HasLearnt: true } reading ? reading.Evidence / reading.Typical : null;

    /// <summary>Learnt stems that the paper holds.</summary>
    public int Shared(int query) => _readings[query].Shared;

    /// <summary>The weightiest learnt words that the paper holds, as it writes them; none within another.</summary>
    public IReadOnlyList<string> Quotes(int query, IndexedPaper paper)
    {
        var quotes = new List<string>(MostQuotes);
        // A paper that is only near has not the name AIME: what it has of that stem are other words.
        var names = Names(_queries[query].Query.Root).ToHashSet();
        foreach (var term in _queries[query].Expansion!.Terms) // only queries with an expansion are ever near
        {
            if (quotes.Count == MostQuotes)
                break;
            if (names.Contains(term) || paper.IndexOf(term) is not (>= 0 and var at))
                continue;
            var position = paper.PositionsAt(at)[0];
            var quote = paper.Quote(position, position);
            if (!quotes.Exists(other => IsWithin(other, quote) || IsWithin(quote, other)))
                quotes.Add(quote);
        }
        return quotes;
    }

    private static IEnumerable<ulong> Names(QueryNode node) => node switch
    {
        Words words => words.Variants.SelectMany(variant => variant.Names).Select(name => Term.Of(name.Word)),
        AllOf all => all.Parts.SelectMany(Names),
        AnyOf any => any.Parts.SelectMany(Names),
        _ => [],
    };

    private struct Reading
    {
        public double Evidence;
        public double Typical;
        public int Shared;
        public bool HasLearnt;
    }

    private static bool IsWithin(string word, string other) => other.Contains(word, StringComparison.OrdinalIgnoreCase);
}
