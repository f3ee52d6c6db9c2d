using DigestService.Inbound.Commands;
using DigestService.Subscribers;
using DigestService.Topics;

namespace DigestService.Inbound.Handling;

/// <summary>Turns what people call a topic, a category or a search into wishes, and names wishes in a language.</summary>
internal sealed class WishWords
{
    private static readonly HashSet<string> Archives = new(StringComparer.OrdinalIgnoreCase)
    {
        "cs", "math", "stat", "eess", "econ", "q-bio", "q-fin", "physics", "quant-ph", "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex", "nucl-th",
    };

    private static readonly string[] Joins = [" and ", " und ", " et ", " y ", " & "];

    private readonly Dictionary<long, Topic> _topics;
    private readonly Dictionary<string, Topic> _byName = new(StringComparer.Ordinal);

    /// <summary>The words for the catalogue as it stands, with names in a language.</summary>
    public WishWords(IReadOnlyList<Topic> topics, string language)
    {
        _topics = topics.ToDictionary(topic => topic.Id);
        Language = language;
        // Where one name means two topics, the key goes first, then the name that this reader is shown.
        foreach (var name in (Func<Topic, string>[])[topic => topic.Slug, topic => topic.NameIn(language), topic => topic.Name, .. SettingsParser.Languages.Select(other => (Func<Topic, string>)(topic => topic.NameIn(other)))])
        {
            foreach (var topic in topics)
                _byName.TryAdd(Plain(name(topic)), topic);
        }
    }

    /// <summary>The language.</summary>
    public string Language { get; }

    /// <summary>
    /// Cuts a list such as <c>cs.LG, diffusion-models</c> at commas, but not within the name of a topic that holds one; a list of
    /// categories alone is cut at spaces too.
    /// </summary>
    public IReadOnlyList<string> Cut(string text)
    {
        var ends = Enumerable.Range(0, text.Length).Where(i => CommandArguments.BetweenNames.Contains(text[i])).Append(text.Length).ToList();
        var pieces = new List<string>();
        for (var (start, first) = (0, 0); first < ends.Count;)
        {
            var last = ends.Count - 1;
            while (last > first && !_byName.ContainsKey(Plain(text[start..ends[last]])))
                last--;
            if (text[start..ends[last]].Trim() is { Length: > 0 } piece)
                pieces.Add(piece);
            (start, first) = (Math.Min(ends[last] + 1, text.Length), last + 1);
        }

        return pieces is [var only] && only.Split(' ') is { Length: > 1 } words && words.All(IsCategory) ? words : [.. pieces.SelectMany(CutAtWords)];
    }

    // "robots and cs.LG" are two where each part is a name, and else a search.
    private IReadOnlyList<string> CutAtWords(string piece) =>
        Named(piece) is null && $" {piece}".Split(Joins, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is var parts && Array.TrueForAll(parts, part => Named(part) is not null) ? parts : [piece];

    /// <summary>A topic of the catalogue by its key or by its name in any of our languages, or an arXiv category; null for neither.</summary>
    public Wish? Named(string text)
    {
        if (_byName.TryGetValue(Plain(text), out var topic))
            return new Wish { Canonical = topic.Query, TopicId = topic.Id };
        var category = text.Trim().Trim('"');
        return IsCategory(category) && TopicQuery.TryParse("cat:" + category, out var query, out _) ? Own(query) : null;
    }

    /// <summary>A query of one's own; null, with what is wrong, for one that cannot be read.</summary>
    public static (Wish? Wish, QueryError? Error) Search(string text) =>
        TopicQuery.TryParse(text, out var query, out var error) ? (Own(query), null) : (null, error);

    /// <summary>The name of a wish for people.</summary>
    private string NameOf(Wish wish) => wish.TopicId is { } id && _topics.TryGetValue(id, out var topic) ? topic.NameIn(Language) : OwnQueryName.In(wish.Text ?? wish.Canonical, Language);

    /// <summary>Whether a text is what answers call a wish, as in <c>Machine Learning (cs.LG)</c>.</summary>
    public bool IsCalled(Wish wish, string text) => Plain(NameOf(wish)) == Plain(text);

    /// <summary>The names of what a reader follows, in one line; a dash for nothing.</summary>
    public string NamesOf(IEnumerable<Wish> wishes) =>
        string.Join(", ", wishes.Where(wish => !wish.Muted).Select(NameOf)) is { Length: > 0 } names ? names : "–";

    private static Wish Own(TopicQuery query) => new() { Canonical = query.Canonical, Text = query.Text };

    // Small letters without accents; a hyphen or an underline is a space.
    private static string Plain(string text) =>
        string.Join(' ', CommandArguments.Fold(text).Split([' ', '-', '_', '"', '\t', '\u00a0'], StringSplitOptions.RemoveEmptyEntries));

    // cs.LG, cs, stat.ML, hep-th
    private static bool IsCategory(string text)
    {
        var parts = text.Split('.');
        return parts.Length <= 2 && Archives.Contains(parts[0]) && (parts.Length == 1 || parts[1].Length is >= 1 and <= 20 && parts[1].All(c => char.IsAsciiLetter(c) || c is '-' or '*'));
    }
}
