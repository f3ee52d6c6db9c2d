using System.Buffers;
using System.Globalization;
using System.Text;

namespace DigestService.Mails;

/// <summary>Writes plain text in lines of at most 72 columns; wide characters count two, addresses are never broken.</summary>
internal sealed class PlainTextWriter
{
    /// <summary>Columns of a line.</summary>
    public const int Width = 72;

    private readonly ArrayBufferWriter<char> _output = new(8 * 1024);
    private readonly List<Word> _words = [];

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<char> Written => _output.WrittenSpan;

    /// <summary>Starts anew in the same memory.</summary>
    public void Clear() => _output.ResetWrittenCount();

    /// <summary>An empty line.</summary>
    public void Blank() => _output.Write("\n");

    /// <summary>One line as it is, however long: for links.</summary>
    public void Line(string text)
    {
        _output.Write(text);
        Blank();
    }

    /// <summary>A heading, underlined.</summary>
    public void Heading(string text, char underline)
    {
        Wrap(text);
        Line(new string(underline, Math.Min(Width, Columns(text))));
    }

    /// <summary>A label, padded so that the links of a block stand under each other, and its link.</summary>
    public void Link(string label, int labelColumns, string address)
    {
        _output.Write(label);
        for (var column = Columns(label); column < labelColumns + 2; column++)
            _output.Write(" ");
        Line(address);
    }

    /// <summary>Wraps a text; the first line starts with <paramref name="first"/>, the others with <paramref name="rest"/>.</summary>
    public void Wrap(string text, string first = "", string rest = "")
    {
        _output.Write(first);
        var column = Columns(first);
        var lineIsEmpty = true;
        SplitIntoWords(text);
        foreach (var word in _words)
        {
            var letters = text.AsSpan(word.Start, word.Length);
            var columns = Columns(letters);
            if (!lineIsEmpty && column + (word.AfterSpace ? 1 : 0) + columns > Width)
            {
                _output.Write("\n");
                _output.Write(rest);
                column = Columns(rest);
                lineIsEmpty = true;
            }

            if (!lineIsEmpty && word.AfterSpace)
            {
                _output.Write(" ");
                column++;
            }

            _output.Write(letters);
            column += columns;
            lineIsEmpty = false;
        }

        Blank();
    }

    /// <summary>Columns a terminal gives a text: two for a wide character, none for a combining one.</summary>
    public static int Columns(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
            return text.Length;
        var columns = 0;
        foreach (var rune in text.EnumerateRunes())
            columns += Columns(rune);
        return columns;
    }

    /// <inheritdoc/>
    public override string ToString() => Written.ToString();

    // Between two wide characters a line may break, save before closing and behind opening punctuation. A word longer than a
    // line is cut.
    private void SplitIntoWords(string text)
    {
        _words.Clear();
        foreach (var range in text.AsSpan().Split(' '))
        {
            var first = range.Start.Value;
            var word = text.AsSpan(range);
            if (word.Length is > 0 and <= Width - 8 && Ascii.IsValid(word))
            {
                _words.Add(new Word(first, word.Length, AfterSpace: true));
                continue;
            }

            var isAddress = word.Contains("://", StringComparison.Ordinal);
            var start = 0;
            var columns = 0;
            var position = 0;
            var afterSpace = true;
            var previousIsWide = false;
            var previousOpens = false;
            foreach (var rune in word.EnumerateRunes())
            {
                var added = Columns(rune);
                var mayBreak = columns > 0 && !isAddress && ((previousIsWide || added == 2) && !previousOpens && !IsClosing(rune) || columns + added > Width - 8);
                if (mayBreak)
                {
                    _words.Add(new Word(first + start, position - start, afterSpace));
                    (start, columns, afterSpace) = (position, 0, false);
                }

                previousIsWide = added == 2;
                previousOpens = IsOpening(rune);
                columns += added;
                position += rune.Utf16SequenceLength;
            }

            if (position > start)
                _words.Add(new Word(first + start, position - start, afterSpace));
        }
    }

    private static int Columns(Rune rune)
    {
        if (rune.IsAscii)
            return 1;
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
            return 0;
        return rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
            or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x20000 and <= 0x3FFFD)
            ? 2
            : 1;
    }

    private static bool IsOpening(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.OpenPunctuation or UnicodeCategory.InitialQuotePunctuation;

    private static bool IsClosing(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.ClosePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation;

    private readonly record struct Word(int Start, int Length, bool AfterSpace);
}
