using System.Text;
using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>Where a word is looked for.</summary>
internal enum QueryField
{
    Text,
    Title,
    Author,
    Category,
    Organization,
}

/// <summary>Makes the leaf of a query from a word or phrase and its field.</summary>
internal static class QueryLeaf
{
    /// <summary>The leaf, or none where the text holds no searchable word.</summary>
    public static QueryNode? Of(string text, QueryField field)
    {
        if (field is QueryField.Text or QueryField.Title && WordBeginning.Of(text) is { } letters)
            return StartingWith(letters, field == QueryField.Title);
        var tokens = Tokenizer.Tokenize(text);
        if (tokens.Count == 0)
            return null;
        return field switch
        {
            QueryField.Author => Author(text),
            QueryField.Category => Category(text),
            QueryField.Organization => Organization(tokens),
            _ => TextWords(text, tokens, field == QueryField.Title),
        };
    }

    private static Beginning StartingWith(string letters, bool titleOnly) =>
        new(letters, titleOnly, $"{(titleOnly ? "title:" : "")}{letters}*");

    private static ByAuthor Author(string text)
    {
        var name = AuthorName.Of(text);
        return new(name, $"author:{Quoted(name.Text)}");
    }

    private static InCategory? Category(string text)
    {
        // "cs.*" and "cs" are the same archive; nothing but letters, digits, dots and hyphens is in a category.
        var kept = text.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');
        var category = string.Concat(kept).Trim('.', '-').ToLowerInvariant();
        return category.Length == 0 ? null : new(category, $"cat:{Quoted(category)}");
    }

    private static FromOrganization Organization(List<Token> tokens)
    {
        var words = tokens.ConvertAll(t => t.Word.ToLowerInvariant());
        return new(words, $"org:{Quoted(string.Join(' ', words))}");
    }

    private static Words? TextWords(string text, List<Token> tokens, bool titleOnly)
    {
        var variants = WordSequence.Spellings(tokens, text);
        return variants.Count == 0
            ? null
            : new(variants, titleOnly, text.Trim(), (titleOnly ? "title:" : "") + Canonical(text, tokens)) { Single = tokens.Count == 1 ? tokens[0].Word : null };
    }

    private static string Canonical(string text, List<Token> tokens)
    {
        var (first, last) = WordSequence.Ends(tokens);
        var words = new StringBuilder();
        for (var i = first; i <= last; i++)
        {
            if (i > first)
                words.Append(tokens[i].Glue == Glue.Hyphen ? '-' : ' ');
            words.Append(Tokenizer.IsName(text, tokens[i]) ? Tokenizer.WithoutStops(text, tokens[i].Start, tokens[i].End) : tokens[i].Word);
        }
        return Quoted(words.ToString());
    }

    private static string Quoted(string words) =>
        words.Contains(' ', StringComparison.Ordinal) || QueryLexer.IsOperator(words) ? $"\"{words}\"" : words;
}
