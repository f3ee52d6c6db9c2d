using DigestService.Relevance.Embeddings;

namespace DigestService.Relevance.Search;

/// <summary>
/// Free-text relevance over the newest papers, the same that <c>rank eval</c> measures. Kept in memory, and
/// trained again, which takes seconds for a full catalogue, at the first search after a title or abstract has changed.
/// </summary>
internal sealed class FreeTextSearch(StoredVectors stored, SentenceEncoder encoder) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private RecentCatalogue? _trainedOn;
    private FreeTextRanker? _ranker;

    /// <summary>The papers that answer a free text, best first, ties newest first.</summary>
    public async Task<IReadOnlyList<RecentPaper>> RankAsync(RecentCatalogue catalogue, string text, CancellationToken ct)
    {
        var ranker = await RankerAsync(catalogue, ct);
        var closeness = await ClosenessAsync(catalogue, text, ct);
        return [.. ranker.Rank(text, catalogue.Papers.Count, closeness).Select(hit => catalogue.Papers[hit.Text])];
    }

    // A paper that waits for its vector is taken to be as close as the others are on average. Null where nothing is known.
    private async Task<double[]?> ClosenessAsync(RecentCatalogue catalogue, string text, CancellationToken ct)
    {
        var vectors = await stored.OfPapersAsync(catalogue.Papers.Select(paper => paper.Paper.Id).ToList(), ct);
        if (vectors.Count == 0 || encoder.ModelName != await stored.ModelAsync(ct))
            return null;
        using var lease = encoder.Borrow();
        if (lease?.Model.TryEmbedQuery(text) is not { } wanted)
            return null;
        var known = vectors.Where(paper => paper.Value.Length == wanted.Length)
            .ToDictionary(paper => paper.Key, paper => (double)VectorMath.Dot(paper.Value, wanted));
        if (known.Count == 0)
            return null;
        var mean = known.Values.Average();
        return [.. catalogue.Papers.Select(paper => known.GetValueOrDefault(paper.Paper.Id, mean))];
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // Those who search while it is trained wait for the one training.
    private async Task<FreeTextRanker> RankerAsync(RecentCatalogue catalogue, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_ranker is null || !HaveSameTexts(_trainedOn!, catalogue))
                _ranker = new(TextIndex.Build(catalogue.Papers.Select(p => (p.Paper.Text.Title, p.Paper.Text.Abstract ?? ""))));
            _trainedOn = catalogue;
            return _ranker;
        }
        finally
        {
            _gate.Release();
        }
    }

    // Votes change every hour and make another catalogue; they say nothing about words.
    private static bool HaveSameTexts(RecentCatalogue a, RecentCatalogue b) => ReferenceEquals(a, b)
        || a.Papers.Select(Texts).SequenceEqual(b.Papers.Select(Texts));

    private static (long Id, string Title, string? Abstract) Texts(RecentPaper paper) =>
        (paper.Paper.Id, paper.Paper.Text.Title, paper.Paper.Text.Abstract);
}
