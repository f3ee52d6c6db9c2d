using DigestService.Subscribers;
using DigestService.Topics;

namespace DigestService.Inbound.Handling;

/// <summary>Turns what people call a topic, a category or a search into wishes.</summary>
internal sealed class WishWords(IReadOnlyList<Topic> topics)
{
    private static readonly HashSet<string> Archives = new(StringComparer.OrdinalIgnoreCase)
    {
        "cs", "math", "stat", "eess", "econ", "q-bio", "q-fin", "physics", "quant-ph", "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex", "nucl-th",
    };

    /// <summary>Cuts a list such as <c>cs.LG, diffusion-models</c> at commas; one of categories alone at spaces too.</summary>
    public static IReadOnlyList<string> Cut(string text)
    {
        var pieces = text.Split([',', ';', '，', '、'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return pieces.Length == 1 && pieces[0].Split(' ') is { Length: > 1 } words && words.All(IsCategory) ? words : pieces;
    }

    /// <summary>A topic of the catalogue by slug or name, or an arXiv category; null for neither.</summary>
    public Wish? Named(string text)
    {
        var slug = text.Trim().Trim('"').Replace(' ', '-').Replace('_', '-');
        var topic = topics.FirstOrDefault(topic => topic.Slug.Equals(slug, StringComparison.OrdinalIgnoreCase) || topic.Name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));
        if (topic is not null)
            return new Wish { Canonical = topic.Query, TopicId = topic.Id };
        return IsCategory(slug) ? Query("cat:" + slug) : null;
    }

    /// <summary>A query of one's own; null, with a sentence and the place, for one that cannot be read.</summary>
    public static (Wish? Wish, string? Error) Search(string text) => TopicQuery.TryParse(text, out var query, out var error)
        ? (new Wish { Canonical = query.Canonical, Text = text }, null)
        : (null, error.Message);

    /// <summary>The name of a wish for people.</summary>
    public string NameOf(Wish wish) => wish.TopicId is { } id && topics.FirstOrDefault(topic => topic.Id == id) is { } topic ? topic.Name : wish.Text ?? wish.Canonical;

    private static Wish? Query(string text) => Search(text).Wish;

    // cs.LG, cs, stat.ML, hep-th
    private static bool IsCategory(string text)
    {
        var parts = text.Split('.');
        return parts.Length <= 2 && Archives.Contains(parts[0]) && (parts.Length == 1 || parts[1].Length is >= 1 and <= 20 && parts[1].All(c => char.IsAsciiLetter(c) || c is '-' or '*'));
    }
}
