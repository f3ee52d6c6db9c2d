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

    // For each feature its weight in each interest: a paper's features are looked up once, not once an interest.
    private readonly Dictionary<int, float[]> _weights = [];
    private readonly double[] _squares = new double[Most];

    /// <summary>Sorts likes in the order they are given; the same likes in the same order give the same interests.</summary>
    public Interests(IEnumerable<FeatureVector> likes)
    {
        Span<double> products = stackalloc double[Most];
        foreach (var like in likes)
        {
            var nearest = Nearest(like, products, out var nearness);
            if (nearness <= SameInterest && Count < Most)
                nearest = Count++;
            for (var i = 0; i < like.Features.Length; i++)
            {
                if (!_weights.TryGetValue(like.Features[i], out var weights))
                    _weights[like.Features[i]] = weights = new float[Most];
                var before = weights[nearest];
                weights[nearest] += like.Weights[i];
                _squares[nearest] += (weights[nearest] * weights[nearest]) - (before * before);
            }
        }
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How much the likes speak for one paper; 0 for nothing in common.</summary>
    public double Evidence(FeatureVector paper)
    {
        Span<double> products = stackalloc double[Most];
        AddProducts(paper, products);
        var total = 0.0;
        foreach (var product in products[..Count])
            total += product > 0 ? Math.Pow(product, Concentration) : 0;
        return Math.Pow(total, 1 / Concentration);
    }

    /// <summary>The same for every paper of a collection at once.</summary>
    public float[] EvidenceForAll(ContentSpace space)
    {
        var totals = new float[space.Count];
        var one = new float[space.Count];
        for (var interest = 0; interest < Count; interest++)
        {
            Array.Clear(one);
            foreach (var (feature, weights) in _weights)
                if (weights[interest] > 0)
                    space.AddProducts(feature, weights[interest], one);
            for (var i = 0; i < one.Length; i++)
                if (one[i] > 0)
                    totals[i] += MathF.Pow(one[i], (float)Concentration);
        }
        for (var i = 0; i < totals.Length; i++)
            totals[i] = MathF.Pow(totals[i], (float)(1 / Concentration));
        return totals;
    }

    private int Nearest(FeatureVector like, Span<double> products, out double nearness)
    {
        products.Clear();
        AddProducts(like, products);
        var (nearest, best) = (0, 0.0);
        for (var i = 0; i < Count; i++)
            if (Math.Sqrt(_squares[i]) * like.Length is > 0 and var lengths && products[i] / lengths is var cosine && cosine > best)
                (nearest, best) = (i, cosine);
        nearness = best;
        return nearest;
    }

    private void AddProducts(FeatureVector paper, Span<double> products)
    {
        for (var i = 0; i < paper.Features.Length; i++)
            if (_weights.TryGetValue(paper.Features[i], out var weights))
                for (var interest = 0; interest < Count; interest++)
                    products[interest] += weights[interest] * paper.Weights[i];
    }
}
