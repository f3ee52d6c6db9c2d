namespace DigestService.Topics;

internal enum LexemeKind
{
    Word,
    Phrase,
    Field,
    Or,
    Minus,
    Open,
    Close,
    End,
}

/// <summary>A piece of query text: for a phrase <paramref name="Text"/> is what stands between the quotes, for a field its name.</summary>
internal readonly record struct Lexeme(LexemeKind Kind, int Start, int End, string Text);

/// <summary>Cuts a query into pieces.</summary>
internal static class QueryLexer
{
    /// <summary>The pieces up to and with the end, or the error at the first quote that is never closed.</summary>
    public static List<Lexeme> Cut(string text, out QueryError? error)
    {
        error = null;
        var pieces = new List<Lexeme>();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c) || c is ',' or ';')
                at++;
            else if (c is '(' or ')')
                pieces.Add(new(c == '(' ? LexemeKind.Open : LexemeKind.Close, at, ++at, c.ToString()));
            else if (IsQuote(c))
            {
                var close = at + 1;
                while (close < text.Length && !IsQuote(text[close]))
                    close++;
                if (close == text.Length)
                {
                    error = new(at, text.Length - at, "This quotation mark is never closed: add one where the phrase ends.");
                    return pieces;
                }
                pieces.Add(new(LexemeKind.Phrase, at, close + 1, text[(at + 1)..close]));
                at = close + 1;
            }
            else if (c is '-' or '−' or '–' && IsStartOfUnwanted(text, at))
                pieces.Add(new(LexemeKind.Minus, at, ++at, "-"));
            else
                at = CutWord(text, at, pieces);
        }
        pieces.Add(new(LexemeKind.End, text.Length, text.Length, ""));
        return pieces;
    }

    private static int CutWord(string text, int start, List<Lexeme> pieces)
    {
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not ('(' or ')' or ',' or ';') && !IsQuote(text[end]))
        {
            if (text[end] == ':' && end > start)
            {
                pieces.Add(new(LexemeKind.Field, start, end + 1, text[start..end].ToLowerInvariant()));
                return end + 1;
            }
            end++;
        }
        var word = text[start..end];
        // "AND" is what adjacency means; people write it all the same.
        if (!string.Equals(word, "AND", StringComparison.Ordinal))
            pieces.Add(new(word is "OR" or "|" ? LexemeKind.Or : LexemeKind.Word, start, end, word));
        return end;
    }

    private static bool IsStartOfUnwanted(string text, int minus) =>
        minus + 1 < text.Length && !char.IsWhiteSpace(text[minus + 1]) && text[minus + 1] is not ('-' or ')');

    private static bool IsQuote(char c) => c is '"' or '“' or '”' or '„' or '«' or '»' or '＂';
}
