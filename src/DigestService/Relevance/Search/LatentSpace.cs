namespace DigestService.Relevance.Search;

/// <summary>
/// Latent semantic analysis of a collection: the few hundred directions in which its texts differ most, found by a
/// randomised singular value decomposition (Halko, Martinsson and Tropp, 2011) with a fixed seed. Texts that share no
/// word but are about one thing lie near each other. Trained on the service's own papers and nothing else.
/// </summary>
internal sealed class LatentSpace
{
    private const int Dimensions = 150;
    private const int Oversampling = 10;
    private const int PowerIterations = 3;
    // Below this many texts per dimension the directions are the texts themselves.
    private const int TextsPerDimension = 3;

    // A text of so many distinct terms is half sure of its place: a bare title lies near much that it is not about.
    private const float HalfSure = 3;

    private readonly float[][] _termVectors;

    private LatentSpace(float[][] termVectors, float[][] textVectors)
    {
        _termVectors = termVectors;
        TextVectors = textVectors;
    }

    /// <summary>The texts' vectors in the collection's order, the shorter than 1 the fewer terms a text has.</summary>
    public float[][] TextVectors { get; }

    /// <summary>Trains on texts given as weighted terms (numbers below <paramref name="terms"/>, vectors of length 1).</summary>
    public static LatentSpace Train(IReadOnlyList<WeightedText> texts, int terms)
    {
        var dimensions = Math.Max(1, Math.Min(Dimensions, texts.Count / TextsPerDimension));
        var width = Math.Min(dimensions + Oversampling, Math.Max(1, texts.Count));
        dimensions = Math.Min(dimensions, width);
        var range = TimesMatrix(texts, TallMatrices.Random(terms, width, new Random(20111)), width);
        TallMatrices.Orthonormalise(range, width);
        for (var i = 0; i < PowerIterations; i++)
        {
            range = TimesMatrix(texts, TimesTransposed(texts, range, terms, width), width);
            TallMatrices.Orthonormalise(range, width);
        }
        var projected = TimesTransposed(texts, range, terms, width);
        var (_, termVectors) = TallMatrices.LeftSingular(projected, width, dimensions);
        var space = new LatentSpace(termVectors, new float[texts.Count][]);
        Parallel.For(0, texts.Count, i => space.TextVectors[i] = space.Place(texts[i]));
        return space;
    }

    /// <summary>The vector, of length 1, of any weighted text; terms unknown to the collection must be left out.</summary>
    public float[] Project(in WeightedText text)
    {
        var vector = new float[_termVectors.Length == 0 ? 0 : _termVectors[0].Length];
        for (var i = 0; i < text.Terms.Length; i++)
            VectorMath.AddScaled(_termVectors[text.Terms[i]], text.Weights[i], vector);
        VectorMath.Normalise(vector);
        return vector;
    }

    /// <summary>Where a text lies; the vector is the shorter than 1 the fewer terms it has.</summary>
    public float[] Place(in WeightedText text)
    {
        var vector = Project(text);
        var sureness = text.Terms.Length / (text.Terms.Length + HalfSure);
        foreach (ref var x in vector.AsSpan())
            x *= sureness;
        return vector;
    }

    private static float[][] TimesMatrix(IReadOnlyList<WeightedText> texts, float[][] matrix, int width)
    {
        var product = new float[texts.Count][];
        Parallel.For(0, texts.Count, i =>
        {
            var row = new float[width];
            for (var k = 0; k < texts[i].Terms.Length; k++)
                VectorMath.AddScaled(matrix[texts[i].Terms[k]], texts[i].Weights[k], row);
            product[i] = row;
        });
        return product;
    }

    private static float[][] TimesTransposed(IReadOnlyList<WeightedText> texts, float[][] matrix, int terms, int width)
    {
        var product = TallMatrices.Zeros(terms, width);
        for (var i = 0; i < texts.Count; i++)
            for (var k = 0; k < texts[i].Terms.Length; k++)
                VectorMath.AddScaled(matrix[i], texts[i].Weights[k], product[texts[i].Terms[k]]);
        return product;
    }
}

/// <summary>A text as weighted terms.</summary>
internal readonly record struct WeightedText(int[] Terms, float[] Weights);
