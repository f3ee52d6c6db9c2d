using DigestService.Papers;
using DigestService.Relevance.Text;

namespace DigestService.Topics.Searching;

/// <summary>Identifiers in what people paste into a search box.</summary>
internal static class PastedNames
{
    private const int MostWords = 40;

    // Sites that show arXiv's papers under arXiv's identifiers.
    private static readonly string[] Mirrors = ["huggingface.co/papers/", "hf.co/papers/", "alphaxiv.org/abs/", "ar5iv.org/abs/", "ar5iv.labs.arxiv.org/html/", "paperswithcode.com/paper/"];

    private static readonly char[] Blanks = [' ', '\t', '\n', '\r'];
    private static readonly char[] Within = ['<', '>', '(', ')', '[', ']', '{', '}', '"', '“', '”', ',', ';'];
    private static readonly char[] Around = [.. Within, '.', ':', '!', '?'];

    /// <summary>The keys, as in <c>paper_keys</c>, of the identifiers in a text: arXiv's in any dress, and DOIs.</summary>
    public static IEnumerable<string> In(string text)
    {
        foreach (var word in Pieces(text))
        {
            if (ArxivId.TryParse(word, out var arxiv) || ArxivId.TryParse(AfterMirror(word), out arxiv))
                yield return WorkKeys.Of(arxiv);
            else if (Doi.TryParse(word, out var doi))
                yield return WorkKeys.Of(doi);
        }
    }

    /// <summary>The folded words of a text, without stop words.</summary>
    public static IEnumerable<string> WordsOf(string text) =>
        Tokenizer.Tokenize(text).Select(token => token.Word).Where(word => !StopWords.Contains(word));

    // Brackets and the like stand around an identifier, and in DOIs of some publishers within: 10.1016/s0140-6736(20)30183-5.
    private static IEnumerable<string> Pieces(string text)
    {
        foreach (var piece in text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries).Take(MostWords))
        {
            yield return piece.TrimEnd('.', ',', ';', ':', '!', '?');
            yield return piece.Trim(Around);
            foreach (var part in piece.Split(Within, StringSplitOptions.RemoveEmptyEntries).Take(MostWords))
                yield return part.TrimEnd('.', ':', '!', '?');
        }
    }

    private static string? AfterMirror(string word)
    {
        foreach (var mirror in Mirrors)
            if (word.IndexOf(mirror, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
                return word[(at + mirror.Length)..];
        return null;
    }
}
