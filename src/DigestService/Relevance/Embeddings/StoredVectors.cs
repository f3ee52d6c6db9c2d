using System.Collections.Concurrent;
using DigestService.Platform;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// The papers' vectors as they are stored, for processes without the model as well: those of the model that most of the
/// newest papers have. None where embeddings are off.
/// </summary>
internal sealed class StoredVectors(Database database, RelevanceOptions options)
{
    private static readonly IReadOnlyDictionary<long, float[]> None = new Dictionary<long, float[]>();

    // The newest papers' vectors, some 15 MB when full; they are looked through again and again.
    private Held _held = new("", new());
    private long _written;

    /// <summary>How often this process has written vectors: another number means that what was read may not be all.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Says that vectors were written and committed.</summary>
    public void NoteWritten() => Interlocked.Increment(ref _written);

    /// <summary>The model to read by; null where there is no vector to read.</summary>
    public Task<string?> ModelAsync(CancellationToken ct) => options.IsOff
        ? Task.FromResult<string?>(null)
        : database.QuerySingleOrDefaultAsync<string>(EmbeddingQueries.PresentModel, null, ct);

    /// <summary>The vectors of those papers that have one, each of length 1.</summary>
    public async Task<IReadOnlyDictionary<long, float[]>> OfPapersAsync(IEnumerable<long> papers, CancellationToken ct)
    {
        var wanted = papers.ToArray();
        return wanted.Length == 0 || await ModelAsync(ct) is not { } model ? None : await OfPapersAsync(wanted, model, ct);
    }

    /// <summary>The vectors that papers have of one model, which need not be the one to read by yet.</summary>
    public async Task<IReadOnlyDictionary<long, float[]>> OfPapersAsync(long[] wanted, string model, CancellationToken ct)
    {
        var held = _held.Model == model ? _held : new Held(model, new());
        var versions = await database.QueryAsync<VersionRow>(EmbeddingQueries.VersionsByPaper, new { model, papers = wanted }, ct);
        var stale = versions.Where(row => !held.Vectors.TryGetValue(row.PaperId, out var known) || known.Version != row.TextVersion)
            .Select(row => row.PaperId).ToArray();
        if (stale.Length > 0)
            foreach (var row in await database.QueryAsync<VectorRow>(EmbeddingQueries.ByPaper, new { model, papers = stale }, ct))
                held.Vectors[row.PaperId] = (row.TextVersion, VectorOctets.Read(row.Vector));
        var found = versions.Where(row => held.Vectors.ContainsKey(row.PaperId)).ToDictionary(row => row.PaperId, row => held.Vectors[row.PaperId].Vector);
        _held = held.Vectors.Count <= RecentPapers.Capacity * 2 ? held : new Held(model, new());
        return found;
    }

    /// <summary>The vectors of papers that are not among the newest, read and not kept.</summary>
    public async Task<IReadOnlyDictionary<long, float[]>> OfOlderPapersAsync(IReadOnlyCollection<long> papers, CancellationToken ct)
    {
        if (papers.Count == 0 || await ModelAsync(ct) is not { } model)
            return None;
        var rows = await database.QueryAsync<VectorRow>(EmbeddingQueries.ByPaper, new { model, papers = papers.ToArray() }, ct);
        return rows.ToDictionary(row => row.PaperId, row => VectorOctets.Read(row.Vector));
    }

    private sealed record Held(string Model, ConcurrentDictionary<long, (long Version, float[] Vector)> Vectors);

    private sealed record VersionRow
    {
        public required long PaperId { get; init; }

        public required long TextVersion { get; init; }
    }

    private sealed record VectorRow
    {
        public required long PaperId { get; init; }

        public required long TextVersion { get; init; }

        public required byte[] Vector { get; init; }
    }
}
