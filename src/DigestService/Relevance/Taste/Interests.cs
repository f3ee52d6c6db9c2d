using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
    // The interests of which any like has a place there.
    private readonly List<int> _meant = new(Most);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    private bool HaveMeaning => _meant.Count > 0;

    /// <summary>Forgets the likes before; the next ones are of a space of so many features.</summary>
    public void Begin(int features)
    {
        if (_rowOf.Length < features)
            (_rowOf, _known) = (new int[features], new ulong[(features + 63) / 64]);
        (Count, _rows, _likesWithCount) = (0, 0, 0);
        Array.Clear(_known);
        Array.Clear(_squares);
        _meant.Clear();
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
    public double Evidence(in TasteVector paper)
    {
        if (Count == 0)
            return 0;
        Span<double> products = stackalloc double[Most];
        AddProducts(paper.Words, products);
        AddMeant(paper.Meaning, products);
        return Together(products);
    }

    /// <summary>The same, and how much they would speak for it by words alone.</summary>
    public (double Evidence, double OfWords) BothEvidences(in TasteVector paper)
    {
        if (Count == 0)
            return (0, 0);
        Span<double> products = stackalloc double[Most];
        AddProducts(paper.Words, products);
        var ofWords = Together(products);
        if (paper.Meaning is null || !HaveMeaning)
            return (ofWords, ofWords);
        AddMeant(paper.Meaning, products);
        return (Together(products), ofWords);
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

    private void AddMeant(float[]? paper, Span<double> products)
    {
        if (paper is null || !HaveMeaning)
            return;
        for (var at = 0; at < _meant.Count; at += 4)
        {
            // What is behind the last is counted again and not added.
            var dots = VectorMath.Dots(paper, MeaningAt(at), MeaningAt(at + 1), MeaningAt(at + 2), MeaningAt(at + 3));
            Add(at, dots.Item1, products);
            Add(at + 1, dots.Item2, products);
            Add(at + 2, dots.Item3, products);
            Add(at + 3, dots.Item4, products);
        }
    }

    private float[] MeaningAt(int at) => _meanings[_meant[Math.Min(at, _meant.Count - 1)]]!; // every interest listed there has one

    private void Add(int at, float dot, Span<double> products)
    {
        if (at < _meant.Count)
            products[_meant[at]] += dot;
    }

    private double Together(ReadOnlySpan<double> products)
    {
        var total = 0.0;
        Span<double> positive = stackalloc double[Most + 1];
        var count = 0;
        foreach (var product in products[..Count])
        {
            positive[count] = product;
            count += product > 0 ? 1 : 0;
        }
        foreach (var product in positive[..count])
            total += Math.Pow(product, Concentration);
        return total <= 0 ? 0 : Math.Pow(total, 1 / Concentration);
    }

    private double Meant(int interest, float[]? paper) =>
        paper is not null && _meant.Contains(interest) ? VectorMath.Dot(paper, _meanings[interest]) : 0;

    private void AddMeaning(float[] meaning, int interest)
    {
        if (_meanings[interest]?.Length != meaning.Length)
            _meanings[interest] = new float[meaning.Length];
        var sum = _meanings[interest]!; // made just now where it was missing
        if (!_meant.Contains(interest))
        {
            Array.Clear(sum);
            _meant.Add(interest);
        }
        VectorMath.AddScaled(meaning, 1, sum);
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
        var (sum0, sum1, sum2) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        Span<int> shared = stackalloc int[ContentSpace.MostFeatures];
        foreach (var at in shared[..Shared(paper.Features, shared)])
        {
            var weight = Vector128.Create(paper.Weights[at]);
            ref var row = ref _weights[_rowOf[paper.Features[at]] * Most];
            sum0 += Widened(Vector128.LoadUnsafe(ref row) * weight);
            sum1 += Widened(Vector128.LoadUnsafe(ref row, 4) * weight);
            sum2 += Widened(Vector128.LoadUnsafe(ref row, 8) * weight);
        }
        sum0.CopyTo(products);
        sum1.CopyTo(products[4..]);
        sum2.CopyTo(products[8..]);
    }

    // Without a branch, for which features are shared nobody can guess.
    private int Shared(int[] features, Span<int> shared)
    {
        var count = 0;
        var known = _known;
        for (var i = 0; i < features.Length; i++)
        {
            shared[count] = i;
            count += (int)(known[features[i] >> 6] >> features[i]) & 1;
        }
        return count;
    }

    private static Vector256<double> Widened(Vector128<float> numbers) => Avx.IsSupported
        ? Avx.ConvertToVector256Double(numbers)
        : Vector256.Create(Vector128.WidenLower(numbers), Vector128.WidenUpper(numbers));

    private bool Knows(int feature) => (_known[feature >> 6] >> feature & 1) != 0;

    private int RowOf(int feature)
    {
        if (Knows(feature))
            return _rowOf[feature];
        if (_rows == _features.Length)
        {
            Array.Resize(ref _features, _rows * 2);
            Array.Resize(ref _lastWith, _rows * 2);
            Array.Resize(ref _weights, _rows * 2 * Most);
        }
        _known[feature >> 6] |= 1UL << feature;
        (_features[_rows], _lastWith[_rows], _rowOf[feature]) = (feature, -1, _rows);
        _weights.AsSpan(_rows * Most, Most).Clear();
        return _rows++;
    }

    // A like that has a feature, and where the one before it with the same feature stands.
    private readonly record struct LikeWith(int Like, float Weight, int Before);
}
