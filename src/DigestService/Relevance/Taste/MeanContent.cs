using System.Buffers;

namespace DigestService.Relevance.Taste;

/// <summary>
/// The mean of some papers as weighted features, each paper counting the same; of length 1, or nothing. The features stand as they
/// were first met, or the heaviest first where some had to be left out.
/// </summary>
internal readonly record struct MeanContent(int[] Features, float[] Weights)
{
    // The heaviest hold nearly all of the length; without a bound one great library would cost as much as a hundred small ones.
    private const int MostFeatures = 512;

    /// <summary>The mean of papers of a space.</summary>
    public static MeanContent Of(int[] papers, ContentSpace space)
    {
        // A place for the sum of each feature of the space, of which only those of the papers are written and read: the rest is what others left.
        var sums = ArrayPool<float>.Shared.Rent(space.Features);
        foreach (var paper in papers)
            foreach (var feature in space[paper].Features)
                sums[feature] = 0;
        var (met, count) = (new int[Math.Min(papers.Length * ContentSpace.MostFeatures, space.Features)], 0);
        foreach (var paper in papers)
        {
            var vector = space[paper];
            var scale = 1 / Math.Max(vector.Length, 1e-6);
            for (var i = 0; i < vector.Features.Length; i++)
            {
                ref var sum = ref sums[vector.Features[i]];
                if (sum == 0)
                    met[count++] = vector.Features[i];
                sum += (float)(scale * vector.Weights[i]);
            }
        }

        var features = count > MostFeatures ? Heaviest(met.AsSpan(0, count), sums) : met.AsSpan(0, count).ToArray();
        var (weights, squares) = (new float[features.Length], 0.0);
        for (var i = 0; i < features.Length; i++)
        {
            weights[i] = sums[features[i]];
            squares += weights[i] * weights[i];
        }

        var length = MathF.Sqrt((float)squares);
        foreach (ref var weight in weights.AsSpan())
            weight = length > 0 ? weight / length : 0;
        ArrayPool<float>.Shared.Return(sums);
        return new(features, weights);
    }

    private static int[] Heaviest(ReadOnlySpan<int> met, float[] sums)
    {
        var packed = new ulong[met.Length];
        for (var i = 0; i < met.Length; i++)
            packed[i] = PackedFeature.Of(met[i], sums[met[i]]);
        PackedFeature.Sort(packed, new ulong[packed.Length]);
        return Array.ConvertAll(packed[..MostFeatures], PackedFeature.Feature);
    }
}
