using System.Buffers;
using System.Globalization;
using System.Text;
using DigestService.Platform;

namespace DigestService.Papers;

/// <summary>
/// Makes text from outside fit to be read: LaTeX becomes Unicode, stray tags and references of HTML are read, wrapped lines are joined, control, bidirectional and
/// zero-width characters go, what is left is in normal form C on one line. Cleaning twice changes nothing more.
/// </summary>
internal static class PeopleText
{
    // Each pass uses up at least one of the marks it reads; text that needs more than this is made to confuse.
    private const int MaxPasses = 8;
    private const int LongestRun = 256;

    // Everything else in ASCII stands for itself, once runs of spaces are single.
    private static readonly SearchValues<char> PlainAscii =
        SearchValues.Create(" !\"#%&()*+,./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|");

    private static readonly SearchValues<char> LatexMarks = SearchValues.Create("\\$~{}`");

    /// <summary>Words before which a hyphen waits for the end of a word to come, as in "pre- and post-training".</summary>
    internal static HashSet<string> Conjunctions { get; } =
        new(StringComparer.OrdinalIgnoreCase) { "and", "or", "to", "but", "nor", "than", "versus", "vs", "as", "und", "oder", "et", "ou", "y" };

    /// <summary>The text for people; empty where nothing readable is left.</summary>
    public static string Clean(string text)
    {
        if (IsClean(text) && !HtmlText.MayHoldMarkup(text))
            return text;
        var current = OneLine(text);
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var hasMarkup = HtmlText.MayHoldMarkup(current);
            if (!hasMarkup && !NeedsLatex(current))
                return Finish(current);
            var plain = hasMarkup ? HtmlText.Lenient(current) : current;
            var next = OneLine(NeedsLatex(plain) ? LatexText.ToUnicode(plain) : plain);
            if (string.Equals(next, current, StringComparison.Ordinal))
                return Finish(current);
            current = next;
        }

        return OneLine(Defuse(LatexText.Finished(current)));
    }

    // Braces that were escaped are braces now. Where they would be read as LaTeX's the next time, they are so at once.
    private static string Finish(string text)
    {
        var finished = LatexText.Finished(text);
        return string.Equals(finished, text, StringComparison.Ordinal) || string.Equals(OneLine(LatexText.ToUnicode(finished)), finished, StringComparison.Ordinal)
            ? finished
            : Clean(finished);
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

    // Most of every abstract passes here, in runs of plain letters: the result is never longer than the text.
    private static string OneLine(string text)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length);
        var length = 0;
        var pendingSpace = false;
        var pendingBreak = false;
        for (var at = 0; at < text.Length;)
        {
            var letter = text[at];
            var run = letter is > ' ' and < '\x7F' ? PrintableRun(text.AsSpan(at)) : [];
            Rune rune = default;
            var rest = at;
            if (run.IsEmpty)
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

                if (IsInvisible(rune) && !Joins(rune, buffer.AsSpan(0, length), text.AsSpan(at)))
                    continue;
                rest = at - 1;
            }

            if (pendingSpace && length > 0 && !(pendingBreak && JoinsAtHyphen(buffer.AsSpan(0, length), text.AsSpan(rest))))
                buffer[length++] = ' ';
            pendingSpace = pendingBreak = false;
            if (run.IsEmpty)
            {
                length += rune.EncodeToUtf16(buffer.AsSpan(length));
                continue;
            }

            run.CopyTo(buffer.AsSpan(length));
            length += run.Length;
            at += run.Length;
        }

        var joined = text.AsSpan().SequenceEqual(buffer.AsSpan(0, length)) ? text : new string(buffer, 0, length);
        ArrayPool<char>.Shared.Return(buffer);
        return Ascii.IsValid(joined) ? joined : joined.Normalized(NormalizationForm.FormC);
    }

    // Letters and signs of ASCII with single spaces between them, not so many that looking for their end again and again takes long.
    private static ReadOnlySpan<char> PrintableRun(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, LongestRun)];
        if (text.IndexOfAnyExceptInRange(' ', '~') is >= 0 and var odd)
            text = text[..odd];
        if (text.IndexOf("  ", StringComparison.Ordinal) is >= 0 and var gap)
            text = text[..gap];
        return text.TrimEnd(' ');
    }

    // "state-of-\nthe-art" was broken behind the hyphen and wants no space; in "two-\nand three-fold" the hyphen waits.
    private static bool JoinsAtHyphen(ReadOnlySpan<char> line, ReadOnlySpan<char> next) =>
        line.Length > 1 && line[^1] == '-' && char.IsLetterOrDigit(line[^2]) && char.IsLetterOrDigit(next[0]) && !Conjunctions.Contains(FirstWord(next).ToString());

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text)
    {
        var end = 0;
        while (end < text.Length && end < 8 && char.IsLetterOrDigit(text[end]))
            end++;
        return text[..end];
    }

    // Joiners and non-joiners are letters' business in scripts that join: Arabic, Indic, Khmer and others, and between emoji.
    private static bool Joins(Rune joiner, ReadOnlySpan<char> line, ReadOnlySpan<char> rest)
    {
        if (joiner.Value is not (0x200C or 0x200D) || line.IsEmpty || rest.IsEmpty)
            return false;
        Rune.DecodeLastFromUtf16(line, out var before, out _);
        Rune.DecodeFromUtf16(rest, out var after, out _);
        return (IsJoining(before) && (IsJoining(after) || Rune.IsWhiteSpace(after)))
            || (joiner.Value == 0x200D && Rune.GetUnicodeCategory(before) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol && Rune.GetUnicodeCategory(after) is UnicodeCategory.OtherSymbol);
    }

    private static bool IsJoining(Rune rune) =>
        rune.Value is >= 0x0600 and <= 0x109F or >= 0x1780 and <= 0x18AF or >= 0x1A20 and <= 0x1CFF or >= 0xA8E0 and <= 0xA8FF or >= 0xFB50 and <= 0xFDFF or >= 0xFE70 and <= 0xFEFC
        && !Rune.IsWhiteSpace(rune);

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
