using System.Buffers;
using System.Globalization;
using System.Text;
using DigestService.Mail.Mime;

namespace DigestService.Mails;

/// <summary>
/// Writes HTML as lines of ASCII that travel unencoded: what is beyond ASCII becomes a character reference, and long lines
/// are broken where a space stands, which HTML reads as the same. Control characters, which HTML does not allow, are dropped. Nothing is carried from line to line, so that pieces of
/// whole lines can be encoded once and copied after each other.
/// </summary>
internal static class AsciiHtml
{
    private const int LineLength = 200; // A fifth of what RFC 5322 2.1.1 allows. Each break costs an octet.

    /// <summary>Encodes whole lines and returns the length of the longest one written. A line grows long only for want of a space.</summary>
    public static int Encode(ReadOnlySpan<char> lines, IBufferWriter<byte> output)
    {
        var longest = 0;
        foreach (var range in lines.Split('\n'))
        {
            var line = lines[range].TrimEnd('\r');
            if (range.End.Value == lines.Length && line.IsEmpty)
                break;
            longest = Math.Max(longest, EncodeLine(line, output));
        }

        return longest;
    }

    private static int EncodeLine(ReadOnlySpan<char> line, IBufferWriter<byte> output)
    {
        var octets = ArrayPool<byte>.Shared.Rent((line.Length * 10) + 10);
        try
        {
            return Wrap(octets.AsSpan(0, Spell(line, octets)), output);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    private static int Spell(ReadOnlySpan<char> line, Span<byte> octets)
    {
        var length = 0;
        if (PrintableAscii.IsAll(line))
        {
            length = Encoding.ASCII.GetBytes(line, octets);
        }
        else
        {
            foreach (var rune in line.EnumerateRunes())
            {
                if (rune.Value is (>= ' ' and <= '~') or '\t')
                    octets[length++] = (byte)rune.Value;
                else if (rune.Value == '\r')
                    octets[length++] = (byte)' ';
                else if (!Rune.IsControl(rune))
                    length += Reference(rune.Value, octets[length..]);
            }
        }

        if (!IsShielded(octets[..length]))
            return length;

        // The first letter is spelled out: such a line would mean something on the way.
        Span<byte> first = stackalloc byte[10];
        var spelled = Reference(octets[0], first);
        octets[1..length].CopyTo(octets[spelled..]);
        first[..spelled].CopyTo(octets);
        return length - 1 + spelled;
    }

    private static int Reference(int letter, Span<byte> octets)
    {
        "&#"u8.CopyTo(octets);
        letter.TryFormat(octets[2..], out var digits, default, CultureInfo.InvariantCulture);
        octets[2 + digits] = (byte)';';
        return digits + 3;
    }

    private static int Wrap(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var longest = 0;
        while (line.Length > LineLength && FindBreak(line) is > 0 and var end)
        {
            output.Write(line[..end]);
            output.Write("\r\n"u8);
            longest = Math.Max(longest, end);
            line = line[(end + 1)..];
        }

        output.Write(line);
        output.Write("\r\n"u8);
        return Math.Max(longest, line.Length);
    }

    // The last space within the length, else the first one behind it; 0 where there is none. A style's 'Font Name' stays whole.
    private static int FindBreak(ReadOnlySpan<byte> line)
    {
        var found = 0;
        var isQuoted = false;
        for (var at = 0; at < line.Length && (at <= LineLength || found == 0); at++)
        {
            if (line[at] == '\'')
                isQuoted = !isQuoted;
            else if (line[at] == ' ' && at > 0 && !isQuoted && !IsShielded(line[..at]) && !IsShielded(line[(at + 1)..]))
                found = at;
        }

        return found;
    }

    // Two hyphens begin a boundary, "From " is changed by mailbox files, and a lone dot ends a mail.
    private static bool IsShielded(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("--"u8) || rest.StartsWith("From "u8) || rest is [(byte)'.'];
}
