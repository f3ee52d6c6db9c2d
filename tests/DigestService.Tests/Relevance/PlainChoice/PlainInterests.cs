using System.Runtime.Intrinsics;
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
    private readonly (short[] Steps, float Step)[] _rounded = new (short[], float)[Most];

    /// <summary>Sorts likes in the order they are given; the same likes in the same order give the same interests.</summary>
    public PlainInterests(IEnumerable<TasteVector> likes)
    {
        Span<float> products = stackalloc float[Most];
        foreach (var (like, meaning) in likes)
        {
            var nearest = Nearest(like, products, out var nearness);
            if (nearness <= SameInterest && Count < Most)
                nearest = Count++;
            _squares[nearest] += (2 * products[nearest]) + (like.Length * like.Length);
            if (meaning is not null)
                meaning.AddTo(_meanings[nearest] ??= new float[meaning.Steps.Length]);
            for (var i = 0; i < like.Features.Length; i++)
            {
                if (!_weights.TryGetValue(like.Features[i], out var weights))
                    _weights[like.Features[i]] = weights = new float[Most];
                weights[nearest] += like.Weights[i];
            }
        }

        for (var interest = 0; interest < Count; interest++)
            if (_meanings[interest] is { } sum)
            {
                var steps = new short[sum.Length];
                _rounded[interest] = (steps, RoundedVector.Round(sum, steps));
            }
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How much the likes speak for one paper; 0 for nothing in common.</summary>
    public double Evidence(TasteVector paper)
    {
        Span<float> products = stackalloc float[Most];
        AddProducts(paper.Words, products);
        // By the power that the service has, and in its order, for floats add up to another number in another.
        Span<float> powers = stackalloc float[16];
        for (var interest = 0; interest < Count; interest++)
            powers[interest] = SmallPowers.Raise(Vector512.Create(products[interest] + Meant(interest, paper.Meaning)), (float)(Concentration - 1))[0];
        Span<float> quarter = stackalloc float[4];
        for (var i = 0; i < quarter.Length; i++)
            quarter[i] = powers[i] + powers[i + 8] + (powers[i + 4] + powers[i + 12]);
        return quarter[0] + quarter[1] + (quarter[2] + quarter[3]) is > 0 and var total ? Math.Pow(total, 1 / Concentration) : 0;
    }

    private float Meant(int interest, RoundedVector? paper)
    {
        if (paper is null || _meanings[interest] is null)
            return 0;
        var dot = 0;
        for (var i = 0; i < paper.Steps.Length; i++)
            dot += paper.Steps[i] * _rounded[interest].Steps[i];
        return dot * (paper.Step * _rounded[interest].Step);
    }

    private int Nearest(FeatureVector like, Span<float> products, out double nearness)
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

    private void AddProducts(FeatureVector paper, Span<float> products)
    {
        for (var i = 0; i < paper.Features.Length; i++)
            if (_weights.TryGetValue(paper.Features[i], out var weights))
                for (var interest = 0; interest < Count; interest++)
                    products[interest] += weights[interest] * paper.Weights[i];
    }
}
