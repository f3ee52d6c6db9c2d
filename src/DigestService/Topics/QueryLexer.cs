using System.Buffers;

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

/// <summary>
/// Cuts a query into pieces. What people write for "not" is one piece: NOT, AND NOT, ANDNOT, BUT NOT, an exclamation mark or a
/// dash of any kind before a word, a phrase or a bracket; likewise OR, or, | and ||.
/// </summary>
internal static class QueryLexer
{
    private const int LongestArgument = 4;

    private static readonly string[] Fields = ["title", "author", "cat", "org"];
    private static readonly SearchValues<char> WideForms =
        SearchValues.Create([.. Enumerable.Range('！', '～' - '！' + 1).Select(form => (char)form), '、']);

    /// <summary>Whether the word alone would be read as an operator.</summary>
    public static bool IsOperator(string word) => word is "AND" || IsOr(word) || IsNot(word);

    /// <summary>Whether there is a field of that name.</summary>
    private static bool IsField(string name) => Fields.Contains(name, StringComparer.Ordinal);

    /// <summary>
    /// The pieces up to and with the end, or the error at the first quote that is never closed. In a pasted text an unknown
    /// field is a word.
    /// </summary>
    public static List<Lexeme> Cut(string text, out QueryError? error, bool isPasted)
    {
        error = null;
        text = Narrowed(text);
        var pieces = new List<Lexeme>();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c) || c is ',' or ';' or '…')
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
                    error = new(at, text.Length - at, QueryMistake.OpenQuote);
                    return pieces;
                }
                pieces.Add(new(LexemeKind.Phrase, at, close + 1, text[(at + 1)..close]));
                at = close + 1;
            }
            else if (IsDash(c) || (c == '!' && IsOperandAt(text, at + 1)))
            {
                var first = at;
                while (at < text.Length && IsDash(text[at]))
                    at++;
                at = Math.Max(at, first + 1);
                pieces.Add(new(LexemeKind.Minus, first, at, text[first..at]));
            }
            // "+word" asks for what is asked for anyway, and "&" is what adjacency means.
            else if (c == '+' && IsOperandAt(text, at + 1))
                at++;
            else if (c is '&' or '/' && AloneUntil(text, at) is > 0 and var end)
                at = end;
            else if (BarBetween(text, at) is > 0 and var behind && pieces.Count > 0 && EndsOperand(pieces[^1].Kind))
            {
                pieces.Add(new(LexemeKind.Or, at, behind, text[at..behind]));
                at = behind;
            }
            else
                at = CutWord(text, at, pieces, isPasted);
        }
        pieces.Add(new(LexemeKind.End, text.Length, text.Length, ""));
        Settle(pieces);
        return pieces;
    }

    // A Chinese or Japanese keyboard writes "（diffusion｜flow），title：lora": the full-width forms of ASCII, and a comma of its own.
    private static string Narrowed(string text) => text.AsSpan().IndexOfAny(WideForms) < 0
        ? text
        : string.Create(text.Length, text, static (narrow, wide) =>
        {
            for (var i = 0; i < narrow.Length; i++)
                narrow[i] = wide[i] == '、' ? ',' : WideForms.Contains(wide[i]) ? (char)(wide[i] - '！' + '!') : wide[i];
        });

    private static int CutWord(string text, int start, List<Lexeme> pieces, bool isPasted)
    {
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not (')' or ',' or ';' or '…') && !IsQuote(text[end]))
        {
            if (text[end] == '(')
            {
                if (ArgumentEnd(text, start, end) is not (> 0 and var behind))
                    break;
                end = behind;
                continue;
            }
            if (end > start && BarBetween(text, end) > 0)
                break;
            if (text[end] == ':' && end > start && FieldAt(text, start, end, isPasted) is { } field)
            {
                pieces.Add(new(LexemeKind.Field, start, end + 1, field));
                return end + 1;
            }
            end++;
        }
        var word = text[start..end];
        // "AND" is what adjacency means; people write it all the same.
        if (!string.Equals(word, "AND", StringComparison.Ordinal))
            pieces.Add(new(IsOr(word) ? LexemeKind.Or : IsNot(word) ? LexemeKind.Minus : LexemeKind.Word, start, end, word));
        return end;
    }

    // "E(n)-equivariant" and "O(n)" are one thing each. The end of such a bracket behind a word; 0 where it is none.
    private static int ArgumentEnd(string text, int start, int open)
    {
        if (open == start || !char.IsLetterOrDigit(text[open - 1]) || IsOperator(text[start..open]))
            return 0;
        var at = open + 1;
        while (at < text.Length && char.IsLetterOrDigit(text[at]))
            at++;
        return at < text.Length && text[at] == ')' && at - open - 1 is > 0 and <= LongestArgument ? at + 1 : 0;
    }

    // "title:" is a field; "LoRA: low-rank …" is a title, and "abstract:lora" is a field that there is not.
    private static string? FieldAt(string text, int start, int colon, bool isPasted)
    {
        var name = text[start..colon].ToLowerInvariant();
        if (!name.All(char.IsAsciiLetter))
            return null;
        if (IsField(name))
            return isPasted && colon + 1 < text.Length && char.IsWhiteSpace(text[colon + 1]) ? null : name;
        return !isPasted && IsOperandAt(text, colon + 1) ? name : null;
    }

    // "but not" is "not"; a small "or" or "not" with nothing on one side is a word of a sentence.
    private static void Settle(List<Lexeme> pieces)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            if (pieces[i] is { Kind: LexemeKind.Or or LexemeKind.Minus, Text: "or" or "not" } small
                && (i == 0 || !EndsOperand(pieces[i - 1].Kind) || !BeginsOperand(pieces[i + 1].Kind)))
                pieces[i] = small with { Kind = LexemeKind.Word };
            if (pieces[i].Kind == LexemeKind.Minus && i > 0 && pieces[i - 1] is { Kind: LexemeKind.Word, Text: "BUT" or "but" or "and" })
                pieces.RemoveAt(--i);
        }
    }

    private static bool EndsOperand(LexemeKind kind) => kind is LexemeKind.Word or LexemeKind.Phrase or LexemeKind.Close;

    private static bool BeginsOperand(LexemeKind kind) => kind is LexemeKind.Word or LexemeKind.Phrase or LexemeKind.Field or LexemeKind.Open;

    private static bool IsOperandAt(string text, int at) =>
        at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '(' || IsQuote(text[at]));

    // "a|b" is what "a | b" is; "|V|" is a magnitude. The end of the bars, 0 where there is none or it does not stand between two.
    private static int BarBetween(string text, int at)
    {
        if (text[at] != '|' || at == 0 || char.IsWhiteSpace(text[at - 1]))
            return 0;
        var end = at + 1 < text.Length && text[at + 1] == '|' ? at + 2 : at + 1;
        return IsOperandAt(text, end) ? end : 0;
    }

    // The end of one or two marks that stand by themselves; 0 where they are part of something.
    private static int AloneUntil(string text, int at)
    {
        var end = at + 1;
        if (end < text.Length && text[end] == text[at])
            end++;
        return end == text.Length || char.IsWhiteSpace(text[end]) ? end : 0;
    }

    private static bool IsOr(string word) => word is "OR" or "or" or "|" or "||";

    private static bool IsNot(string word) => word is "NOT" or "not" or "ANDNOT" or "andnot" or "BUTNOT" or "butnot";

    private static bool IsDash(char c) => c is '-' or '‐' or '‑' or '‒' or '–' or '—' or '―' or '−' or '﹣';

    private static bool IsQuote(char c) => c is '"' or '“' or '”' or '„' or '«' or '»' or '「' or '」' or '『' or '』';
}
