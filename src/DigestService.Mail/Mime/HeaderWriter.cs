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
        if (name.Length + 2 + value.Length <= FoldAt && IsPlain(value))
        {
            Encoding.ASCII.GetBytes(name, output);
            output.Write(": "u8);
            Encoding.ASCII.GetBytes(value, output);
            output.Write("\r\n"u8);
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
        var line = new FoldedLine(name);
        var display = Clean(mailbox.Name ?? "");
        if (display.Length == 0)
        {
            line.Add(mailbox.Address.ToString());
        }
        else
        {
            if (NeedsEncoding(display))
                line.AddEncoded([display]);
            else if (display.All(c => c == ' ' || IsAtom(c)))
                line.AddAll(display.Split(' '));
            else
                line.AddAll($"\"{display.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"".Split(' '));
            line.Add($"<{mailbox.Address}>");
        }

        Write(line);
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

    private static string Clean(string value)
    {
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

    // Words of ASCII with single spaces between them, which stay as they are where they fit a line.
    private static bool IsPlain(ReadOnlySpan<char> value) =>
        !value.IsEmpty && !value.ContainsAnyExceptInRange(' ', '~') && value[0] != ' ' && value[^1] != ' '
        && !value.Contains("  ", StringComparison.Ordinal) && !value.Contains("=?", StringComparison.Ordinal);

    private static bool NeedsEncoding(string word) =>
        !Ascii.IsValid(word) || word.Length > LongestToken || word.Contains("=?", StringComparison.Ordinal);

    private static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || AtomPunctuation.Contains(c, StringComparison.Ordinal);

    /// <summary>One field under construction: words put after each other, a new line where the next would not fit.</summary>
    private sealed class FoldedLine(string name)
    {
        private readonly StringBuilder _text = new StringBuilder(name).Append(':');
        private int _column = name.Length + 1;
        private bool _holdsEncodedWord;

        public void AddAll(IEnumerable<string> words)
        {
            foreach (var word in words)
                Add(word);
        }

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
