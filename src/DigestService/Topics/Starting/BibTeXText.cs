using System.Text;
using DigestService.Papers;
using DigestService.Platform;

namespace DigestService.Topics.Starting;

/// <summary>What one entry says of which work it is.</summary>
internal sealed record BibTeXEntry(string Key, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>The title as people read it; null where there is none.</summary>
    public string? Title => Fields.GetValueOrDefault("title") is { } title && Plain(title) is { Length: > 0 } plain ? plain : null;

    /// <summary>The fields that are an identifier and nothing else.</summary>
    public IEnumerable<string> Identifying => Named("eprint", "doi", "arxivid").Select(value => value.Trim('{', '}', ' ').Replace("\\_", "_", StringComparison.Ordinal));

    /// <summary>The fields in which an identifier may be mentioned.</summary>
    public IEnumerable<string> Mentioning => Named("url", "howpublished", "journal", "note", "eprint");

    private IEnumerable<string> Named(params string[] names) => names.Select(name => Fields.GetValueOrDefault(name)).OfType<string>();

    private static string Plain(string title)
    {
        var letters = LatexText.Finished(LatexText.ToUnicode(PeopleText.Storable(title))).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
        return string.Join(' ', letters.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Normalized(NormalizationForm.FormC);
    }
}

/// <summary>
/// Finds the entries of BibTeX in a text, in one pass over it. People paste them cut off and badly closed: an entry without an
/// end ends where the next begins, and a field that is not understood is passed over.
/// </summary>
internal static class BibTeXText
{
    private const int LongestKind = 20;

    /// <summary>The text in its order: entries, and what stands between them.</summary>
    public static IEnumerable<(BibTeXEntry? Entry, string Lines)> Cut(string text)
    {
        var done = 0;
        var at = 0;
        while ((at = text.IndexOf('@', at)) >= 0)
        {
            var open = OpensAt(text, at);
            if (open < 0)
            {
                at++;
                continue;
            }

            if (at > done)
                yield return (null, text[done..at]);
            var end = EndOf(text, open);
            var kind = text[(at + 1)..open].Trim();
            if (!IsOf(kind, "comment") && !IsOf(kind, "string") && !IsOf(kind, "preamble"))
                yield return (EntryOf(text[(open + 1)..end]), "");
            done = at = Math.Min(text.Length, end < text.Length && text[end] is '}' or ')' ? end + 1 : end);
        }

        if (done < text.Length)
            yield return (null, text[done..]);
    }

    private static bool IsOf(string kind, string other) => kind.Equals(other, StringComparison.OrdinalIgnoreCase);

    // Where the bracket of "@article{" is; -1 where no entry begins, as in an address of mail.
    private static int OpensAt(string text, int at)
    {
        if (at > 0 && char.IsLetterOrDigit(text[at - 1]))
            return -1;
        var open = at + 1;
        while (open < text.Length && open - at <= LongestKind && char.IsAsciiLetter(text[open]))
            open++;
        if (open == at + 1)
            return -1;
        while (open < text.Length && open - at <= LongestKind && text[open] == ' ')
            open++;
        return open < text.Length && text[open] is '{' or '(' ? open : -1;
    }

    // The bracket that closes the entry; or where the next entry begins on a line of its own, or the text's end.
    private static int EndOf(string text, int open)
    {
        var depth = 1;
        for (var at = open + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '{')
                depth++;
            else if (text[at] == '}' && --depth == 0)
                return at;
            else if (text[at] == ')' && depth == 1 && text[open] == '(')
                return at;
            else if (text[at] == '\n' && at + 1 < text.Length && text[at + 1] == '@' && OpensAt(text, at + 1) > 0)
                return at;
        }

        return text.Length;
    }

    private static BibTeXEntry EntryOf(string body)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var equals = body.IndexOf('=', StringComparison.Ordinal);
        var comma = body.IndexOf(',', StringComparison.Ordinal);
        var hasKey = comma >= 0 && (equals < 0 || comma < equals);
        var at = hasKey ? comma + 1 : equals < 0 ? body.Length : 0;
        while (at < body.Length && (equals = body.IndexOf('=', at)) >= 0)
        {
            var name = body[at..equals].Trim(' ', ',', '\t', '\r', '\n');
            fields.TryAdd(name, ValueAt(body, equals + 1, out at));
            at = body.IndexOf(',', at) is >= 0 and var next ? next + 1 : body.Length;
        }

        return new(hasKey ? body[..comma].Trim() : equals < 0 ? body.Trim() : "", fields);
    }

    private static string ValueAt(string body, int at, out int end)
    {
        while (at < body.Length && char.IsWhiteSpace(body[at]))
            at++;
        var depth = 0;
        var isQuoted = at < body.Length && body[at] == '"';
        end = isQuoted ? at + 1 : at;
        for (; end < body.Length; end++)
        {
            if (body[end] == '\\')
                end++;
            else if (body[end] == '{')
                depth++;
            else if (body[end] == '}')
                depth--;
            else if (depth <= 0 && (isQuoted ? body[end] == '"' : body[end] == ','))
                break;
        }

        end = Math.Min(end, body.Length);
        var value = body[Math.Min(at, end)..end].Trim();
        return isQuoted ? value.TrimStart('"') : value.Length > 1 && value[0] == '{' && value[^1] == '}' ? value[1..^1] : value;
    }
}
