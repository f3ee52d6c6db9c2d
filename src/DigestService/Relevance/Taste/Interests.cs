using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Taste;

/// <summary>A paper as taste sees it: its words and, where it has a vector, its place in the <see cref="MeaningSpace"/>.</summary>
internal readonly record struct TasteVector(FeatureVector Words, RoundedVector? Meaning)
{
    /// <summary>The scalar product with itself.</summary>
    public double Square => (Words.Length * Words.Length) + (Meaning?.Square ?? 0);
}

/// <summary>
/// Likes sorted into interests: each is the sum of the likes that resemble each other. A reader who follows proteins
/// and prompt tuning has two, and a paper is held against each of them, never against their average. The buffers are used
/// again for the next reader; not for several threads at once.
/// </summary>
internal sealed class Interests
{
    /// <summary>How many there are at the most.</summary>
    public const int Most = 12;

    // The lanes of a register, of which the last are left empty.
    private const int Lanes = 16;
    private const double SameInterest = 0.08;
    // Above 1, evidence for one interest counts more than the same spread over several.
    private const double Concentration = 1.1;

    // Which features the likes have, a bit each, and where the row of such a feature stands: a paper's features are looked up once.
    private ulong[] _known = [];
    private int[] _rowOf = [];
    private int[] _features = new int[256];
    // A row for each feature: its weight in each interest, a lane each.
    private float[] _weights = new float[256 * Lanes];
    private int _rows;
    // The likes that have a feature, as a list through all of them.
    private int[] _lastWith = new int[256];
    private LikeWith[] _likesWith = new LikeWith[1024];
    private int _likesWithCount;
    private readonly double[] _squares = new double[Most];
    private readonly InterestMeanings _meanings = new();

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the likes before; the next ones are of a space of so many features.</summary>
    public void Begin(int features)
    {
        if (_rowOf.Length < features)
            (_rowOf, _known) = (new int[features], new ulong[(features + 63) / 64]);
        (Count, _rows, _likesWithCount) = (0, 0, 0);
        Array.Clear(_known);
        Array.Clear(_squares);
        _meanings.Clear();
    }

    /// <summary>Adds a like, the <paramref name="number"/>th; the same likes in the same order give the same interests.</summary>
    public void Add(TasteVector added, int number)
    {
        var (like, meaning) = added;
        var (nearest, nearness, product) = Nearest(like);
        if (nearness <= SameInterest && Count < Most)
            (nearest, product) = (Count++, 0);
        _squares[nearest] += (2 * product) + (like.Length * like.Length);
        if (meaning is not null)
            _meanings.Add(nearest, meaning);
        for (var i = 0; i < like.Features.Length; i++)
        {
            var row = RowOf(like.Features[i]);
            _weights[(row * Lanes) + nearest] += like.Weights[i];
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
        var products = Products(paper.Words);
        return Together(paper.Meaning is null ? products : products + _meanings.Products(paper.Meaning, Count));
    }

    /// <summary>The same, and how much they would speak for it by words alone.</summary>
    public (double Evidence, double OfWords) BothEvidences(in TasteVector paper)
    {
        if (Count == 0)
            return (0, 0);
        var products = Products(paper.Words);
        var ofWords = Together(products);
        return paper.Meaning is null ? (ofWords, ofWords) : (Together(products + _meanings.Products(paper.Meaning, Count)), ofWords);
    }

    /// <summary>The same for every paper of a collection at once.</summary>
    public double[] EvidenceForAll(ContentSpace space, IReadOnlyList<RoundedVector?>? meanings)
    {
        var products = new float[Lanes][];
        for (var interest = 0; interest < Count; interest++)
        {
            products[interest] = new float[space.Count];
            for (var row = 0; row < _rows; row++)
                if (_weights[(row * Lanes) + interest] is > 0 and var weight)
                    space.AddProducts(_features[row], weight, products[interest]);
        }

        var evidence = new double[space.Count];
        Span<float> one = stackalloc float[Lanes];
        for (var item = 0; item < evidence.Length; item++)
        {
            for (var interest = 0; interest < Count; interest++)
                one[interest] = products[interest][item];
            var together = Vector512.Create<float>(one);
            evidence[item] = Together(meanings?[item] is { } meaning ? together + _meanings.Products(meaning, Count) : together);
        }

        return evidence;
    }

    /// <summary>Adds to each like's sum its product with a paper, by words.</summary>
    public void AddProductsWithLikes(FeatureVector paper, Span<double> products)
    {
        for (var i = 0; i < paper.Features.Length; i++)
            if (Knows(paper.Features[i]))
                for (var at = _lastWith[_rowOf[paper.Features[i]]]; at >= 0; at = _likesWith[at].Before)
                    products[_likesWith[at].Like] += _likesWith[at].Weight * paper.Weights[i];
    }

    // What the products with each interest, a lane each, come to.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Together(Vector512<float> products)
    {
        var powers = SmallPowers.Raise(products, (float)(Concentration - 1));
        var half = powers.GetLower() + powers.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        var total = quarter[0] + quarter[1] + (quarter[2] + quarter[3]);
        return total <= 0 ? 0 : Math.Pow(total, 1 / Concentration);
    }

    // The interest that is nearest, the cosine and the product with it.
    private (int Interest, double Cosine, float Product) Nearest(FeatureVector like)
    {
        Span<float> products = stackalloc float[Lanes];
        Products(like).CopyTo(products);
        var (nearest, best) = (0, 0.0);
        for (var i = 0; i < Count; i++)
            if (Math.Sqrt(_squares[i]) * like.Length is > 0 and var lengths && products[i] / lengths is var cosine && cosine > best)
                (nearest, best) = (i, cosine);
        return (nearest, best, products[nearest]);
    }

    // A paper's product with each interest, a lane each.
    private Vector512<float> Products(FeatureVector paper)
    {
        var sum = Vector512<float>.Zero;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        Span<int> shared = stackalloc int[ContentSpace.MostFeatures];
        foreach (var at in shared[..Shared(paper.Features, shared)])
            sum += Vector512.LoadUnsafe(ref weights, (nuint)(_rowOf[paper.Features[at]] * Lanes)) * paper.Weights[at];
        return sum;
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

    private bool Knows(int feature) => (_known[feature >> 6] >> feature & 1) != 0;

    private int RowOf(int feature)
    {
        if (Knows(feature))
            return _rowOf[feature];
        if (_rows == _features.Length)
        {
            Array.Resize(ref _features, _rows * 2);
            Array.Resize(ref _lastWith, _rows * 2);
            Array.Resize(ref _weights, _rows * 2 * Lanes);
        }
        _known[feature >> 6] |= 1UL << feature;
        (_features[_rows], _lastWith[_rows], _rowOf[feature]) = (feature, -1, _rows);
        _weights.AsSpan(_rows * Lanes, Lanes).Clear();
        return _rows++;
    }

    // A like that has a feature, and where the one before it with the same feature stands.
    private readonly record struct LikeWith(int Like, float Weight, int Before);
}
