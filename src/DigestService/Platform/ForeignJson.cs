using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace DigestService.Platform;

/// <summary>
/// JSON from outside, in which no name and no text throws when it is read: <see cref="JsonElement"/> does so, at the first look for
/// any name, over an escaped half of a surrogate pair and over octets that are no UTF-8, both of which parsing lets pass.
/// </summary>
internal static class ForeignJson
{
    private const int EscapeLength = 6;

    /// <summary>Parses a document. Halves of surrogate pairs, which are no characters, are left out.</summary>
    /// <exception cref="JsonException">It is no JSON, or not in UTF-8.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> octets, int maxDepth = 64) => Utf8.IsValid(octets.Span)
        ? JsonDocument.Parse(WithoutHalves(octets), new JsonDocumentOptions { MaxDepth = maxDepth })
        : throw new JsonException("The document is not in UTF-8.");

    /// <summary>The same document without escapes of half a surrogate pair.</summary>
    public static ReadOnlyMemory<byte> WithoutHalves(ReadOnlyMemory<byte> octets)
    {
        var json = octets.Span;
        var kept = new List<byte>();
        var copied = 0;
        for (var at = json.IndexOf((byte)'\\'); at >= 0; at = Next(json, at))
        {
            if (!json[at..].StartsWith("\\u"u8))
                continue;
            // A broken escape is no JSON, as the parser will say; without a half behind it, it could become one.
            if (!TryRead(json, at, out var unit))
                return octets;
            if (char.IsHighSurrogate(unit) && TryRead(json, at + EscapeLength, out var low) && char.IsLowSurrogate(low))
                at += EscapeLength;
            else if (char.IsSurrogate(unit))
            {
                kept.AddRange(json[copied..at]);
                copied = at + EscapeLength;
            }
        }

        if (copied == 0)
            return octets;
        kept.AddRange(json[copied..]);
        return kept.ToArray();
    }

    // The next escape after the one at this place; what an escape escapes begins none.
    private static int Next(ReadOnlySpan<byte> json, int at)
    {
        var rest = Math.Min(at + 2, json.Length);
        var found = json[rest..].IndexOf((byte)'\\');
        return found < 0 ? -1 : rest + found;
    }

    // The \uXXXX at this place.
    private static bool TryRead(ReadOnlySpan<byte> json, int at, out char unit)
    {
        unit = '\0';
        if (at + EscapeLength > json.Length || !json[at..].StartsWith("\\u"u8)
            || !ushort.TryParse(json.Slice(at + 2, EscapeLength - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        unit = (char)value;
        return true;
    }
}
