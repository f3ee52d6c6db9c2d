using System.Text;
using DigestService.Mail;
using DigestService.Mail.Mime;

namespace DigestService.Subscribers;

/// <summary>
/// The addresses that stand in a mail, as they are or in an encoding of mails or links, so that the mails that name an erased
/// reader are found by an index.
/// </summary>
internal static class NamedAddresses
{
    /// <summary>A mail that may name more addresses than this is read when somebody is erased.</summary>
    public const int Most = 300;

    // A hostile mail is put together of beginnings of addresses.
    private const int MostTried = 10_000;
    private const int MostWritten = 100_000;
    private const int LongestLocalPart = 64;
    private const int LongestDomain = 253;

    /// <summary>The keys of all addresses in a mail; null where there may be more than <see cref="Most"/>, or it is too much to look through.</summary>
    public static IReadOnlyCollection<string>? In(byte[] raw)
    {
        var search = new Search();
        return TextsOf(raw).All(search.AddFrom) ? search.Keys : null;
    }

    /// <summary>Whether an address of these keys stands in a mail, or in what was written down of it.</summary>
    public static bool IsNamed(byte[]? raw, string? subject, string? excerpt, IReadOnlyCollection<string> keys) =>
        Hold(subject, keys) || Hold(excerpt, keys) || (raw is not null && TextsOf(raw).Any(text => Hold(text, keys)));

    // Text of every charset comes out as text.
    private static IEnumerable<string> TextsOf(byte[] raw) => MimeReader.Read(raw).Walk()
        .SelectMany(part => part.Headers.Select(header => header.Value).Concat(part.Children.Count == 0 ? [part.Text()] : []))
        .Prepend(Encoding.Latin1.GetString(raw));

    private static bool Hold(string? text, IReadOnlyCollection<string> keys) => text is not null && keys.Any(key =>
        text.Contains(key, StringComparison.OrdinalIgnoreCase) || text.Contains(Uri.EscapeDataString(key), StringComparison.OrdinalIgnoreCase));

    // Of "to=ada@…" and "*ada@…" the address may begin behind each mark; a point or a hyphen between letters is the address's own.
    // Chinese stands before an address without a space.
    private static IEnumerable<int> Beginnings(string text, int start, int at)
    {
        for (var first = start; first < at; first++)
        {
            if (first == start || !char.IsLetterOrDigit(text[first - 1]) && !IsWithin(text, start, first - 1) || char.IsAscii(text[first]) && !char.IsAscii(text[first - 1]))
                yield return first;
        }
    }

    private static bool IsWithin(string text, int start, int mark) => text[mark] is '.' or '-' or '_' or '+' && mark > start && char.IsLetterOrDigit(text[mark - 1]);

    private static IEnumerable<string> Domains(string text)
    {
        yield return text.TrimEnd('.', '-');
        var ascii = text.AsSpan().IndexOfAnyExceptInRange('\0', '\x7f');
        if (ascii > 0)
            yield return text[..ascii].TrimEnd('.', '-');
    }

    private static bool IsOfLocalPart(char letter) => char.IsLetterOrDigit(letter) || letter > 0x7f && !char.IsWhiteSpace(letter) || "!#$%&'*+-/=?^_`{|}~.".Contains(letter, StringComparison.Ordinal);

    private sealed class Search
    {
        private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
        private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
        private int _written;

        public IReadOnlyCollection<string> Keys => _keys;

        /// <summary>Adds the addresses of a text; false where there are too many, or too many beginnings of some.</summary>
        public bool AddFrom(string text) =>
            AddPlain(text) && (!text.Contains("%40", StringComparison.Ordinal) || AddPlain(Uri.UnescapeDataString(text)));

        private bool AddPlain(string text)
        {
            for (var at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
            {
                var (start, end) = (at, at + 1);
                while (start > 0 && at - start < LongestLocalPart && IsOfLocalPart(text[start - 1]))
                    start--;
                while (end < text.Length && end - at <= LongestDomain && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '-'))
                    end++;
                foreach (var first in Beginnings(text, start, at))
                {
                    foreach (var domain in Domains(text[(at + 1)..end]))
                    {
                        var written = $"{text[first..at]}@{domain}";
                        _written++;
                        if (_tried.Add(written) && EmailAddress.TryParse(written, out var address))
                            _keys.Add(address.Key);
                    }
                }

                if (_keys.Count > Most || _tried.Count > MostTried || _written > MostWritten)
                    return false;
            }

            return true;
        }
    }
}
