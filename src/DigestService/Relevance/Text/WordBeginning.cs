namespace DigestService.Relevance.Text;

/// <summary>Words asked for by their beginning: "neuro*"; "A*" is a word of its own.</summary>
internal static class WordBeginning
{
    private const int Shortest = 2;

    /// <summary>The letters that the words begin with, folded; null for any other text.</summary>
    public static string? Of(string text) =>
        text.Length > Shortest && text[^1] == '*' && text.AsSpan(0, text.Length - 1).IndexOf('*') < 0
        && Tokenizer.Tokenize(text[..^1]) is [{ Start: 0 } only] && only.End == text.Length - 1
            ? only.Word.ToLowerInvariant()
            : null;
}
