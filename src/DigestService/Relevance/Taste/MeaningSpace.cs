using System.Collections.Concurrent;
using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>
/// A ridge regression on the papers' vectors of meaning, solved once for all readers: with likes as 1 and every other
/// paper as 0, what the likes say of a paper is the scalar product of the two in these coordinates. What most papers have
/// in common counts little, as in the rarity of words.
/// </summary>
internal sealed class MeaningSpace
{
    // Of the mean variance of a component. From 0.3 to 3 recall differs by less than a hundredth of itself.
    private const double Ridge = 1;

    // How much meaning weighs beside words: it finds what a reader's few likes do not say in words, and says less the more
    // readers of like taste say. Chosen on three numbers of them (none, 550 and 1,851) in `rank eval-users`.
    private const double WeightAlone = 0.6;
    private const double HalfAtReaders = 650;

    // Papers that were liked long ago, kept placed: 2 kB each.
    private const int MostOlder = 10_000;

    private readonly float[] _mean;
    // The inverse of the triangle L, with L·Lᵀ the papers' covariance and the ridge, row by row.
    private readonly float[][] _inverse;
    private readonly float _scale;
    private readonly ConcurrentDictionary<long, Placed> _placed = new();
    private readonly ConcurrentDictionary<long, Placed> _older = new();

    private MeaningSpace(float[] mean, float[][] inverse, IReadOnlyDictionary<long, float[]> vectors, double usualProduct)
    {
        (_mean, _inverse, _scale) = (mean, inverse, 1);
        Parallel.ForEach(vectors, vector => Place(vector.Key, vector.Value));
        // In the order of the papers, so that the same papers give the same number to the last bit.
        var usual = vectors.Keys.Order().Average(paper => _placed[paper].At.Square);
        _scale = (float)Math.Sqrt(usualProduct / usual);
        foreach (var (paper, placed) in _placed)
            _placed[paper] = placed with { At = placed.At.Times(_scale) };
    }

    /// <summary>What a product of meanings weighs, a product of words being 1, where so many readers teach.</summary>
    public static double Weight(int readers) => WeightAlone / (1 + Math.Pow(readers / HalfAtReaders, 2));

    /// <summary>
    /// Learns from papers' vectors of one length; <paramref name="usualProduct"/> is what a paper's product with itself is
    /// to be on average. None where they are too few or all the same.
    /// </summary>
    public static MeaningSpace? Learn(IReadOnlyDictionary<long, float[]> vectors, double usualProduct)
    {
        var size = vectors.Values.Select(vector => vector.Length).FirstOrDefault();
        var known = vectors.Where(vector => vector.Value.Length == size).ToDictionary();
        if (known.Count < 2 || usualProduct <= 0)
            return null;
        var mean = new float[size];
        foreach (var vector in known.Values)
            VectorMath.AddScaled(vector, 1f / known.Count, mean);
        var covariance = Covariance([.. known.Values], mean);
        var variance = covariance.Select((row, i) => row[i]).Average();
        if (variance < 1e-6)
            return null;
        for (var i = 0; i < size; i++)
            covariance[i][i] += Ridge * variance;
        return new(mean, Inverse(DenseMatrices.Cholesky(covariance)), known, usualProduct);
    }

    /// <summary>Takes what was embedded since; answers whether all are gone or most are others than before, so that it has to be learnt anew.</summary>
    public bool Take(IReadOnlyDictionary<long, float[]> vectors)
    {
        var changed = vectors.Where(vector => !_placed.TryGetValue(vector.Key, out var placed) || !placed.Vector.AsSpan().SequenceEqual(vector.Value)).ToList();
        if (vectors.Count == 0 || changed.Count > vectors.Count / 2)
            return true;
        foreach (var (paper, vector) in changed)
            if (vector.Length == _mean.Length)
                Place(paper, vector);
        return false;
    }

    /// <summary>A paper by its coordinates; null where it has no vector.</summary>
    public RoundedVector? this[long paper] => _placed.TryGetValue(paper, out var placed) ? placed.At : null;

    /// <summary>
    /// A paper that the space was not learnt from, such as an old like, by its coordinates; null where the vector is another
    /// model's.
    /// </summary>
    public RoundedVector? PlaceOlder(long paper, float[] vector)
    {
        if (vector.Length != _mean.Length)
            return null;
        if (_older.TryGetValue(paper, out var known) && known.Vector.AsSpan().SequenceEqual(vector))
            return known.At;
        if (_older.Count >= MostOlder)
            _older.Clear();
        return (_older[paper] = new(vector, Coordinates(vector))).At;
    }

    private void Place(long paper, float[] vector) => _placed[paper] = new(vector, Coordinates(vector));

    private RoundedVector Coordinates(float[] vector)
    {
        var from = new float[vector.Length];
        for (var i = 0; i < from.Length; i++)
            from[i] = vector[i] - _mean[i];
        var at = new float[vector.Length];
        for (var i = 0; i < at.Length; i++)
            at[i] = VectorMath.Dot(_inverse[i], from.AsSpan(0, i + 1));
        return RoundedVector.Of(at).Times(_scale);
    }

    private static double[][] Covariance(float[][] vectors, float[] mean)
    {
        var products = TallMatrices.Zeros(mean.Length, mean.Length);
        Parallel.For(0, mean.Length, row =>
        {
            foreach (var vector in vectors)
                VectorMath.AddScaled(vector, vector[row] / vectors.Length, products[row]);
        });
        return [.. products.Select((row, i) => row.Select((product, j) => (double)product - (mean[i] * mean[j])).ToArray())];
    }

    private static float[][] Inverse(double[][] lower)
    {
        var inverse = new float[lower.Length][];
        Parallel.For(0, lower.Length, row => inverse[row] = new float[row + 1]);
        Parallel.For(0, lower.Length, column =>
        {
            var solved = new double[lower.Length];
            for (var row = column; row < lower.Length; row++)
            {
                var rest = row == column ? 1.0 : 0.0;
                for (var before = column; before < row; before++)
                    rest -= lower[row][before] * solved[before];
                solved[row] = rest / lower[row][row];
                inverse[row][column] = (float)solved[row];
            }
        });
        return inverse;
    }

    private sealed record Placed(float[] Vector, RoundedVector At);
}
