using System.Buffers.Binary;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// Gives each paper its vector: the newest first, in small batches, each written at once, so that stopping loses seconds
/// and several processes only do a little twice. A paper whose text has not changed is not embedded again.
/// </summary>
internal sealed class PaperEmbedder(Database database, SentenceEncoder encoder, StoredVectors stored, SimilarPapers similar) : IDisposable
{
    private const int BatchSize = 32;
    // As long as matches of readers' own queries are kept: what is older comes into no digest.
    private const int RecentDays = 90;

    private readonly SemaphoreSlim _one = new(1, 1);
    private (string Model, Instant Since)? _caughtUp;

    /// <summary>Papers that wait for their vector; zero where there is no model.</summary>
    public async Task<long> CountDueAsync(CancellationToken ct) => encoder.ModelName is { } model
        ? await database.QuerySingleOrDefaultAsync<long>(EmbeddingQueries.CountDue, new { model, since = Since(model) }, ct)
        : 0;

    /// <summary>
    /// Embeds what is due, at most <paramref name="limit"/> papers, telling <paramref name="progress"/> how many are done.
    /// Returns how many were looked at: fewer than the limit means that all is done.
    /// </summary>
    public async Task<int> EmbedDueAsync(int limit, IProgress<int>? progress, CancellationToken ct)
    {
        if (encoder.ModelName is not { } model)
            return 0;
        await _one.WaitAsync(ct);
        try
        {
            var done = 0;
            while (done < limit)
            {
                var batch = await EmbedBatchAsync(model, Math.Min(BatchSize, limit - done), ct);
                if (batch == 0)
                    break;
                done += batch;
                progress?.Report(done);
            }

            return done;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<int> EmbedBatchAsync(string model, int size, CancellationToken ct)
    {
        var papers = await database.QueryAsync<DueRow>(
            EmbeddingQueries.DuePapers, new { model, since = Since(model), limit = size }, ct);
        if (papers.Count == 0)
        {
            await CatchUpAsync(model, ct);
            return 0;
        }

        using var lease = encoder.Borrow();
        if (lease?.Model.Name != model)
            return 0;

        var vectors = new byte[papers.Count][];
        for (var i = 0; i < vectors.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            vectors[i] = lease.Model.TryEmbedPaper(papers[i].Title, papers[i].Abstract) is { } vector ? VectorOctets.From(vector) : [];
        }

        var newest = await database.QuerySingleOrDefaultAsync<LocalDate>(EmbeddingQueries.NewestDay, null, ct);
        await database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(EmbeddingQueries.LockMatching, null, ct);
                return await connection.ExecuteAsync(
                    EmbeddingQueries.Upsert,
                    new
                    {
                        recent = newest.PlusDays(-RecentDays),
                        model,
                        papers = papers.Select(paper => paper.Id).ToArray(),
                        versions = papers.Select(paper => paper.TextVersion).ToArray(),
                        vectors,
                    },
                    ct);
            },
            ct);
        stored.NoteWritten();
        await similar.RememberAsync(papers.Select(paper => paper.Id).ToList(), model, ct);
        return papers.Count;
    }

    // From here on only what changes is looked at; the whole catalogue once a process and model. A transaction that began
    // before and commits later may carry an older moment: an hour behind costs nothing and covers it.
    private async Task CatchUpAsync(string model, CancellationToken ct)
    {
        if (_caughtUp?.Model != model)
            await database.ExecuteAsync(EmbeddingQueries.ForgetOtherModels, new { model }, ct);
        var newest = await database.QuerySingleOrDefaultAsync<Instant?>(EmbeddingQueries.LastUpdated, null, ct);
        if (newest is { } at)
            _caughtUp = (model, at - Duration.FromHours(1));
    }

    private Instant Since(string model) => _caughtUp is { } caughtUp && caughtUp.Model == model ? caughtUp.Since : Instant.FromUtc(1, 1, 1, 0, 0);

    private sealed record DueRow
    {
        public required long Id { get; init; }

        public required string Title { get; init; }

        public string? Abstract { get; init; }

        public required long TextVersion { get; init; }
    }
}

/// <summary>A vector as it is stored: half-precision floats, little-endian.</summary>
internal static class VectorOctets
{
    /// <summary>Two octets a dimension.</summary>
    public static byte[] From(ReadOnlySpan<float> vector)
    {
        var octets = new byte[vector.Length * 2];
        for (var i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(octets.AsSpan(i * 2), (Half)vector[i]);
        return octets;
    }

    /// <summary>The vector again, to three decimal digits.</summary>
    public static float[] Read(ReadOnlySpan<byte> octets)
    {
        var vector = new float[octets.Length / 2];
        for (var i = 0; i < vector.Length; i++)
            vector[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(octets[(i * 2)..]);
        return vector;
    }

    /// <summary>The vector as it is stored.</summary>
    public static Half[] ReadHalves(ReadOnlySpan<byte> octets)
    {
        var vector = new Half[octets.Length / 2];
        for (var i = 0; i < vector.Length; i++)
            vector[i] = BinaryPrimitives.ReadHalfLittleEndian(octets[(i * 2)..]);
        return vector;
    }
}
