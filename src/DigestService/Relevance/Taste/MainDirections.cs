using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>
/// The few directions in which papers, or readers, differ most, each with the share of it that a ridge regression
/// takes off: nearly all of what everybody has in common, and little of what sets one apart.
/// </summary>
internal sealed class MainDirections
{
    private const int Most = 64;

    private readonly float[][] _vectors;
    private readonly float[] _gains;
    private readonly int[] _all;

    private MainDirections(float[][] vectors, float[] gains)
    {
        _vectors = vectors;
        _gains = gains;
        _all = [.. Enumerable.Range(0, vectors.Length)];
    }

    /// <summary>Finds them in a symmetric matrix known by its products; the gain is what is taken off a direction of some eigenvalue.</summary>
    public static MainDirections Of(int size, Func<float[][], float[][]> times, Func<double, double> gain)
    {
        var (values, vectors) = TallMatrices.LeadingEigen(size, Most, times);
        return new(vectors, [.. values.Select(value => (float)gain(value))]);
    }

    /// <summary>What is taken off the sum of some members.</summary>
    public float[] Common(int[] members)
    {
        var common = new float[_gains.Length];
        TallProducts.AddRows(_vectors, members, 1, common);
        return Gained(common);
    }

    /// <summary>What is taken off all members, each with its weight.</summary>
    public float[] Common(float[] weights)
    {
        var common = new float[_gains.Length];
        TallProducts.AddRows(_vectors, _all, weights, common);
        return Gained(common);
    }

    /// <summary>The part of it that falls to one member.</summary>
    public float Part(int member, float[] common) => VectorMath.Dot(_vectors[member], common);

    /// <summary>The parts of it that fall to each.</summary>
    public float[] Parts(float[] common)
    {
        var parts = new float[_vectors.Length];
        var member = 0;
        for (; member <= parts.Length - 4; member += 4)
            (parts[member], parts[member + 1], parts[member + 2], parts[member + 3]) =
                VectorMath.Dots(common, _vectors[member], _vectors[member + 1], _vectors[member + 2], _vectors[member + 3]);
        for (; member < parts.Length; member++)
            parts[member] = Part(member, common);
        return parts;
    }

    private float[] Gained(float[] common)
    {
        for (var i = 0; i < common.Length; i++)
            common[i] *= _gains[i];
        return common;
    }
}
