using System.Buffers;
using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>
/// Quoted-printable for text (RFC 2045 6.7). Lines are encoded one by one and nothing is carried from line to line,
/// so pieces that end in a newline can be encoded once, kept, and copied after each other into any mail.
/// </summary>
public static class QuotedPrintable
{
    /// <summary>Octets of the longest line (RFC 2045 6.7, rule 5).</summary>
    public const int MaxLine = 76;

    private static readonly byte[] Hex = "0123456789ABCDEF"u8.ToArray();

    /// <summary>Encodes text as UTF-8 lines. CR, LF and CRLF all become CRLF; NUL is dropped.</summary>
    public static byte[] Encode(string text)
    {
        var output = new ArrayBufferWriter<byte>(text.Length + text.Length / 8 + 64);
        Encode(text, output);
        return output.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Encode(string)"/>
    public static void Encode(ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAny('\r', '\n');
            if (end < 0)
            {
                EncodeLine(text, output);
                return;
            }

            EncodeLine(text[..end], output);
            output.Write("\r\n"u8);
            var isCrLf = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            text = text[(end + (isCrLf ? 2 : 1))..];
        }
    }

    private static void EncodeLine(ReadOnlySpan<char> line, IBufferWriter<byte> output)
    {
        if (line.Length <= MaxLine && IsPlain(line))
        {
            Encoding.ASCII.GetBytes(line, output);
            return;
        }

        Span<byte> utf8 = stackalloc byte[4];
        Span<byte> wire = stackalloc byte[MaxLine + 2];
        var column = 0;
        // A lone dot and "From " mean something to SMTP servers and mailbox files; their first letter is spelled out.
        var shieldFirst = IsShielded(line);
        var position = 0;
        while (position < line.Length)
        {
            var (rune, consumed) = (default(Rune), 1);
            if (char.IsAscii(line[position]))
                rune = new Rune(line[position]);
            else
                Rune.DecodeFromUtf16(line[position..], out rune, out consumed);
            var isFirst = position == 0;
            position += consumed;
            if (rune.Value == 0)
                continue;
            var isLast = position == line.Length;
            var isLiteral = rune.Value is >= 33 and <= 126 and not '=' || rune.Value is ' ' or '\t' && !isLast;
            if (isFirst && shieldFirst)
                isLiteral = false;

            var length = isLiteral ? 1 : rune.Utf8SequenceLength * 3;
            // The soft break takes a column of its own, unless this is the end of the line anyway.
            if (column + length > (isLast ? MaxLine : MaxLine - 1))
            {
                // What follows a soft break begins a line as well.
                if (line[(position - consumed)..].StartsWith("From ", StringComparison.Ordinal))
                    isLiteral = false;
                wire[column++] = (byte)'=';
                wire[column++] = (byte)'\r';
                wire[column++] = (byte)'\n';
                output.Write(wire[..column]);
                column = 0;
            }

            if (isLiteral)
            {
                wire[column++] = (byte)rune.Value;
                continue;
            }

            foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)])
            {
                wire[column++] = (byte)'=';
                wire[column++] = Hex[octet >> 4];
                wire[column++] = Hex[octet & 15];
            }
        }

        output.Write(wire[..column]);
    }

    // Needs no encoding, as most lines of English.
    private static bool IsPlain(ReadOnlySpan<char> line) =>
        PrintableAscii.IsAll(line) && !line.Contains('=') && !line.EndsWith(' ') && !IsShielded(line);

    private static bool IsShielded(ReadOnlySpan<char> line) => line is ['.'] || line.StartsWith("From ", StringComparison.Ordinal);

    /// <summary>Octets that <see cref="Encode(string)"/> is about to need, without soft breaks: enough to choose an encoding.</summary>
    internal static long EstimateLength(string text)
    {
        long length = 0;
        foreach (var rune in text.EnumerateRunes())
            length += rune.Value is >= 32 and <= 126 and not '=' or '\n' or '\r' or '\t' ? 1 : rune.Utf8SequenceLength * 3;
        return length;
    }
}
