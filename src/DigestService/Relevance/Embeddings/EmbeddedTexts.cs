using DigestService.Relevance.Search;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// The vectors of a collection's texts, those that have one, in its order, and how close each is to a query, which
/// <paramref name="embed"/> turns into a vector where it can.
/// </summary>
internal sealed class EmbeddedTexts(Func<string, float[]?> embed, IReadOnlyList<float[]?> vectors)
{
    /// <summary>Embeds a whole collection on all cores.</summary>
    public static EmbeddedTexts Embed(SentenceModel model, IReadOnlyList<(string Title, string Body)> texts)
    {
        var vectors = new float[texts.Count][];
        Parallel.For(0, texts.Count, i => vectors[i] = model.EmbedPaper(texts[i].Title, texts[i].Body));
        return new(model.EmbedQuery, vectors);
    }

    /// <summary>The vector of a query; null where it cannot be had.</summary>
    public float[]? VectorOf(string query) => embed(query);

    /// <summary>The cosine of each text to a vector, in the collection's order; null for a text without one.</summary>
    public double?[] ClosenessTo(float[] wanted) =>
        [.. vectors.Select(vector => vector?.Length == wanted.Length ? VectorMath.Dot(vector, wanted) : (double?)null)];
}
