using DigestService.Relevance.Search;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>
/// Likes sorted into interests: each is the sum of the likes that resemble each other. A reader who follows proteins
/// and prompt tuning has two, and a paper is held against each of them, never against their average.
/// </summary>
internal sealed class PlainInterests
{
    private const int Most = 12;
    private const double SameInterest = 0.08;
    // Above 1, evidence for one interest counts more than the same spread over several.
    private const double Concentration = 1.1;

    // For each feature its weight in each interest: a paper's features are looked up once, not once an interest.
    private readonly Dictionary<int, float[]> _weights = [];
    private readonly double[] _squares = new double[Most];
    // The sum of each interest's likes in the space of meaning.
    private readonly float[]?[] _meanings = new float[Most][];

    /// <summary>Sorts likes in the order they are given; the same likes in the same order give the same interests.</summary>
    public PlainInterests(IEnumerable<TasteVector> likes)
    {
        Span<double> products = stackalloc double[Most];
        foreach (var (like, meaning) in likes)
        {
            var nearest = Nearest(like, products, out var nearness);
            if (nearness <= SameInterest && Count < Most)
                nearest = Count++;
            if (meaning is not null)
                VectorMath.AddScaled(meaning, 1, _meanings[nearest] ??= new float[meaning.Length]);
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
    public double Evidence(TasteVector paper)
    {
        Span<double> products = stackalloc double[Most];
        AddProducts(paper.Words, products);
        var total = 0.0;
        for (var interest = 0; interest < Count; interest++)
            if (products[interest] + Meant(interest, paper.Meaning) is > 0 and var product)
                total += Math.Pow(product, Concentration);
        return Math.Pow(total, 1 / Concentration);
    }

    private double Meant(int interest, float[]? paper) =>
        paper is not null && _meanings[interest] is { } likes ? VectorMath.Dot(paper, likes) : 0;

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
