using System.Buffers;
using System.Globalization;
using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>
/// Writes header fields: folded at 78 octets, never over 998, text beyond ASCII as encoded words. Whatever a value
/// holds, it stays one field: control characters become spaces before anything else happens to it.
/// </summary>
internal sealed class HeaderWriter(IBufferWriter<byte> output)
{
    private const int FoldAt = 78;
    private const int LongestToken = 900;
    private const string AtomPunctuation = "!#$%&'*+-/=?^_`{|}~";

    /// <summary>Writes free text. Words in ASCII stay as they are, runs of other words are encoded.</summary>
    public void WriteText(string name, string value)
    {
        if (value.Length <= LongestToken && PrintableAscii.IsLine(value) && !value.Contains("=?", StringComparison.Ordinal))
        {
            WriteFolded(name, value);
            return;
        }

        var line = new FoldedLine(name);
        var foreign = new List<string>();
        foreach (var word in Clean(value).Split(' '))
        {
            if (NeedsEncoding(word))
            {
                foreign.Add(word);
                continue;
            }

            line.AddEncoded(foreign);
            line.Add(word);
        }

        line.AddEncoded(foreign);
        Write(line);
    }

    /// <summary>Writes a mailbox: the name as atoms, a quoted string or encoded words, then the address in angle brackets.</summary>
    public void WriteMailbox(string name, NamedAddress mailbox)
    {
        var display = Clean(mailbox.Name ?? "");
        if (display.Length == 0)
        {
            WriteFolded(name, mailbox.Address.ToString());
        }
        else if (NeedsEncoding(display))
        {
            var line = new FoldedLine(name);
            line.AddEncoded([display]);
            line.Add($"<{mailbox.Address}>");
            Write(line);
        }
        else
        {
            WriteFolded(name, $"{Phrase(display)} <{mailbox.Address}>");
        }
    }

    /// <summary>Writes a moment in the form of RFC 5322 3.3.</summary>
    public void WriteDate(string name, DateTimeOffset date)
    {
        var offset = date.Offset < TimeSpan.Zero ? "-" : "+";
        WriteText(name, date.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + offset + date.Offset.ToString("hhmm", CultureInfo.InvariantCulture));
    }

    private void Write(FoldedLine line)
    {
        var text = line.ToString();
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\r\n"u8);
    }

    // Words with single spaces between them, none of which needs an encoding: each line is a slice of the text.
    private void WriteFolded(string name, ReadOnlySpan<char> text)
    {
        Encoding.ASCII.GetBytes(name, output);
        output.Write(":"u8);
        var (lineStart, column) = (0, name.Length + 1);
        foreach (var word in text.Split(' '))
        {
            var (start, end) = (word.Start.Value, word.End.Value);
            if (column + 1 + (end - start) > FoldAt && column > name.Length + 1)
            {
                WriteLine(text[lineStart..(start - 1)]);
                (lineStart, column) = (start, 0);
            }

            column += 1 + (end - start);
        }

        WriteLine(text[lineStart..]);

        void WriteLine(ReadOnlySpan<char> words)
        {
            output.Write(" "u8);
            Encoding.UTF8.GetBytes(words, output);
            output.Write("\r\n"u8);
        }
    }

    // Atoms stay as they are; anything else is quoted (RFC 5322 3.2.4).
    private static string Phrase(string display) => display.All(c => c == ' ' || IsAtom(c))
        ? display
        : $"\"{display.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Clean(string value)
    {
        if (PrintableAscii.IsLine(value))
            return value;
        var clean = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (c != ' ' && !char.IsControl(c))
                clean.Append(c);
            else if (clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
        }

        return clean.ToString().TrimEnd(' ');
    }

    private static bool NeedsEncoding(string word) =>
        !Ascii.IsValid(word) || word.Length > LongestToken || word.Contains("=?", StringComparison.Ordinal);

    private static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || AtomPunctuation.Contains(c, StringComparison.Ordinal);

    /// <summary>One field under construction: words put after each other, a new line where the next would not fit.</summary>
    private sealed class FoldedLine(string name)
    {
        private readonly StringBuilder _text = new StringBuilder(name).Append(':');
        private int _column = name.Length + 1;
        private bool _holdsEncodedWord;

        public void Add(string word)
        {
            var limit = _holdsEncodedWord ? MaxEncodedLine : FoldAt;
            if (_column + 1 + word.Length > limit && _column > name.Length + 1)
                Break();
            Append(word);
        }

        public void AddEncoded(List<string> words)
        {
            if (words.Count == 0)
                return;
            foreach (var word in EncodedWord.Encode(string.Join(' ', words), MaxEncodedLine - 1 - _column))
            {
                if (_column + 1 + word.Length > MaxEncodedLine)
                    Break();
                Append(word);
                _holdsEncodedWord = true;
            }

            words.Clear();
        }

        public override string ToString() => _text.ToString();

        private const int MaxEncodedLine = EncodedWord.MaxLength + 1;

        private void Break()
        {
            _text.Append("\r\n");
            _column = 0;
            _holdsEncodedWord = false;
        }

        private void Append(string word)
        {
            _text.Append(' ').Append(word);
            _column += 1 + word.Length;
        }
    }
}
