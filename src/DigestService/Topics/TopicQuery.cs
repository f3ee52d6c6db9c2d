using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>
/// A search a person wrote: words (stemmed), "phrases", OR, brackets, -unwanted, title:, author:, cat:, org:.
/// <see cref="Canonical"/> is one text for all equal queries; it is what is stored and matched once for everybody.
/// </summary>
public sealed class TopicQuery
{
    /// <summary>The most characters a query may have.</summary>
    public const int LongestText = 1000;

    private readonly bool _isPasted;

    private TopicQuery(string text, bool isPasted, QueryNode root)
    {
        Text = text;
        _isPasted = isPasted;
        Root = root;
    }

    /// <summary>The query as it was written.</summary>
    public string Text { get; }

    /// <summary>The same query in its one stored form; parses to itself.</summary>
    public string Canonical => Root.Canonical;

    /// <summary>The name, folded, where the query asks for one author and nothing else: its writer follows that person.</summary>
    public string? SoleAuthor => (Root as ByAuthor)?.Name.Text;

    /// <summary>The category, in small letters, where the query asks for it and nothing else.</summary>
    public string? SoleCategory => (Root as InCategory)?.Category;

    /// <summary>Whether it is words and nothing else, which a search takes as free text.</summary>
    public bool IsPlainText => QueryLexer.Cut(Text, out _, _isPasted).TrueForAll(piece =>
        piece.Kind is LexemeKind.End || (piece.Kind is LexemeKind.Word && WordBeginning.Of(piece.Text) is null) || piece.Text is "or" or "not");

    /// <summary>Whether it asks for words of the text, from which more can be learnt; names and categories teach nothing.</summary>
    public bool IsAboutText => AsksForText(Root);

    internal QueryNode Root { get; }

    /// <summary>Reads a query, or says what is wrong with it and where.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out TopicQuery? query, [NotNullWhen(false)] out QueryError? error) =>
        TryParse(text, isPasted: false, out query, out error);

    /// <summary>
    /// The same for a search box, into which titles are pasted: an unknown field is a word, and marks that say nothing are
    /// passed over.
    /// </summary>
    public static bool TryParsePasted(
        string text, [NotNullWhen(true)] out TopicQuery? query, [NotNullWhen(false)] out QueryError? error) =>
        TryParse(text, isPasted: true, out query, out error);

    private static bool TryParse(
        string text, bool isPasted, [NotNullWhen(true)] out TopicQuery? query, [NotNullWhen(false)] out QueryError? error)
    {
        query = null;
        error = Refusal(text);
        if (error is not null)
            return false;
        try
        {
            query = new(text, isPasted, QueryParser.Parse(text, isPasted));
            return true;
        }
        catch (QueryException wrong)
        {
            error = wrong.Error;
            return false;
        }
    }

    private static bool AsksForText(QueryNode node) => node switch
    {
        Words words => !words.TitleOnly,
        Beginning beginning => !beginning.TitleOnly,
        AllOf all => all.Parts.Any(AsksForText),
        AnyOf any => any.Parts.Any(AsksForText),
        _ => false,
    };

    private static QueryError? Refusal(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new(0, 0, QueryMistake.Empty);
        if (text.Length > LongestText)
            return new(LongestText, text.Length - LongestText, QueryMistake.TooLong, LongestText.ToString(CultureInfo.InvariantCulture));
        var control = text.AsSpan().IndexOfAnyInRange('\0', '\b');
        return control >= 0 ? new(control, 1, QueryMistake.ControlCharacter) : null;
    }
}
