using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>
/// What readers of like taste liked: kernel ridge regression over readers. Two readers are alike as far as they liked
/// the same papers and as far as their likes read alike, so that the first readers of a service, who share nothing,
/// already learn from each other. The ridge discounts readers who all say the same.
/// </summary>
internal sealed class SimilarReaders
{
    /// <summary>Readers beyond the most active are left out: the model is quadratic in them.</summary>
    public const int MostReaders = 2_000;

    private const double Ridge = 240;
    private const double ContentWeight = 30;

    private readonly ContentDirections _directions;
    private readonly int[][] _likes;
    private readonly Dictionary<int, List<int>> _readersOf = [];
    private readonly float[][] _centroids;
    private readonly double[][] _lower;

    /// <summary>Learns from everybody's likes, given as papers of the collection.</summary>
    public SimilarReaders(IReadOnlyList<int[]> likes, ContentSpace space)
    {
        _likes = [.. likes.Select((papers, reader) => (papers, reader)).OrderByDescending(l => l.papers.Length)
            .ThenBy(l => l.reader).Take(MostReaders).OrderBy(l => l.reader).Select(l => l.papers)];
        for (var reader = 0; reader < _likes.Length; reader++)
            foreach (var paper in _likes[reader])
            {
                if (!_readersOf.TryGetValue(paper, out var readers))
                    _readersOf[paper] = readers = [];
                readers.Add(reader);
            }
        _directions = ContentDirections.Of(space);
        _centroids = [.. _likes.Select(_directions.Centroid)];
        _lower = DenseMatrices.Cholesky(Kernel());
    }

    /// <summary>How strongly each paper is vouched for by readers like the one with these likes; papers nobody liked are absent.</summary>
    public IReadOnlyDictionary<int, float> Scores(int[] likes, int? self = null)
    {
        var weights = Likeness(likes, _directions.Centroid(likes));
        DenseMatrices.Solve(_lower, weights);
        if (self is { } own)
            weights[own] = 0;
        var scores = new Dictionary<int, float>();
        foreach (var (paper, readers) in _readersOf)
        {
            var sum = 0.0;
            foreach (var reader in readers)
                sum += weights[reader];
            scores[paper] = (float)sum;
        }
        return scores;
    }

    private double[] Likeness(int[] likes, float[] centroid)
    {
        var likeness = new double[_likes.Length];
        foreach (var paper in likes)
            if (_readersOf.TryGetValue(paper, out var readers))
                foreach (var reader in readers)
                    likeness[reader]++;
        for (var reader = 0; reader < likeness.Length; reader++)
        {
            var cosine = Math.Max(0, VectorMath.Dot(centroid, _centroids[reader]));
            likeness[reader] += ContentWeight * cosine * cosine;
        }
        return likeness;
    }

    private double[][] Kernel()
    {
        var kernel = new double[_likes.Length][];
        Parallel.For(0, _likes.Length, reader =>
        {
            kernel[reader] = Likeness(_likes[reader], _centroids[reader]);
            kernel[reader][reader] += Ridge;
        });
        return kernel;
    }
}
