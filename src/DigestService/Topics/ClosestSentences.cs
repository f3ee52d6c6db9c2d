using DigestService.Platform;
using DigestService.Relevance.Embeddings;

namespace DigestService.Topics;

/// <summary>
/// Finds, for each paper that is only close to a query in meaning, the sentence of its abstract that is closest: what a
/// reader is shown as the reason. Each abstract is cut and embedded once, however many queries it is close to.
/// </summary>
internal sealed class ClosestSentences(Database database, SentenceEncoder encoder)
{
    private const int RowsAtOnce = 1_000;

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

    // Nothing where there is no abstract, so that it is not asked for again.
    private static IEnumerable<(DueRow Row, string Sentence)> Closest(IReadOnlyList<DueRow> paper, SentenceModel model, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var sentences = AbstractSentences.Embed(paper[0].Abstract, model);
        foreach (var row in paper)
            yield return (row, sentences.ClosestTo(VectorOctets.Read(row.Vector ?? [])) ?? "");
    }

    private sealed record DueRow
    {
        public required long QueryId { get; init; }

        public required long PaperId { get; init; }

        public string? Abstract { get; init; }

        public byte[]? Vector { get; init; }
    }
}
