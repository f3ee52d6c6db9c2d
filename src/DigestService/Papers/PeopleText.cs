using System.Buffers;
using System.Globalization;
using System.Text;

namespace DigestService.Papers;

/// <summary>
/// Makes text from outside fit to be read: LaTeX becomes Unicode, stray tags and references of HTML are read, wrapped lines are joined, control, bidirectional and
/// zero-width characters go, what is left is in normal form C on one line. Cleaning twice changes nothing more.
/// </summary>
internal static class PeopleText
{
    // Each pass uses up at least one of the marks it reads; text that needs more than this is made to confuse.
    private const int MaxPasses = 8;

    // Everything else in ASCII stands for itself, once runs of spaces are single.
    private static readonly SearchValues<char> PlainAscii =
        SearchValues.Create(" !\"#%&()*+,./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|");

    private static readonly SearchValues<char> LatexMarks = SearchValues.Create("\\$~{}`");

    /// <summary>The text for people; empty where nothing readable is left.</summary>
    public static string Clean(string text)
    {
        if (IsClean(text) && !HtmlText.MayHoldMarkup(text))
            return text;
        var current = OneLine(text);
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var plain = HtmlText.MayHoldMarkup(current) ? HtmlText.Lenient(current) : current;
            var next = OneLine(NeedsLatex(plain) ? LatexText.ToUnicode(plain) : plain);
            if (string.Equals(next, current, StringComparison.Ordinal))
                return current;
            current = next;
        }

        return OneLine(Defuse(current));
    }

    /// <summary>The text as a database can keep it: without NUL and halves of surrogate pairs, else untouched.</summary>
    public static string Storable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.Contains('\0', StringComparison.Ordinal))
            return text;
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != 0)
                kept.Append(rune.ToString());
        }

        return kept.ToString();
    }

    private static bool IsClean(string text)
    {
        var rest = text.AsSpan();
        if (rest.IsEmpty)
            return true;
        if (rest[0] == ' ' || rest[^1] == ' ' || rest.IndexOf("  ", StringComparison.Ordinal) >= 0)
            return false;
        while (true)
        {
            var odd = rest.IndexOfAnyExcept(PlainAscii);
            if (odd < 0)
                return true;
            // Apostrophes and hyphens stand for themselves unless doubled or, for the apostrophe, closing a quotation.
            if (rest[odd] is not ('\'' or '-') || (odd + 1 < rest.Length && rest[odd + 1] == rest[odd]))
                return false;
            rest = rest[(odd + 1)..];
        }
    }

    private static bool NeedsLatex(string text) =>
        text.AsSpan().ContainsAny(LatexMarks)
        || text.Contains("''", StringComparison.Ordinal)
        || text.Contains("--", StringComparison.Ordinal);

    // Most of every abstract passes here, letter by letter: the result is never longer than the text.
    private static string OneLine(string text)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length);
        var length = 0;
        var pendingSpace = false;
        var pendingBreak = false;
        for (var at = 0; at < text.Length;)
        {
            var letter = text[at];
            var isPrintable = letter is > ' ' and < '\x7F';
            Rune rune = default;
            if (isPrintable)
            {
                at++;
            }
            else
            {
                // A half of a surrogate pair decodes to U+FFFD, which goes with the invisible ones.
                Rune.DecodeFromUtf16(text.AsSpan(at), out rune, out var consumed);
                at += consumed;
                if (Rune.IsWhiteSpace(rune))
                {
                    pendingSpace = true;
                    pendingBreak |= letter is '\n' or '\r' or '\u2028' or '\u2029';
                    continue;
                }

                if (IsInvisible(rune))
                    continue;
            }

            if (pendingSpace && length > 0 && !(pendingBreak && JoinsAtHyphen(buffer.AsSpan(0, length), letter)))
                buffer[length++] = ' ';
            pendingSpace = pendingBreak = false;
            if (isPrintable)
                buffer[length++] = letter;
            else
                length += rune.EncodeToUtf16(buffer.AsSpan(length));
        }

        var joined = new string(buffer, 0, length);
        ArrayPool<char>.Shared.Return(buffer);
        return Ascii.IsValid(joined) ? joined : joined.Normalize(NormalizationForm.FormC);
    }

    // "state-of-\nthe-art" was broken behind the hyphen and wants no space.
    private static bool JoinsAtHyphen(ReadOnlySpan<char> line, char next) =>
        line.Length > 1 && line[^1] == '-' && char.IsLetterOrDigit(line[^2]) && char.IsLetterOrDigit(next);

    private static bool IsInvisible(Rune rune) =>
        rune.Value is 0xFFFD or 0x034F or 0x115F or 0x1160 or 0x3164 or 0xFFA0
        || rune.Value is >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF
        || (rune.Value & 0xFFFE) == 0xFFFE
        || rune.Value is >= 0xFDD0 and <= 0xFDEF
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Defuse(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text)
            plain.Append(letter is '\\' or '$' or '~' or '{' or '}' or '`' or '\'' or '-' or '<' or '&' ? ' ' : letter);
        return plain.ToString();
    }
}
