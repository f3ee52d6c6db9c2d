namespace DigestService.Mail.Mime;

/// <summary>Undoes base64 and quoted-printable (RFC 2045 6), taking what is broken for what it most likely was.</summary>
internal static class TransferDecoder
{
    /// <summary>The octets of a body; as they are where its encoding is another one or none.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> body, string? encoding) =>
        encoding?.Trim().ToLowerInvariant() switch
        {
            "base64" => DecodeBase64(body.Span),
            "quoted-printable" => DecodeQuotedPrintable(body.Span, isHeader: false),
            _ => body,
        };

    /// <summary>Every character of the alphabet counts, everything else is passed over; padding ends a run.</summary>
    public static byte[] DecodeBase64(ReadOnlySpan<byte> text)
    {
        var octets = new byte[text.Length / 4 * 3 + 3];
        var length = 0;
        int bits = 0, count = 0;
        foreach (var c in text)
        {
            var value = Value(c);
            if (c == '=')
            {
                // Two runs after each other: what is left of the first is dropped, as padding says.
                (bits, count) = (0, 0);
                continue;
            }

            if (value < 0)
                continue;
            bits = bits << 6 | value;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                octets[length++] = (byte)(bits >> count);
                bits &= (1 << count) - 1;
            }
        }

        return octets[..length];
    }

    /// <summary>An equals sign that begins nothing stands for itself. In a header an underscore is a space.</summary>
    public static byte[] DecodeQuotedPrintable(ReadOnlySpan<byte> text, bool isHeader)
    {
        var octets = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '_' && isHeader)
            {
                octets[length++] = (byte)' ';
            }
            else if (c != '=')
            {
                octets[length++] = c;
            }
            else if (i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                octets[length++] = (byte)(Digit(text[i + 1]) << 4 | Digit(text[i + 2]));
                i += 2;
            }
            else
            {
                var skipped = SoftBreak(text[(i + 1)..]);
                if (skipped == 0)
                    octets[length++] = c;
                i += skipped;
            }
        }

        return octets[..length];
    }

    // Spaces between the equals sign and the newline were added on the way; they are few.
    private static int SoftBreak(ReadOnlySpan<byte> rest)
    {
        var i = 0;
        while (i < rest.Length && i < 100 && rest[i] is (byte)' ' or (byte)'\t' or (byte)'\r')
            i++;
        return i < rest.Length && rest[i] == '\n' ? i + 1 : i == rest.Length ? i : 0;
    }

    private static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    private static int Value(byte c) => c switch
    {
        >= (byte)'A' and <= (byte)'Z' => c - 'A',
        >= (byte)'a' and <= (byte)'z' => c - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => c - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => -1,
    };
}
