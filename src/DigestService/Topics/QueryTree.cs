using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// Puts parts together in their one canonical form: nested groups of a kind flattened, parts in ordinal order of
/// their text, each once. Equal queries, however written, get equal text.
/// </summary>
internal static class QueryTree
{
    // Each pair is two more spellings; a query of more words is no pair of them.
    private const int MostNeighbours = 6;

    /// <summary>All of the parts.</summary>
    public static QueryNode AllOf(IReadOnlyList<QueryNode> parts)
    {
        var flat = Neighbours(Ordered(parts.SelectMany(p => p is Topics.AllOf all ? all.Parts : [p])));
        // What is unwanted stands last, where people expect it.
        List<QueryNode> ordered = [.. flat.Where(p => p is not Topics.Without), .. flat.Where(p => p is Topics.Without)];
        return ordered.Count == 1 ? ordered[0] : new Topics.AllOf(ordered, string.Join(' ', ordered.Select(Bracketed)));
    }

    // "fine tuning" is also looked for as "finetuning", which then stands for both words.
    private static List<QueryNode> Neighbours(List<QueryNode> parts)
    {
        var words = parts.OfType<Words>().Where(word => word.Single is not null).ToList();
        return words.Count is < 2 or > MostNeighbours
            ? parts
            : parts.ConvertAll(part => part is Words { Single: { } single } word
                ? WithNeighbours(word, [.. words.Where(other => other != word && other.TitleOnly == word.TitleOnly)
                    .SelectMany(other => (string[])[single + other.Single, other.Single + single])])
                : part);
    }

    private static Words WithNeighbours(Words word, string[] closed) => word with
    {
        Closed = closed,
        Variants = [.. WordSequence.Spellings(Tokenizer.Tokenize(word.Surface), word.Surface), .. closed.Select(WordSequence.Closed)],
    };

    /// <summary>Any of the parts.</summary>
    public static QueryNode AnyOf(IReadOnlyList<QueryNode> parts)
    {
        var flat = Ordered(parts.SelectMany(p => p is Topics.AnyOf any ? any.Parts : [p]));
        return flat.Count == 1
            ? flat[0]
            : new Topics.AnyOf(flat, string.Join(" OR ", flat.Select(p => HasUnwanted(p) ? $"({p.Canonical})" : p.Canonical)));
    }

    /// <summary>None of the part.</summary>
    public static QueryNode Without(QueryNode unwanted) =>
        new Topics.Without(unwanted, unwanted is Topics.AllOf or Topics.AnyOf ? $"-({unwanted.Canonical})" : $"-{unwanted.Canonical}");

    private static string Bracketed(QueryNode part) => part is Topics.AnyOf ? $"({part.Canonical})" : part.Canonical;

    // An unwanted word counts for its whole level; within one alternative it needs a level of its own.
    private static bool HasUnwanted(QueryNode part) => part is Topics.AllOf all && all.Parts.Any(p => p is Topics.Without);

    private static List<QueryNode> Ordered(IEnumerable<QueryNode> parts) =>
        [.. parts.DistinctBy(p => p.Canonical, StringComparer.Ordinal).OrderBy(p => p.Canonical, StringComparer.Ordinal)];
}
