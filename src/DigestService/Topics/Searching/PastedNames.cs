using DigestService.Papers;
using DigestService.Relevance.Text;

namespace DigestService.Topics.Searching;

/// <summary>Identifiers in what people paste into a search box.</summary>
internal static class PastedNames
{
    private const int MostWords = 40;

    // Sites that show arXiv's papers under arXiv's identifiers.
    private static readonly string[] Mirrors = ["huggingface.co/papers/", "hf.co/papers/", "alphaxiv.org/abs/", "ar5iv.org/abs/", "ar5iv.labs.arxiv.org/html/", "paperswithcode.com/paper/"];

    /// <summary>The keys, as in <c>paper_keys</c>, of the identifiers in a text: arXiv's in any dress, and DOIs.</summary>
    public static IEnumerable<string> In(string text) => Pieces(text).Take(MostWords).Select(KeyOf).OfType<string>();

    /// <summary>A text cut where no identifier goes on.</summary>
    public static string[] Pieces(string text) =>
        text.Split((char[])[' ', '\t', '\n', '\r', '<', '>', '(', ')', '[', ']', '{', '}', '"', '“', '”', ',', ';'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The key of the identifier that a piece is; null where it is none.</summary>
    public static string? KeyOf(string piece)
    {
        var word = piece.TrimEnd('.', ':', '!', '?');
        if (ArxivId.TryParse(word, out var arxiv) || ArxivId.TryParse(AfterMirror(word), out arxiv))
            return WorkKeys.Of(arxiv);
        return Doi.TryParse(word, out var doi) ? WorkKeys.Of(doi) : null;
    }

    /// <summary>The folded words of a text, without stop words.</summary>
    public static IEnumerable<string> WordsOf(string text) =>
        Tokenizer.Tokenize(text).Select(token => token.Word).Where(word => !StopWords.Contains(word));

    private static string? AfterMirror(string word)
    {
        foreach (var mirror in Mirrors)
            if (word.IndexOf(mirror, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
                return word[(at + mirror.Length)..];
        return null;
    }
}
