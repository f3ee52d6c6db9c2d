using System.Collections;
using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>The header fields of a part in their order: names as written, values unfolded and decoded (RFC 2047).</summary>
public sealed class MimeHeaders : IReadOnlyList<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _fields;

    private MimeHeaders(List<KeyValuePair<string, string>> fields) => _fields = fields;

    /// <inheritdoc/>
    public int Count => _fields.Count;

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => _fields[index];

    /// <summary>The first value of that name, or null.</summary>
    public string? First(string name)
    {
        foreach (var (fieldName, value) in _fields)
        {
            if (string.Equals(fieldName, name, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return null;
    }

    /// <summary>All values of that name.</summary>
    public IEnumerable<string> All(string name) =>
        _fields.Where(field => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _fields.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Reads blocks of fields as a delivery report holds them (RFC 3464 2.1): the first describes the mail, each
    /// further one a recipient. Empty lines separate them.
    /// </summary>
    public static IReadOnlyList<MimeHeaders> ReadBlocks(ReadOnlyMemory<byte> content, MimeLimits? limits = null)
    {
        limits ??= MimeLimits.Default;
        var blocks = new List<MimeHeaders>();
        var isDecoded = false;
        while (!content.IsEmpty && blocks.Count < limits.MaxParts)
        {
            var block = Read(content, limits, out var next);
            if (block.Count > 0)
                blocks.Add(block);
            // Text that is no field ends a block without having used anything: step over its line.
            if (next == 0)
                next = content.Span.IndexOf((byte)'\n') + 1;
            if (next == 0)
                break;
            content = content[next..];
            // Office 365 puts this field into the first block and encodes all that follow it.
            if (!isDecoded && block.First("Content-Transfer-Encoding") is { } encoding)
            {
                isDecoded = true;
                content = TransferDecoder.Decode(content, encoding);
            }
        }

        return blocks;
    }

    /// <summary>What some programs put before the first header.</summary>
    internal static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads fields up to the empty line, or up to the first line that cannot be part of a header.</summary>
    internal static MimeHeaders Read(ReadOnlyMemory<byte> octets, MimeLimits limits, out int bodyStart)
    {
        var fields = new List<KeyValuePair<string, string>>();
        var span = octets.Span;
        var position = span.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        while (position < span.Length)
        {
            if (IsEmptyLine(span[position..], out var newline))
            {
                position += newline;
                break;
            }

            var end = FieldEnd(span, position);
            var field = span[position..end];
            var colon = field.IndexOf((byte)':');
            if (colon > 0 && IsName(field[..colon]))
            {
                if (fields.Count < limits.MaxHeaders)
                    fields.Add(Decode(field[..Math.Min(field.Length, limits.MaxHeaderBytes)], colon));
            }
            else if (fields.Count == 0 || !IsFieldOrEnd(span[end..]))
            {
                break;
            }

            position = end;
        }

        bodyStart = position;
        return new MimeHeaders(fields);
    }

    private static KeyValuePair<string, string> Decode(ReadOnlySpan<byte> field, int colon)
    {
        var name = Encoding.Latin1.GetString(field[..colon]).Trim();
        return KeyValuePair.Create(name, EncodedWordReader.Decode(Unfold(colon < field.Length ? field[(colon + 1)..] : default)));
    }

    // Each fold becomes one space; NUL and other control characters go.
    private static string Unfold(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in Charsets.DecodeGuessing(value))
        {
            if (c is '\r' or '\n')
                continue;
            text.Append(c == '\t' ? ' ' : char.IsControl(c) ? '\uFFFD' : c);
        }

        return text.ToString().Trim();
    }

    private static int FieldEnd(ReadOnlySpan<byte> span, int start)
    {
        var position = start;
        while (true)
        {
            var newline = span[position..].IndexOf((byte)'\n');
            if (newline < 0)
                return span.Length;
            position += newline + 1;
            if (position >= span.Length || span[position] is not ((byte)' ' or (byte)'\t') || IsBlankLine(span[position..]))
                return position;
        }
    }

    private static bool IsEmptyLine(ReadOnlySpan<byte> rest, out int length)
    {
        length = rest.StartsWith("\r\n"u8) ? 2 : rest is [(byte)'\n', ..] ? 1 : 0;
        return length > 0;
    }

    // A continuation of nothing but white space: some gateways make the empty line look so.
    private static bool IsBlankLine(ReadOnlySpan<byte> rest)
    {
        var newline = rest[..Math.Min(rest.Length, 100)].IndexOf((byte)'\n');
        return newline >= 0 && rest[..newline].Trim(" \t\r"u8).IsEmpty;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        name = name.TrimEnd(" \t"u8);
        return name.Length is > 0 and <= 100 && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    // A line that is no field, with a field or the empty line after it, is a fold whose white space got lost.
    private static bool IsFieldOrEnd(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || IsEmptyLine(rest, out _))
            return true;
        var start = rest[..Math.Min(rest.Length, 101)];
        var colon = start.IndexOf((byte)':');
        return colon > 0 && IsName(start[..colon]);
    }
}
