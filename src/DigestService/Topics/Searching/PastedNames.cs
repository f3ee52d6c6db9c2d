using DigestService.Papers;
using DigestService.Relevance.Text;

namespace DigestService.Topics.Searching;

/// <summary>Identifiers in what people paste into a search box.</summary>
internal static class PastedNames
{
    private const int MostWords = 40;

    private static readonly char[] Blanks = [' ', '\t', '\n', '\r'];
    private static readonly char[] Within = ['<', '>', '(', ')', '[', ']', '{', '}', '"', '“', '”', ',', ';'];
    private static readonly char[] Behind = ['?', '#'];
    private static readonly char[] Around = [.. Within, '.', ':', '!', '?'];

    /// <summary>The keys, as in <c>paper_keys</c>, of the identifiers in a text: arXiv's in any dress, and DOIs.</summary>
    public static IEnumerable<string> In(string text) =>
        Words(text).Take(MostWords).SelectMany(word => OfWhole(word).Concat(OfParts(word).Take(MostWords).Select(part => part.Key)));

    /// <summary>A word without the marks around it.</summary>
    public static string Bare(string word) => word.Trim(Around);

    /// <summary>A text cut at its blanks.</summary>
    public static string[] Words(string text) => text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The keys of the identifier that a word is as a whole, by one reading of its end or another; none where it is none.</summary>
    public static IEnumerable<string> OfWhole(string word) =>
        ((string?[])[KeyOf(word.TrimEnd('.', ',', ';', ':', '!', '?')), KeyOf(Bare(word))]).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>
    /// The identifiers within a word, as written and with their keys. Brackets and the like stand around an identifier, and in
    /// DOIs of some publishers within: of 10.1016/s0140-6736(20)30183-5 the whole counts.
    /// </summary>
    public static IEnumerable<(string Written, string Key)> OfParts(string word)
    {
        foreach (var part in word.Split(Within, StringSplitOptions.RemoveEmptyEntries))
            if (KeyOf(part.TrimEnd('.', ':', '!', '?')) is { } key)
                yield return (part, key);
    }

    /// <summary>The folded words of a text, without stop words.</summary>
    public static IEnumerable<string> WordsOf(string text) =>
        Tokenizer.Tokenize(text).Select(token => token.Word).Where(word => !StopWords.Contains(word));

    private static string? KeyOf(string word)
    {
        if (ArxivId.TryParse(word, out var arxiv))
            return WorkKeys.Of(arxiv);
        if (Doi.TryParse(word, out var doi))
            return WorkKeys.Of(doi);
        return EndsOfAddress(word).Any(end => ArxivId.TryParse(end, out arxiv)) ? WorkKeys.Of(arxiv) : null;
    }

    // Many sites show arXiv's papers at addresses that end in arXiv's identifier; an old one is two parts.
    private static IEnumerable<string> EndsOfAddress(string word)
    {
        string[] parts = word[..(word.IndexOfAny(Behind) is >= 0 and var end ? end : word.Length)].TrimEnd('/').Split('/');
        return parts.Length == 1 ? [] : [parts[^1], $"{parts[^2]}/{parts[^1]}"];
    }
}
