using DigestService.Platform;
using DigestService.Relevance.Search;

namespace DigestService.Relevance.Embeddings;

/// <summary>Remembers which of the newest papers are closest to each newly embedded one in meaning, for the pages of the archive.</summary>
internal sealed class SimilarPapers(Database database, StoredVectors stored)
{
    /// <summary>
    /// The closeness from which two papers tell the same result. Of the 2.9 million pairs of six months of Hugging Face's list one
    /// is closer; the next, at 0.896, are two methods for one task.
    /// </summary>
    public const float SameResult = 0.92f;

    // The cosine of two papers' vectors is higher than that of a paper and a few words: below this they share a field, no more.
    private const double CloseEnough = 0.6;
    private const int MostRemembered = 5;

    /// <summary>To be called with papers whose vectors of a model have just been written.</summary>
    public async Task RememberAsync(IReadOnlyCollection<long> papers, string model, CancellationToken ct)
    {
        var newest = await database.QueryAsync<long>(EmbeddingQueries.NewestPapers, new { limit = RecentPapers.Capacity }, ct);
        var vectors = await stored.OfPapersAsync([.. newest.Concat(papers).Distinct()], model, ct);
        var pairs = papers.Where(vectors.ContainsKey).SelectMany(paper => Closest(paper, vectors)).ToList();
        await database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(EmbeddingQueries.LockSimilar, null, ct);
                return await connection.ExecuteAsync(
                    EmbeddingQueries.RememberSimilar,
                    new
                    {
                        changed = papers.ToArray(),
                        papers = pairs.ConvertAll(pair => pair.Paper).ToArray(),
                        others = pairs.ConvertAll(pair => pair.Other).ToArray(),
                        closenesses = pairs.ConvertAll(pair => (float)pair.Closeness).ToArray(),
                    },
                    ct);
            },
            ct);
    }

    private static IEnumerable<(long Paper, long Other, double Closeness)> Closest(long paper, IReadOnlyDictionary<long, float[]> vectors) =>
        vectors.Where(other => other.Key != paper && other.Value.Length == vectors[paper].Length)
            .Select(other => (Paper: paper, Other: other.Key, Closeness: (double)VectorMath.Dot(vectors[paper], other.Value)))
            .Where(pair => pair.Closeness >= CloseEnough)
            .OrderByDescending(pair => pair.Closeness).ThenBy(pair => pair.Other)
            .Take(MostRemembered);
}
