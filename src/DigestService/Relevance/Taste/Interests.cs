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
    // The features of the likes, one like after the other: the row of each and its weight; and where each like begins.
    private int[] _likeRows = new int[1024];
    private float[] _likeWeights = new float[1024];
    private int[] _likeStarts = new int[64];
    private int _likesCount;
    // The likes that have a feature, as a list through all of them, made when it is first asked for.
    private LikeWith[] _likesWith = [];
    private int[] _lastWith = [];
    private bool _isFiled;
    // Which of a paper's features the likes have and which they do not have, while it is looked at.
    private readonly int[] _shared = new int[ContentSpace.MostFeatures];
    private readonly int[] _fresh = new int[ContentSpace.MostFeatures];
    private readonly double[] _squares = new double[Most];
    private readonly double[] _lengths = new double[Most];
    private readonly InterestMeanings _meanings = new();

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the likes before; the next ones are of a space of so many features.</summary>
    public void Begin(int features)
    {
        if (_rowOf.Length < features)
            (_rowOf, _known) = (new int[features], new ulong[(features + 63) / 64]);
        (Count, _rows, _likesCount, _likeStarts[0], _isFiled) = (0, 0, 0, 0, false);
        Array.Clear(_known);
        Array.Clear(_squares);
        Array.Clear(_lengths);
        _meanings.Clear();
    }

    /// <summary>Adds a like. The same likes in the same order give the same interests.</summary>
    public void Add(in TasteVector added)
    {
        var (like, meaning) = added;
        MakeRoom(like.Features.Length);
        var start = _likeStarts[_likesCount];
        var rows = _likeRows.AsSpan(start, like.Features.Length);
        var shared = Split(like.Features);
        var (nearest, nearness, product) = Nearest(like, shared, rows);
        if (nearness <= SameInterest && Count < Most)
            (nearest, product) = (Count++, 0);
        _squares[nearest] += (2 * product) + (like.Length * like.Length);
        _lengths[nearest] = Math.Sqrt(_squares[nearest]);
        if (meaning is not null)
            _meanings.Add(nearest, meaning);
        File(like, nearest, shared, rows);
        like.Weights.CopyTo(_likeWeights, start);
        (_likeStarts[++_likesCount], _isFiled) = (start + rows.Length, false);
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
    public (double Evidence, double OfWords) BothEvidences(in TasteVector paper) => Count == 0 ? (0, 0) : BothEvidences(Products(paper.Words), paper.Meaning);

    /// <summary>The same of a like, by its place among the likes.</summary>
    public (double Evidence, double OfWords) BothEvidencesOfLike(int like, RoundedVector? meaning)
    {
        var features = _likeStarts[like].._likeStarts[like + 1];
        return BothEvidences(Products(_likeWeights.AsSpan(features), _likeRows.AsSpan(features)), meaning);
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
        if (!_isFiled)
            FileLikes();
        foreach (var i in _shared.AsSpan(0, Shared(paper.Features)))
            for (var at = _lastWith[_rowOf[paper.Features[i]]]; at >= 0; at = _likesWith[at].Before)
                products[_likesWith[at].Like] += _likesWith[at].Weight * paper.Weights[i];
    }

    private (double Evidence, double OfWords) BothEvidences(Vector512<float> products, RoundedVector? meaning)
    {
        var ofWords = Together(products);
        return meaning is null ? (ofWords, ofWords) : (Together(products + _meanings.Products(meaning, Count)), ofWords);
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

    // The interest that is nearest, the cosine and the product with it; fills in the rows of the features that earlier likes have.
    private (int Interest, double Cosine, float Product) Nearest(in FeatureVector like, int shared, Span<int> rows)
    {
        var sum = Vector512<float>.Zero;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (var at in _shared.AsSpan(0, shared))
        {
            var row = rows[at] = _rowOf[like.Features[at]];
            sum += Vector512.LoadUnsafe(ref weights, (nuint)(row * Lanes)) * like.Weights[at];
        }

        Span<float> products = stackalloc float[Lanes];
        sum.CopyTo(products);
        var (nearest, best) = (0, 0.0);
        for (var i = 0; i < Count; i++)
            if (_lengths[i] * like.Length is > 0 and var lengths && products[i] / lengths is var cosine && cosine > best)
                (nearest, best) = (i, cosine);
        return (nearest, best, products[nearest]);
    }

    // Adds a like to the rows of its features, which it makes for those that no earlier like has.
    private void File(in FeatureVector like, int interest, int shared, Span<int> rows)
    {
        var (features, weights) = (like.Features, like.Weights);
        foreach (var at in _shared.AsSpan(0, shared))
            _weights[(rows[at] * Lanes) + interest] += weights[at];
        foreach (var at in _fresh.AsSpan(0, features.Length - shared))
        {
            var (feature, row) = (features[at], _rows++);
            _known[feature >> 6] |= 1UL << feature;
            (_features[row], _rowOf[feature], rows[at]) = (feature, row, row);
            var lanes = _weights.AsSpan(row * Lanes, Lanes);
            lanes.Clear();
            lanes[interest] = weights[at];
        }
    }

    // A paper's product with each interest, a lane each.
    private Vector512<float> Products(in FeatureVector paper)
    {
        var sum = Vector512<float>.Zero;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (var at in _shared.AsSpan(0, Shared(paper.Features)))
            sum += Vector512.LoadUnsafe(ref weights, (nuint)(_rowOf[paper.Features[at]] * Lanes)) * paper.Weights[at];
        return sum;
    }

    // The same of a paper all of whose features have a row.
    private Vector512<float> Products(ReadOnlySpan<float> weightsOfPaper, ReadOnlySpan<int> rows)
    {
        var sum = Vector512<float>.Zero;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        for (var i = 0; i < weightsOfPaper.Length; i++)
            sum += Vector512.LoadUnsafe(ref weights, (nuint)(rows[i] * Lanes)) * weightsOfPaper[i];
        return sum;
    }

    // Finds the features that have a row, and answers how many. Without a branch, for which do nobody can guess.
    private int Shared(int[] features)
    {
        var (count, known, shared) = (0, _known, _shared);
        for (var i = 0; i < features.Length; i++)
        {
            shared[count] = i;
            count += (int)(known[features[i] >> 6] >> features[i]) & 1;
        }

        return count;
    }

    // The same, and finds those without a row.
    private int Split(int[] features)
    {
        var (count, known, shared, fresh) = (0, _known, _shared, _fresh);
        for (var i = 0; i < features.Length; i++)
        {
            shared[count] = i;
            fresh[i - count] = i;
            count += (int)(known[features[i] >> 6] >> features[i]) & 1;
        }

        return count;
    }

    private void FileLikes()
    {
        if (_lastWith.Length < _rows)
            _lastWith = new int[_features.Length];
        if (_likesWith.Length < _likeStarts[_likesCount])
            _likesWith = new LikeWith[_likeRows.Length];
        _lastWith.AsSpan(0, _rows).Fill(-1);
        for (var like = 0; like < _likesCount; like++)
            for (var at = _likeStarts[like]; at < _likeStarts[like + 1]; at++)
            {
                ref var last = ref _lastWith[_likeRows[at]];
                _likesWith[at] = new(like, _likeWeights[at], last);
                last = at;
            }

        _isFiled = true;
    }

    private void MakeRoom(int features)
    {
        if (_likesCount + 1 == _likeStarts.Length)
            Array.Resize(ref _likeStarts, _likeStarts.Length * 2);
        if (_likeStarts[_likesCount] + features > _likeRows.Length)
        {
            Array.Resize(ref _likeRows, _likeRows.Length * 2);
            Array.Resize(ref _likeWeights, _likeRows.Length);
        }

        if (_rows + features <= _features.Length)
            return;
        Array.Resize(ref _features, _features.Length * 2);
        Array.Resize(ref _weights, _features.Length * Lanes);
    }

    // A like that has a feature, and where the one before it with the same feature stands.
    private readonly record struct LikeWith(int Like, float Weight, int Before);
}
