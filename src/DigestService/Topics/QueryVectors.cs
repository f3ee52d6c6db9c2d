using System.Collections.Concurrent;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;

namespace DigestService.Topics;

/// <summary>The queries' vectors as they are stored, kept in memory as they are (768 octets each), for a query never changes.</summary>
internal sealed class QueryVectors(Database database, StoredVectors stored)
{
    private ConcurrentDictionary<long, Half[]> _held = new();
    private string? _model;

    /// <summary>The queries with their vectors, those that have one.</summary>
    public async Task<IReadOnlyList<StandingQuery>> AttachAsync(IReadOnlyList<StandingQuery> queries, CancellationToken ct)
    {
        if (await stored.ModelAsync(ct) is not { } model)
            return queries;
        if (_model != model)
            (_model, _held) = (model, new());
        var held = _held;
        var missing = queries.Select(query => query.Id).Where(id => !held.ContainsKey(id)).ToArray();
        if (missing.Length > 0)
            foreach (var row in await database.QueryAsync<VectorRow>(QueryVectorQueries.ByQuery, new { model, queries = missing }, ct))
                held[row.QueryId] = VectorOctets.ReadHalves(row.Vector);
        return [.. queries.Select(query => held.TryGetValue(query.Id, out var vector) ? query with { Vector = vector } : query)];
    }

    private sealed record VectorRow
    {
        public required long QueryId { get; init; }

        public required byte[] Vector { get; init; }
    }
}
