using System.Buffers;
using System.Text;

namespace DigestService.Mail.Dkim;

/// <summary>A header field as it stands in a mail, and its relaxed form (RFC 6376 3.4.2).</summary>
internal readonly struct DkimHeader
{
    private readonly byte[] _field;
    private readonly int _colon;

    private DkimHeader(byte[] field, int colon)
    {
        _field = field;
        _colon = colon;
    }

    /// <summary>Splits a header block into fields, each with its continuation lines.</summary>
    public static List<DkimHeader> Read(ReadOnlySpan<byte> block)
    {
        var fields = new List<DkimHeader>();
        while (!block.IsEmpty)
        {
            var end = FieldEnd(block);
            var field = block[..end];
            var colon = field.IndexOf((byte)':');
            if (colon > 0)
                fields.Add(new DkimHeader(field.ToArray(), colon));
            block = block[end..];
        }

        return fields;
    }

    public bool Is(string name) =>
        _colon == name.Length && Ascii.EqualsIgnoreCase(_field.AsSpan(0, _colon), name);

    /// <summary>Writes name in lower case, colon, value on one line with single spaces; no newline.</summary>
    public void WriteRelaxed(IBufferWriter<byte> output)
    {
        var text = output.GetSpan(_field.Length);
        var length = 0;
        foreach (var octet in _field.AsSpan(0, _colon).TrimEnd(" \t"u8))
            text[length++] = (byte)char.ToLowerInvariant((char)octet);
        text[length++] = (byte)':';
        var hasSpace = false;
        var valueStart = length;
        foreach (var octet in _field.AsSpan(_colon + 1))
        {
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                hasSpace = true;
                continue;
            }

            if (hasSpace && length > valueStart)
                text[length++] = (byte)' ';
            hasSpace = false;
            text[length++] = octet;
        }

        output.Advance(length);
    }

    private static int FieldEnd(ReadOnlySpan<byte> block)
    {
        var position = 0;
        while (true)
        {
            var newline = block[position..].IndexOf((byte)'\n');
            if (newline < 0)
                return block.Length;
            position += newline + 1;
            if (position >= block.Length || block[position] is not ((byte)' ' or (byte)'\t'))
                return position;
        }
    }
}
