using DigestService.Platform;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// Finds, for each two papers that are close in meaning, the sentence of the similar one's abstract that is closest to the
/// other: what the other's page shows as the reason. An abstract is cut and embedded once for all papers it is similar to.
/// </summary>
internal sealed class SimilarSentences(Database database, SentenceEncoder encoder)
{
    // Some five seconds of one thread; what is found is written after each.
    private const int RowsAtOnce = 200;

    /// <summary>Finds what is missing, the newest papers first, in at most so many abstracts: some 30 ms each.</summary>
    public async Task FindDueAsync(int mostAbstracts, CancellationToken ct)
    {
        var done = 0;
        while (done < mostAbstracts && encoder.ModelName is { } model)
        {
            var rows = await database.QueryAsync<DueRow>(EmbeddingQueries.SimilarWithoutSentence, new { model, limit = RowsAtOnce }, ct);
            if (rows.Count == 0)
                return;
            using var lease = encoder.Borrow();
            if (lease?.Model.Name != model)
                return;
            var abstracts = rows.GroupBy(row => row.SimilarId).Take(mostAbstracts - done).ToList();
            await RememberAsync(model, abstracts.SelectMany(similar => Closest([.. similar], lease.Model, ct)).ToList(), ct);
            done += abstracts.Count;
        }
    }

    // Nothing where there is no abstract, so that it is not asked for again.
    private static IEnumerable<(DueRow Row, string Sentence)> Closest(IReadOnlyList<DueRow> similar, SentenceModel model, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var sentences = AbstractSentences.Embed(similar[0].Abstract, model);
        return similar.Select(row => (row, sentences.ClosestTo(VectorOctets.Read(row.Vector)) ?? ""));
    }

    private Task<int> RememberAsync(string model, List<(DueRow Row, string Sentence)> found, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync(EmbeddingQueries.LockSimilar, null, ct);
            return await connection.ExecuteAsync(
                EmbeddingQueries.RememberSimilarSentences,
                new
                {
                    model,
                    papers = found.ConvertAll(pair => pair.Row.PaperId).ToArray(),
                    paperVersions = found.ConvertAll(pair => pair.Row.PaperVersion).ToArray(),
                    others = found.ConvertAll(pair => pair.Row.SimilarId).ToArray(),
                    otherVersions = found.ConvertAll(pair => pair.Row.SimilarVersion).ToArray(),
                    sentences = found.ConvertAll(pair => pair.Sentence).ToArray(),
                },
                ct);
        },
        ct);

    private sealed record DueRow
    {
        public required long PaperId { get; init; }

        public required long PaperVersion { get; init; }

        public required byte[] Vector { get; init; }

        public required long SimilarId { get; init; }

        public required long SimilarVersion { get; init; }

        public string? Abstract { get; init; }
    }
}
