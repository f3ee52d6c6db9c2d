using System.Diagnostics;
using DigestService.Relevance.Embeddings;

namespace DigestService.Relevance.Search;

/// <summary>A ranker and the papers it was trained on, in its order.</summary>
internal sealed record TrainedCollection(RecentCatalogue Catalogue, FreeTextRanker Ranker)
{
    /// <summary>The rows of its papers.</summary>
    public IReadOnlySet<long> Ids { get; } = Catalogue.Papers.Select(paper => paper.Paper.Id).ToHashSet();
}

/// <summary>
/// Free-text relevance over the newest papers, the same that <c>rank eval</c> measures. Kept in memory, and trained again after a
/// title, an abstract or the order of the papers has changed. Of a full catalogue that takes seconds: meanwhile the former one answers, and before the first
/// there is none.
/// </summary>
internal sealed class FreeTextSearch(RecentPapers recent, StoredVectors stored, SentenceEncoder encoder) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile TrainedCollection? _trained;
    private volatile Meant? _meant;

    /// <summary>How long the vectors that were read are believed to be all there are; what this process writes itself is known at once.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The newest papers, ready to be ranked; null for the first seconds of a large catalogue, unless the caller
    /// <paramref name="waits"/>.
    /// </summary>
    public async Task<TrainedCollection?> TrainedAsync(bool waits, CancellationToken ct)
    {
        var catalogue = recent.IsWarm ? await recent.GetAsync(ct) : null;
        if (catalogue is not null && _trained is { } trained && ReferenceEquals(trained.Catalogue, catalogue))
            return await WithMeaningAsync(trained, ct);
        // It outlives the search that began it: the next one is glad of it.
        var training = Task.Run(() => TrainAsync(CancellationToken.None), CancellationToken.None);
        if (waits || await recent.IsSmallAsync(ct))
            await training.WaitAsync(ct);
        else if (await Task.WhenAny(training, Task.Delay(Patience, ct)) == training)
            await training;
        ct.ThrowIfCancellationRequested();
        return _trained is { } ready ? await WithMeaningAsync(ready, ct) : null;
    }

    /// <summary>Papers ranked among themselves, the best first: for a text of which the newest papers know no word.</summary>
    public async Task<IReadOnlyList<PaperRow>> RankApartAsync(string text, IReadOnlyList<PaperRow> papers, CancellationToken ct)
    {
        if (papers.Count < 2)
            return papers;
        var ranker = new FreeTextRanker(TextIndex.Build(papers.Select(paper => (paper.Title, paper.Abstract ?? ""))));
        if (await MeaningAsync(papers.Select(paper => paper.Id), ct) is { } meaning)
            ranker = ranker.With(meaning);
        return [.. ranker.Rank(text, papers.Count).Select(hit => papers[hit.Text]).Concat(papers).Distinct()];
    }

    // Asking which of ten thousand vectors are new costs more than the ranking: many searches share the answer.
    private async Task<TrainedCollection> WithMeaningAsync(TrainedCollection trained, CancellationToken ct)
    {
        var (written, askedAt) = (stored.Written, Stopwatch.GetTimestamp());
        if (_meant is { } known && ReferenceEquals(known.Plain, trained) && known.Written == written && Stopwatch.GetElapsedTime(known.AskedAt, askedAt) < CheckEvery)
            return known.Full;
        var full = await MeaningAsync(trained.Catalogue.Papers.Select(paper => paper.Paper.Id), ct) is { } meaning
            ? trained with { Ranker = trained.Ranker.With(meaning) }
            : trained;
        _meant = new Meant(trained, full, written, askedAt);
        return full;
    }

    // Vectors arrive after the texts; only those that are new are read.
    private async Task<EmbeddedTexts?> MeaningAsync(IEnumerable<long> papers, CancellationToken ct)
    {
        var ids = papers.ToList();
        var vectors = await stored.OfPapersAsync(ids, ct);
        return vectors.Count > 0 && encoder.ModelName == await stored.ModelAsync(ct)
            ? new(Embed, [.. ids.Select(id => vectors.GetValueOrDefault(id))])
            : null;
    }

    private float[]? Embed(string text)
    {
        using var lease = encoder.Borrow();
        return lease?.Model.TryEmbedQuery(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task TrainAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var catalogue = await recent.GetAsync(ct);
            // A ranker knows its texts by their places.
            if (_trained is { } held && ReferenceEquals(held.Catalogue.Statistics, catalogue.Statistics)
                && held.Catalogue.Papers.Select(p => p.Paper.Id).SequenceEqual(catalogue.Papers.Select(p => p.Paper.Id)))
                _trained = ReferenceEquals(held.Catalogue, catalogue) ? held : new(catalogue, held.Ranker);
            else
                _trained = new(catalogue, new(TextIndex.Build(catalogue.Papers.Select(p => (p.Paper.Text.Title, p.Paper.Text.Abstract ?? "")))));
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed record Meant(TrainedCollection Plain, TrainedCollection Full, long Written, long AskedAt);
}
