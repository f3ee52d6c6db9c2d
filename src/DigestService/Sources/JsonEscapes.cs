using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DigestService.Sources;

/// <summary>JSON strings that escape half of a surrogate pair, which the base library does not read.</summary>
internal static class JsonEscapes
{
    /// <summary>The text of a JSON string, its quotes taken off, without halves of pairs.</summary>
    /// <exception cref="JsonException">The octets are not UTF-8.</exception>
    public static string Lenient(ReadOnlySpan<byte> written)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(written);
        }
        catch (DecoderFallbackException broken)
        {
            throw new JsonException("The string is not UTF-8.", broken);
        }

        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
                plain.Append(text[at]);
            else
                at = Unescape(text, at + 1, plain);
        }

        return Papers.PeopleText.Storable(plain.ToString());
    }

    // The reader has seen that the escapes are well formed.
    private static int Unescape(string text, int at, StringBuilder plain)
    {
        if (text[at] == 'u')
        {
            plain.Append((char)ushort.Parse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            return at + 4;
        }

        plain.Append(text[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var same => same });
        return at;
    }
}
