using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// A paper's relevance to a query, over 0 and at most 1, and the words of its own text that matched, the most telling first.
/// A paper that is only near does not match: it shares what the query has learnt, and these are the words.
/// </summary>
public sealed record QueryMatch(double Relevance, IReadOnlyList<string> Terms, bool IsNear = false)
{
    /// <summary>The cosine of paper and query, where the paper is near because it is close in meaning.</summary>
    public double? Closeness { get; init; }
}

/// <summary>
/// Matches one query against one paper. The relevance is of the BM25F family, bounded so that queries can be compared:
/// each word counts by how often it stands in title and abstract (length-normalised, saturating), words that belong
/// together count by how telling they are in the catalogue and how near they stand to each other.
/// </summary>
public static class QueryMatcher
{
    private const int MostTerms = 3;
    private const double Saturation = 1.2;
    private const double TitleWeight = 5;
    private const double TitleNormalisation = 0.3;
    private const double AbstractNormalisation = 0.6;
    // A second synonym confirms the first, no more.
    private const double SynonymShare = 0.35;
    private const double ProximityShare = 0.25;
    private const double ProximityScale = 25;
    private const double AuthorRelevance = 0.9;
    private const double OrganizationRelevance = 0.7;
    private const double CategoryRelevance = 0.5;

    /// <summary>The match, or none.</summary>
    public static QueryMatch? Match(TopicQuery query, IndexedPaper paper, CatalogueStatistics statistics)
    {
        var hits = new List<Hit>();
        if (Score(query.Root, paper, statistics, hits) is not { } score)
            return null;
        var terms = hits.OrderByDescending(h => h.Score * h.Weight)
            .Select(h => h.Quote(paper))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(MostTerms)
            .ToList();
        return new(Math.Clamp(score.Score, 0.001, 1), terms);
    }

    /// <summary>Whether the query matches at all; cheaper than the match.</summary>
    public static bool IsMatch(TopicQuery query, IndexedPaper paper) =>
        Score(query.Root, paper, CatalogueStatistics.Empty, null) is not null;

    /// <summary>
    /// Whether a paper that does not match may pass for near: nothing unwanted is in it, and what the query asks of author,
    /// category, organisation or title holds.
    /// </summary>
    internal static bool AllowsNear(TopicQuery query, IndexedPaper paper) => AllowsNear(query.Root, paper);

    /// <summary>How much of what the query wants in words the paper holds, from 0 to 1, each word as telling as it is rare.</summary>
    internal static double ShareOfWords(TopicQuery query, IndexedPaper paper, CatalogueStatistics statistics) =>
        Share(Held(query.Root, paper, statistics));

    private static double Share((double Held, double Wanted) of) => of.Wanted > 0 ? of.Held / of.Wanted : 0;

    private static (double Held, double Wanted) Held(QueryNode node, IndexedPaper paper, CatalogueStatistics statistics)
    {
        switch (node)
        {
            case Words words:
                var telling = words.Variants.Max(variant => Telling(variant, statistics));
                return (Score(words, paper, statistics, null) is null ? 0 : telling, telling);
            case Beginning beginning:
                return (Score(beginning, paper, statistics, null) is null ? 0 : 1, 1);
            case AllOf all:
                var (held, wanted) = (0.0, 0.0);
                foreach (var part in all.Parts)
                {
                    var of = Held(part, paper, statistics);
                    (held, wanted) = (held + of.Held, wanted + of.Wanted);
                }

                return (held, wanted);
            case AnyOf any:
                var best = Held(any.Parts[0], paper, statistics);
                for (var i = 1; i < any.Parts.Count; i++)
                    if (Held(any.Parts[i], paper, statistics) is var other && Share(other) > Share(best))
                        best = other;
                return best;
            default:
                return (0, 0);
        }
    }

    private static bool AllowsNear(QueryNode node, IndexedPaper paper) => node switch
    {
        Words { TitleOnly: false } or Beginning { TitleOnly: false } => true,
        AllOf all => all.Parts.All(part => AllowsNear(part, paper)),
        AnyOf any => any.Parts.Any(part => AllowsNear(part, paper)),
        _ => Score(node, paper, CatalogueStatistics.Empty, null) is not null,
    };

    // A part's score, how much it weighs among its neighbours, and where it stands (-1: nowhere in the text).
    private readonly record struct PartScore(double Score, double Weight, IReadOnlyList<int>? Places);

    private readonly record struct Hit(double Score, double Weight, int First, int Last, string? Name)
    {
        public string Quote(IndexedPaper paper) => Name ?? paper.Quote(First, Last);
    }

    private static PartScore? Score(QueryNode node, IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits) => node switch
    {
        Words words => Score(words, paper, statistics, hits),
        Beginning beginning => Score(beginning, paper, statistics, hits),
        AllOf all => Score(all, paper, statistics, hits),
        AnyOf any => Score(any, paper, statistics, hits),
        Without without => Score(without.Unwanted, paper, statistics, null) is null ? new PartScore(1, 0, null) : null,
        ByAuthor author => Filter(paper.Authors.ToList().FindIndex(a => a.Agrees(author.Name)) is >= 0 and var at
            ? paper.Text.Authors[at] : null, AuthorRelevance, hits),
        InCategory category => Filter(paper.Text.Categories.FirstOrDefault(c => IsIn(c, category.Category)), CategoryRelevance, hits),
        FromOrganization organization => Filter(
            paper.IsFrom(organization.Words) ? paper.Text.Organization : null, OrganizationRelevance, hits),
        _ => throw new InvalidOperationException($"No rule for {node.GetType().Name}."),
    };

    private static PartScore? Filter(string? found, double relevance, List<Hit>? hits)
    {
        if (found is null)
            return null;
        hits?.Add(new(relevance, 0.1, 0, 0, found));
        return new PartScore(relevance, 0, null);
    }

    private static bool IsIn(string category, string wanted) =>
        category.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)
        && (category.Length == wanted.Length || category[wanted.Length] == '.');

    private static PartScore? Score(Words words, IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits)
    {
        var inTitle = 0;
        var inAbstract = 0;
        var idf = 0.0;
        (int First, int Last) first = (-1, -1);
        List<int>? places = null;
        foreach (var variant in words.Variants)
        {
            var found = false;
            foreach (var at in variant.FindIn(paper))
            {
                if (words.TitleOnly && at >= IndexedPaper.AbstractStart)
                    break;
                if (at < IndexedPaper.AbstractStart)
                    inTitle++;
                else
                    inAbstract++;
                if (first.First < 0 || at < first.First)
                    first = variant.SpanFrom(at);
                found = true;
                (places ??= []).Add(at);
            }
            if (found)
                idf = Math.Max(idf, Telling(variant, statistics));
        }
        return first.First < 0 ? null : Scored(inTitle, inAbstract, idf, first, places, paper, statistics, hits);
    }

    private static PartScore? Score(Beginning beginning, IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits)
    {
        var places = paper.PositionsOfBeginning(beginning.Letters)
            .TakeWhile(at => !beginning.TitleOnly || at < IndexedPaper.AbstractStart).ToList();
        if (places.Count == 0)
            return null;
        var inTitle = places.Count(at => at < IndexedPaper.AbstractStart);
        var idf = statistics.Idf(Term.Of(paper.Quote(places[0], places[0]).ToLowerInvariant()));
        return Scored(inTitle, places.Count - inTitle, idf, (places[0], places[0]), places, paper, statistics, hits);
    }

    private static PartScore Scored(
        int inTitle, int inAbstract, double idf, (int First, int Last) first, List<int>? places,
        IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits)
    {
        var frequency = (TitleWeight * inTitle / Normal(paper.TitleLength, statistics.AverageTitleLength, TitleNormalisation))
            + (inAbstract / Normal(paper.AbstractLength, statistics.AverageAbstractLength, AbstractNormalisation));
        var score = frequency / (frequency + Saturation);
        hits?.Add(new(score, idf, first.First, first.Last, null));
        return new PartScore(score, idf, places);
    }

    private static PartScore? Score(AllOf all, IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits)
    {
        var before = hits?.Count ?? 0;
        double sum = 0, weight = 0, filters = 0;
        var places = new List<IReadOnlyList<int>>();
        foreach (var part in all.Parts)
        {
            if (Score(part, paper, statistics, hits) is not { } scored)
            {
                hits?.RemoveRange(before, hits.Count - before);
                return null;
            }
            sum += scored.Score * scored.Weight;
            weight += scored.Weight;
            if (scored.Weight <= 0 && part is not Without)
                filters = Math.Max(filters, scored.Score);
            if (scored.Places is not null)
                places.Add(scored.Places);
        }
        if (weight <= 0)
            return new PartScore(filters, 0, null);
        var near = places.Count < 2 ? 1 : Nearness.Of(places, ProximityScale);
        return new PartScore(sum / weight * (1 - ProximityShare + (ProximityShare * near)), weight, places.Count > 0 ? places[0] : null);
    }

    private static PartScore? Score(AnyOf any, IndexedPaper paper, CatalogueStatistics statistics, List<Hit>? hits)
    {
        PartScore? best = null;
        var miss = 1.0;
        foreach (var part in any.Parts)
        {
            if (Score(part, paper, statistics, hits) is not { } scored)
                continue;
            miss *= 1 - (SynonymShare * scored.Score);
            if (best is null || scored.Score > best.Value.Score)
                best = scored;
        }
        if (best is not { } top)
            return null;
        var others = miss / (1 - (SynonymShare * top.Score));
        return top with { Score = 1 - ((1 - top.Score) * others) };
    }

    private static double Normal(int length, double average, double strength) => 1 - strength + (strength * length / average);

    // A phrase is rarer than its words; how much rarer is not counted, so half of each further word is taken.
    private static double Telling(WordSequence variant, CatalogueStatistics statistics)
    {
        double highest = 0, sum = 0;
        foreach (var term in variant.Terms)
        {
            var idf = statistics.Idf(term);
            highest = Math.Max(highest, idf);
            sum += idf;
        }
        return highest + ((sum - highest) / 2);
    }
}
