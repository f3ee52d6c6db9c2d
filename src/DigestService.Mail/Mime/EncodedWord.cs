using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>Encoded words (RFC 2047): text beyond ASCII in a header, in whichever of B and Q is shorter.</summary>
internal static class EncodedWord
{
    /// <summary>Longest encoded word the RFC allows; a line that holds one has at most one octet more.</summary>
    public const int MaxLength = 75;
    private const int Overhead = 12;

    /// <summary>Splits a text into encoded words, never inside a character, the first of at most <paramref name="firstLength"/> octets.</summary>
    public static IEnumerable<string> Encode(string text, int firstLength)
    {
        var useQ = text.EnumerateRunes().Sum(QLength) <= (Encoding.UTF8.GetByteCount(text) + 2) / 3 * 4;
        var room = Math.Max(firstLength, Overhead + 16) - Overhead;
        var word = new StringBuilder();
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var added = useQ ? QLength(rune) : rune.Utf8SequenceLength;
            if ((useQ ? length + added : (length + added + 2) / 3 * 4) > room)
            {
                yield return Wrap(word.ToString(), useQ);
                word.Clear();
                length = 0;
                room = MaxLength - Overhead;
            }

            word.Append(rune.ToString());
            length += added;
        }

        yield return Wrap(word.ToString(), useQ);
    }

    private static string Wrap(string text, bool useQ) =>
        useQ
            ? $"=?utf-8?Q?{string.Concat(text.EnumerateRunes().Select(ToQ))}?="
            : $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";

    private static int QLength(Rune rune) => rune.Value == ' ' || IsQLiteral(rune) ? 1 : rune.Utf8SequenceLength * 3;

    private static string ToQ(Rune rune)
    {
        if (rune.Value == ' ')
            return "_";
        if (IsQLiteral(rune))
            return rune.ToString();
        Span<byte> utf8 = stackalloc byte[4];
        var encoded = new StringBuilder();
        foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)])
            encoded.Append('=').Append(octet.ToString("X2", null));
        return encoded.ToString();
    }

    // The set that is safe in a phrase, the strictest of the places where an encoded word may stand (RFC 2047 5.3).
    private static bool IsQLiteral(Rune rune) =>
        rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '!' or '*' or '+' or '-' or '/');
}
