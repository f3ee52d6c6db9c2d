using DigestService.Mail;

namespace DigestService.Inbound.Reading;

/// <summary>Finds addresses in headers and in running text, in time proportional to the text.</summary>
internal static class Addresses
{
    private const int Most = 100;
    private const string LocalPunctuation = ".!#$%&'*+-/=?^_`{|}~";

    /// <summary>The addresses in a text, in their order, each once.</summary>
    public static IReadOnlyList<string> In(string? text)
    {
        var found = new List<string>();
        if (text is null)
            return found;
        foreach (var (address, _, _) in Locate(text))
        {
            if (!found.Contains(address, StringComparer.OrdinalIgnoreCase))
                found.Add(address);
            if (found.Count >= Most)
                break;
        }

        return found;
    }

    /// <summary>The addresses in a text and where each begins and ends.</summary>
    public static IEnumerable<(string Address, int Start, int End)> Locate(string text)
    {
        var position = 0;
        while (true)
        {
            var at = text.IndexOf('@', position);
            if (at < 0)
                yield break;
            position = at + 1;
            var start = at;
            while (start > 0 && at - start < 64 && IsLocal(text[start - 1]))
                start--;
            var end = at + 1;
            while (end < text.Length && end - at < 255 && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '-'))
                end++;
            while (start < at && text[start] is '\'' or '`' or '=' or '/' or '.' or '*' or '-')
                start++;
            while (end > at + 1 && text[end - 1] is '.' or '-')
                end--;
            if (EmailAddress.TryParse(text[start..end], out var address))
                yield return (address.ToString(), start, end);
            position = Math.Max(position, end);
        }
    }

    /// <summary>The address in a From or Reply-To header: the one between angle brackets, else the first.</summary>
    public static string? First(string? header)
    {
        if (header is null)
            return null;
        var open = header.LastIndexOf('<');
        var close = open < 0 ? -1 : header.IndexOf('>', open);
        if (close > open && In(header[open..close]) is [var bracketed, ..])
            return bracketed;
        return In(header) is [var first, ..] ? first : null;
    }

    private static bool IsLocal(char c) => char.IsLetterOrDigit(c) || LocalPunctuation.Contains(c, StringComparison.Ordinal);
}
