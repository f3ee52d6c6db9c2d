using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>Decodes encoded words (RFC 2047) wherever they stand, in one pass.</summary>
internal static class EncodedWordReader
{
    private const int MaxWord = 2000;

    /// <summary>
    /// Octets of neighbouring words in one charset are joined before they are decoded, because many programs cut
    /// characters in two.
    /// </summary>
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        var pending = new List<byte>();
        string? charset = null;
        var position = 0;
        while (position < text.Length)
        {
            var start = text.IndexOf("=?", position, StringComparison.Ordinal);
            if (start < 0)
                break;
            var between = text.AsSpan(position, start - position);
            if (!TryReadWord(text.AsSpan(start), out var length, out var wordCharset, out var octets))
            {
                Flush();
                result.Append(between).Append("=?");
                position = start + 2;
                continue;
            }

            // White space between two encoded words belongs to the folding, not to the text.
            if (charset is null || !between.IsWhiteSpace())
            {
                Flush();
                result.Append(between);
            }
            else if (!string.Equals(charset, wordCharset, StringComparison.OrdinalIgnoreCase))
            {
                Flush();
            }

            charset = wordCharset;
            pending.AddRange(octets);
            position = start + length;
        }

        Flush();
        return Clean(result.Append(text.AsSpan(position)).ToString());

        void Flush()
        {
            if (charset is not null)
                result.Append(Charsets.Decode([.. pending], charset));
            pending.Clear();
            charset = null;
        }
    }

    // What comes out of an encoded word may be anything; a line break would make two headers of one later on.
    private static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    private static bool TryReadWord(ReadOnlySpan<char> text, out int length, out string charset, out byte[] octets)
    {
        (length, charset, octets) = (0, "", []);
        text = text[..Math.Min(text.Length, MaxWord)];
        var first = text[2..].IndexOf('?') + 2;
        if (first <= 2 || first + 3 >= text.Length || text[first + 2] != '?')
            return false;
        var content = first + 3;
        var end = text[content..].IndexOf("?=");
        if (end < 0)
            return false;
        charset = text[2..first].ToString();
        var language = charset.IndexOf('*', StringComparison.Ordinal);
        if (language > 0)
            charset = charset[..language];
        if (charset.Any(char.IsWhiteSpace))
            return false;
        var raw = Encoding.UTF8.GetBytes(text.Slice(content, end).ToString());
        length = content + end + 2;
        switch (text[first + 1])
        {
            case 'B' or 'b':
                octets = TransferDecoder.DecodeBase64(raw);
                return true;
            case 'Q' or 'q':
                octets = TransferDecoder.DecodeQuotedPrintable(raw, isHeader: true);
                return true;
            default:
                return false;
        }
    }
}
