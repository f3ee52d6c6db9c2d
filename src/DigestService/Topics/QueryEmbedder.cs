using DigestService.Platform;
using DigestService.Relevance.Embeddings;

namespace DigestService.Topics;

/// <summary>Gives each distinct query its vector. Processes without the model match by what is stored here.</summary>
internal sealed class QueryEmbedder(Database database, SentenceEncoder encoder)
{
    private const int BatchSize = 256;

    private string? _forgottenBut;

    /// <summary>Embeds the queries that have no vector; answers how many there were.</summary>
    public async Task<int> EmbedDueAsync(CancellationToken ct)
    {
        if (encoder.ModelName is not { } model)
            return 0;
        var done = 0;
        while (true)
        {
            var queries = await database.QueryAsync<DueRow>(QueryVectorQueries.Due, new { model, limit = BatchSize }, ct);
            if (queries.Count == 0)
                return done;
            using var lease = encoder.Borrow();
            if (lease?.Model.Name != model)
                return done;
            var ids = queries.Select(query => query.Id).ToArray();
            var written = (await database.QueryAsync<WrittenRow>(QueryVectorQueries.Written, new { queries = ids }, ct)).ToDictionary(row => row.QueryId, row => row.Text);
            var vectors = queries.Select(query => VectorOf(query with { Text = written.GetValueOrDefault(query.Id) }, lease.Model, ct)).ToArray();
            await database.InTransactionAsync(
                async connection =>
                {
                    await connection.ExecuteAsync(CatalogueQueries.LockMatching, null, ct);
                    return await connection.ExecuteAsync(QueryVectorQueries.Insert, new { model, queries = ids, vectors }, ct);
                },
                ct);
            done += queries.Count;
        }
    }

    /// <summary>To be called when nothing waits any more: vectors of a former model are of no use then. Once a process is enough.</summary>
    public async Task ForgetOtherModelsAsync(CancellationToken ct)
    {
        if (encoder.ModelName is not { } model || _forgottenBut == model)
            return;
        await database.ExecuteAsync(QueryVectorQueries.ForgetOtherModels, new { model }, ct);
        _forgottenBut = model;
    }

    private static byte[] VectorOf(DueRow query, SentenceModel model, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return query.Meaning() is { } text && model.TryEmbedQuery(text) is { } vector ? VectorOctets.From(vector) : [];
    }

    private sealed record WrittenRow
    {
        public required long QueryId { get; init; }

        public required string Text { get; init; }
    }

    private sealed record DueRow
    {
        public required long Id { get; init; }

        public required string Canonical { get; init; }

        public string? Topic { get; init; }

        public string? Text { get; init; }

        // What a reader wrote keeps the order of the words, which the canonical form does not.
        public string? Meaning() => TopicQuery.TryParse(Text ?? Canonical, out var query, out _) || TopicQuery.TryParse(Canonical, out query, out _)
            ? QueryMeaning.TextOf(query) is { } meaning ? Topic ?? meaning : null
            : null;
    }
}
