using System.Globalization;
using System.Text;
using DigestService.Mail.Mime;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>Text from outside made fit for one line of a mail.</summary>
internal static class CleanText
{
    /// <summary>
    /// One line: white space becomes single spaces; control characters, bidirectional overrides and broken
    /// surrogates go, so that no title can rearrange what stands around it.
    /// </summary>
    public static string Line(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        // As nearly all titles, names and topics are.
        if (PrintableAscii.IsLine(text))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                    clean.Append(' ');
            }
            else if (!IsDropped(rune))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString().TrimEnd(' ');
    }

    /// <summary>At most <paramref name="length"/> characters, cut at a word where one ends near enough, with an ellipsis.</summary>
    public static string Shorten(string line, int length)
    {
        if (line.Length <= length)
            return line;
        var end = length - 1;
        var space = line.LastIndexOf(' ', end, end / 3);
        if (space > 0)
            end = space;
        else if (char.IsLowSurrogate(line[end]))
            end--;
        return line[..end].TrimEnd(' ', ',', ';', ':', '.', '…', '-', '–', '—') + "…";
    }

    /// <summary>An absolute http or https address of sane length, escaped; null for anything else.</summary>
    public static string? WebAddress(string? address) =>
        address is { Length: > 0 and <= 600 }
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0
            ? uri.AbsoluteUri
            : null;

    /// <summary>Whether the first letter with a direction runs from right to left (Unicode TR 9, P2 and P3).</summary>
    public static bool IsRightToLeft(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (UnicodeText.IsRightToLeft(rune))
                return true;
            if (Rune.IsLetter(rune))
                return false;
        }

        return false;
    }

    private static bool IsDropped(Rune rune) =>
        rune.Value is 0xFFFD or 0xFEFF or 0xFFFE or 0xFFFF or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x200E or 0x200F or 0x061C
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned;
}
