using DigestService.Relevance.Search;

namespace DigestService.Relevance.Embeddings;

/// <summary>The vectors of a collection's texts, and how close each is to a query.</summary>
internal sealed class EmbeddedTexts(SentenceModel model, IReadOnlyList<float[]> vectors)
{
    /// <summary>Embeds a whole collection on all cores.</summary>
    public static EmbeddedTexts Embed(SentenceModel model, IReadOnlyList<(string Title, string Body)> texts)
    {
        var vectors = new float[texts.Count][];
        Parallel.For(0, texts.Count, i => vectors[i] = model.EmbedPaper(texts[i].Title, texts[i].Body));
        return new(model, vectors);
    }

    /// <summary>The vector of a query.</summary>
    public float[] VectorOf(string query) => model.EmbedQuery(query);

    /// <summary>The cosine of each text to a vector, in the collection's order.</summary>
    public double[] ClosenessTo(float[] wanted)
    {
        var closeness = new double[vectors.Count];
        for (var i = 0; i < closeness.Length; i++)
            closeness[i] = VectorMath.Dot(vectors[i], wanted);
        return closeness;
    }
}
