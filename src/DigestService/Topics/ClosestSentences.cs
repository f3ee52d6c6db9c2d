using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;

namespace DigestService.Topics;

/// <summary>
/// Finds, for each paper that is only close to a query in meaning, the sentence of its abstract that is closest: what a
/// reader is shown as the reason. Each abstract is cut and embedded once, however many queries it is close to.
/// </summary>
internal sealed class ClosestSentences(Database database, SentenceEncoder encoder)
{
    private const int RowsAtOnce = 1_000;
    private const int MostSentences = 20;
    // Shorter ones are headings and numbers that were taken for sentences.
    private const int FewestCharacters = 25;

    /// <summary>Finds all that are missing.</summary>
    public async Task FindDueAsync(CancellationToken ct)
    {
        while (encoder.ModelName is { } model)
        {
            var rows = await database.QueryAsync<DueRow>(QueryVectorQueries.WithoutSentence, new { model, limit = RowsAtOnce }, ct);
            if (rows.Count == 0)
                return;
            using var lease = encoder.Borrow();
            if (lease is null)
                return;
            var sentences = rows.GroupBy(row => row.PaperId).SelectMany(paper => Closest([.. paper], lease.Model, ct)).ToList();
            await database.ExecuteAsync(
                QueryVectorQueries.RememberSentences,
                new
                {
                    queries = sentences.ConvertAll(found => found.Row.QueryId).ToArray(),
                    papers = sentences.ConvertAll(found => found.Row.PaperId).ToArray(),
                    sentences = sentences.ConvertAll(found => found.Sentence).ToArray(),
                },
                ct);
        }
    }

    /// <summary>The sentences of an abstract, without those that are hardly any.</summary>
    internal static IReadOnlyList<string> Cut(string? text) =>
        [.. Sentences(text ?? "").Select(sentence => sentence.Trim()).Where(sentence => sentence.Length >= FewestCharacters).Take(MostSentences)];

    // Nothing where there is no abstract, so that it is not asked for again.
    private static IEnumerable<(DueRow Row, string Sentence)> Closest(IReadOnlyList<DueRow> paper, SentenceModel model, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var sentences = Cut(paper[0].Abstract).Select(sentence => (Text: sentence, Vector: model.TryEmbedQuery(sentence)))
            .Where(sentence => sentence.Vector is not null).ToList();
        foreach (var row in paper)
        {
            var wanted = VectorOctets.Read(row.Vector ?? []);
            yield return (row, wanted.Length == model.Dimensions && sentences.Count > 0
                ? sentences.MaxBy(sentence => VectorMath.Dot(sentence.Vector, wanted)).Text
                : "");
        }
    }

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

    private sealed record DueRow
    {
        public required long QueryId { get; init; }

        public required long PaperId { get; init; }

        public string? Abstract { get; init; }

        public byte[]? Vector { get; init; }
    }
}
