using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>
/// Papers as short dense vectors whose products are near those of their long sparse ones: each feature has a fixed
/// random direction (Johnson and Lindenstrauss). Comparing thousands of readers pair by pair needs nothing more exact.
/// </summary>
internal sealed class ContentDirections
{
    private const int Dimensions = 512;

    private readonly float[][] _papers;

    private ContentDirections(float[][] papers) => _papers = papers;

    /// <summary>Projects every paper of a collection; the same collection gives the same vectors.</summary>
    public static ContentDirections Of(ContentSpace space)
    {
        var random = new Random(1984);
        var directions = new float[space.Features][];
        for (var feature = 0; feature < directions.Length; feature++)
        {
            directions[feature] = new float[Dimensions];
            for (var i = 0; i < Dimensions; i++)
                directions[feature][i] = random.Next(2) == 0 ? 1 : -1;
        }
        var papers = new float[space.Count][];
        Parallel.For(0, space.Count, item =>
        {
            var vector = new float[Dimensions];
            for (var i = 0; i < space[item].Features.Length; i++)
                VectorMath.AddScaled(directions[space[item].Features[i]], space[item].Weights[i], vector);
            VectorMath.Normalise(vector);
            papers[item] = vector;
        });
        return new(papers);
    }

    /// <summary>The mean direction of some papers, of length 1.</summary>
    public float[] Centroid(int[] papers)
    {
        var centroid = new float[Dimensions];
        foreach (var paper in papers)
            VectorMath.AddScaled(_papers[paper], 1, centroid);
        VectorMath.Normalise(centroid);
        return centroid;
    }
}
