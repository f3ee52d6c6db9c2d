using DigestService.Relevance.Search;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// The sentences of an abstract with what each means, embedded once however many queries and papers it is held against. The
/// closest one is what a reader is shown as the reason why a paper is close in meaning.
/// </summary>
internal sealed class AbstractSentences
{
    private const int MostSentences = 20;
    // Shorter ones are headings and numbers that were taken for sentences.
    private const int FewestCharacters = 25;
    // Longer ones are abstracts without a full stop; the model reads the beginning alone.
    private const int MostCharacters = 1_000;

    private readonly IReadOnlyList<(string Text, float[] Vector)> _sentences;

    private AbstractSentences(IReadOnlyList<(string Text, float[] Vector)> sentences) => _sentences = sentences;

    /// <summary>Embeds each sentence of an abstract, some milliseconds each; what the model cannot read is left out.</summary>
    public static AbstractSentences Embed(string? summary, SentenceModel model)
    {
        var sentences = new List<(string Text, float[] Vector)>();
        foreach (var text in Cut(summary))
            if (model.TryEmbedQuery(text) is { } vector)
                sentences.Add((text, vector));
        return new(sentences);
    }

    /// <summary>The sentence closest to a vector of the same model; null where there is none.</summary>
    public string? ClosestTo(float[] vector)
    {
        var comparable = _sentences.Where(sentence => sentence.Vector.Length == vector.Length).ToList();
        return comparable.Count == 0 ? null : comparable.MaxBy(sentence => VectorMath.Dot(sentence.Vector, vector)).Text;
    }

    /// <summary>The sentences of an abstract, without those that are hardly any.</summary>
    internal static IReadOnlyList<string> Cut(string? text) =>
        [.. Sentences(text ?? "").Select(sentence => Beginning(sentence.Trim())).Where(sentence => sentence.Length >= FewestCharacters).Take(MostSentences)];

    // Half a surrogate pair cannot be stored.
    private static string Beginning(string sentence) => sentence.Length <= MostCharacters
        ? sentence
        : sentence[..(char.IsHighSurrogate(sentence[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)].TrimEnd();

    // After a full stop and white space a sentence begins with a capital, a figure or a bracket: "e.g. the" is none.
    private static IEnumerable<string> Sentences(string text)
    {
        var start = 0;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (!(text[i] is '。' or '！' or '？' || (text[i] is '.' or '!' or '?' && char.IsWhiteSpace(text[i + 1]) && BeginsSentence(text, i + 1))))
                continue;
            yield return text[start..(i + 1)];
            start = i + 1;
        }

        yield return text[start..];
    }

    private static bool BeginsSentence(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at < text.Length && (char.IsUpper(text[at]) || char.IsDigit(text[at]) || text[at] is '(' or '"' or '“');
    }
}
