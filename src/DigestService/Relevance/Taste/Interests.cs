namespace DigestService.Relevance.Taste;

/// <summary>
/// Likes sorted into interests: each is the sum of the likes that resemble each other. A reader who follows proteins
/// and prompt tuning has two, and a paper is held against each of them, never against their average.
/// </summary>
internal sealed class Interests
{
    private const int Most = 12;
    private const double SameInterest = 0.08;
    // Above 1, evidence for one interest counts more than the same spread over several.
    private const double Concentration = 1.1;

    private readonly List<Dictionary<int, float>> _sums = [];

    /// <summary>Sorts likes in the order they are given; the same likes in the same order give the same interests.</summary>
    public Interests(IEnumerable<FeatureVector> likes)
    {
        foreach (var like in likes)
        {
            var nearest = -1;
            var nearness = SameInterest;
            for (var i = 0; i < _sums.Count; i++)
                if (Cosine(_sums[i], like) is var cosine && cosine > nearness)
                    (nearest, nearness) = (i, cosine);
            if (nearest < 0)
            {
                nearest = _sums.Count < Most ? _sums.Count : Nearest(like);
                if (nearest == _sums.Count)
                    _sums.Add([]);
            }
            for (var i = 0; i < like.Features.Length; i++)
                _sums[nearest][like.Features[i]] = _sums[nearest].GetValueOrDefault(like.Features[i]) + like.Weights[i];
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _sums.Count;

    /// <summary>How much the likes speak for one paper; 0 for nothing in common.</summary>
    public double Evidence(FeatureVector paper)
    {
        var total = 0.0;
        foreach (var sum in _sums)
            total += Math.Pow(Product(sum, paper), Concentration);
        return Math.Pow(total, 1 / Concentration);
    }

    /// <summary>The same for every paper of a collection at once.</summary>
    public float[] EvidenceForAll(ContentSpace space)
    {
        var totals = new float[space.Count];
        var one = new float[space.Count];
        foreach (var sum in _sums)
        {
            Array.Clear(one);
            space.AddProducts(sum, one);
            for (var i = 0; i < one.Length; i++)
                if (one[i] > 0)
                    totals[i] += MathF.Pow(one[i], (float)Concentration);
        }
        for (var i = 0; i < totals.Length; i++)
            totals[i] = MathF.Pow(totals[i], (float)(1 / Concentration));
        return totals;
    }

    private int Nearest(FeatureVector like) => Enumerable.Range(0, _sums.Count).MaxBy(i => Cosine(_sums[i], like));

    private static double Product(Dictionary<int, float> sum, FeatureVector paper)
    {
        var product = 0.0;
        for (var i = 0; i < paper.Features.Length; i++)
            if (sum.TryGetValue(paper.Features[i], out var weight))
                product += weight * paper.Weights[i];
        return product;
    }

    private static double Cosine(Dictionary<int, float> sum, FeatureVector paper)
    {
        var squares = sum.Values.Sum(w => w * w) * (double)paper.Weights.Sum(w => w * w);
        return squares <= 0 ? 0 : Product(sum, paper) / Math.Sqrt(squares);
    }
}
