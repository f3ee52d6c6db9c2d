using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>A paper as taste sees it: its words and, where it has a vector, its place in the <see cref="MeaningSpace"/>.</summary>
internal readonly record struct TasteVector(FeatureVector Words, float[]? Meaning)
{
    /// <summary>The scalar product with itself.</summary>
    public double Square => (Words.Length * Words.Length) + (Meaning is null ? 0 : VectorMath.Dot(Meaning, Meaning));
}

/// <summary>
/// Likes sorted into interests: each is the sum of the likes that resemble each other. A reader who follows proteins
/// and prompt tuning has two, and a paper is held against each of them, never against their average. The buffers are used
/// again for the next reader; not for several threads at once.
/// </summary>
internal sealed class Interests
{
    private const int Most = 12;
    private const double SameInterest = 0.08;
    // Above 1, evidence for one interest counts more than the same spread over several.
    private const double Concentration = 1.1;

    // Which features the likes have, a bit each, and where the row of such a feature stands: a paper's features are looked up once.
    private ulong[] _known = [];
    private int[] _rowOf = [];
    private int[] _features = new int[256];
    // A row for each feature: its weight in each interest.
    private float[] _weights = new float[256 * Most];
    private int _rows;
    // The likes that have a feature, as a list through all of them.
    private int[] _lastWith = new int[256];
    private LikeWith[] _likesWith = new LikeWith[1024];
    private int _likesWithCount;
    private readonly double[] _squares = new double[Most];
    // The sum of each interest's likes in the space of meaning.
    private readonly float[]?[] _meanings = new float[Most][];
    private readonly bool[] _hasMeaning = new bool[Most];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether any of the likes has a place in the space of meaning.</summary>
    public bool HaveMeaning { get; private set; }

    /// <summary>Forgets the likes before.</summary>
    public void Clear()
    {
        (Count, HaveMeaning, _rows, _likesWithCount) = (0, false, 0, 0);
        Array.Clear(_known);
        Array.Clear(_squares);
        Array.Clear(_hasMeaning);
    }

    /// <summary>Adds a like, the <paramref name="number"/>th; the same likes in the same order give the same interests.</summary>
    public void Add(TasteVector added, int number)
    {
        var (like, meaning) = added;
        var nearest = Nearest(like, out var nearness);
        if (nearness <= SameInterest && Count < Most)
            nearest = Count++;
        if (meaning is not null)
            AddMeaning(meaning, nearest);
        for (var i = 0; i < like.Features.Length; i++)
        {
            var row = RowOf(like.Features[i]);
            ref var weight = ref _weights[(row * Most) + nearest];
            var before = weight;
            weight += like.Weights[i];
            _squares[nearest] += (weight * weight) - (before * before);
            if (_likesWithCount == _likesWith.Length)
                Array.Resize(ref _likesWith, _likesWithCount * 2);
            _likesWith[_likesWithCount] = new(number, like.Weights[i], _lastWith[row]);
            _lastWith[row] = _likesWithCount++;
        }
    }

    /// <summary>How much the likes speak for one paper; 0 for nothing in common.</summary>
    public double Evidence(TasteVector paper)
    {
        if (Count == 0)
            return 0;
        Span<double> products = stackalloc double[Most];
        AddProducts(paper.Words, products);
        var total = 0.0;
        for (var interest = 0; interest < Count; interest++)
            if (products[interest] + Meant(interest, paper.Meaning) is > 0 and var product)
                total += Math.Pow(product, Concentration);
        return total <= 0 ? 0 : Math.Pow(total, 1 / Concentration);
    }

    /// <summary>The same for every paper of a collection at once.</summary>
    public float[] EvidenceForAll(ContentSpace space, IReadOnlyList<float[]?>? meanings)
    {
        var totals = new float[space.Count];
        var one = new float[space.Count];
        for (var interest = 0; interest < Count; interest++)
        {
            Array.Clear(one);
            for (var row = 0; row < _rows; row++)
                if (_weights[(row * Most) + interest] is > 0 and var weight)
                    space.AddProducts(_features[row], weight, one);
            for (var i = 0; i < one.Length; i++)
                if (one[i] + (float)Meant(interest, meanings?[i]) is > 0 and var product)
                    totals[i] += MathF.Pow(product, (float)Concentration);
        }
        for (var i = 0; i < totals.Length; i++)
            totals[i] = MathF.Pow(totals[i], (float)(1 / Concentration));
        return totals;
    }

    /// <summary>Adds to each like's sum its product with a paper, by words.</summary>
    public void AddProductsWithLikes(FeatureVector paper, Span<double> products)
    {
        for (var i = 0; i < paper.Features.Length; i++)
            if (Knows(paper.Features[i]))
                for (var at = _lastWith[_rowOf[paper.Features[i]]]; at >= 0; at = _likesWith[at].Before)
                    products[_likesWith[at].Like] += _likesWith[at].Weight * paper.Weights[i];
    }

    private double Meant(int interest, float[]? paper) =>
        paper is not null && _hasMeaning[interest] ? VectorMath.Dot(paper, _meanings[interest]) : 0;

    private void AddMeaning(float[] meaning, int interest)
    {
        if (_meanings[interest]?.Length != meaning.Length)
            _meanings[interest] = new float[meaning.Length];
        var sum = _meanings[interest]!; // made just now where it was missing
        if (!_hasMeaning[interest])
            Array.Clear(sum);
        VectorMath.AddScaled(meaning, 1, sum);
        HaveMeaning = _hasMeaning[interest] = true;
    }

    private int Nearest(FeatureVector like, out double nearness)
    {
        Span<double> products = stackalloc double[Most];
        AddProducts(like, products);
        var (nearest, best) = (0, 0.0);
        for (var i = 0; i < Count; i++)
            if (Math.Sqrt(_squares[i]) * like.Length is > 0 and var lengths && products[i] / lengths is var cosine && cosine > best)
                (nearest, best) = (i, cosine);
        nearness = best;
        return nearest;
    }

    // Products are of single precision and sums of double, as one number after the other would have them.
    private void AddProducts(FeatureVector paper, Span<double> products)
    {
        var groups = (Count + 3) / 4;
        ref var sum = ref MemoryMarshal.GetReference(products);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        for (var i = 0; i < paper.Features.Length; i++)
        {
            if (!Knows(paper.Features[i]))
                continue;
            var row = (nuint)(_rowOf[paper.Features[i]] * Most);
            for (nuint group = 0; group < (nuint)groups; group++)
            {
                var (lower, upper) = Vector128.Widen(Vector128.LoadUnsafe(ref weights, row + (4 * group)) * paper.Weights[i]);
                (Vector128.LoadUnsafe(ref sum, 4 * group) + lower).StoreUnsafe(ref sum, 4 * group);
                (Vector128.LoadUnsafe(ref sum, (4 * group) + 2) + upper).StoreUnsafe(ref sum, (4 * group) + 2);
            }
        }
    }

    private bool Knows(int feature) => (uint)(feature >> 6) < (uint)_known.Length && (_known[feature >> 6] >> (feature & 63) & 1) != 0;

    private int RowOf(int feature)
    {
        if (Knows(feature))
            return _rowOf[feature];
        if (feature >= _rowOf.Length)
        {
            Array.Resize(ref _rowOf, Math.Max(feature + 1, _rowOf.Length * 2));
            Array.Resize(ref _known, (_rowOf.Length + 63) / 64);
        }
        if (_rows == _features.Length)
        {
            Array.Resize(ref _features, _rows * 2);
            Array.Resize(ref _lastWith, _rows * 2);
            Array.Resize(ref _weights, _rows * 2 * Most);
        }
        _known[feature >> 6] |= 1UL << (feature & 63);
        (_features[_rows], _lastWith[_rows], _rowOf[feature]) = (feature, -1, _rows);
        _weights.AsSpan(_rows * Most, Most).Clear();
        return _rows++;
    }

    // A like that has a feature, and where the one before it with the same feature stands.
    private readonly record struct LikeWith(int Like, float Weight, int Before);
}
