using System.Numerics;
using DigestService.Relevance.Search;

namespace DigestService.Topics;

/// <summary>
/// The vectors of standing queries: how close a paper is to each in meaning, and to which it is close enough. The signs
/// of the components, one bit each, tell which queries need not be looked at, so that a paper meets thousands of queries
/// in some tens of microseconds. Holds the last paper read; not for several threads at once.
/// </summary>
internal sealed class ClosenessIndex
{
    /// <summary>The cosine from which a paper without the words may stand for a query.</summary>
    public const double CloseEnough = 0.45;

    // Two vectors of a cosine of 0.45 differ in the sign of 35 of 100 components (arccos 0.45 / π); at 384 components, in more
    // than 41.5 of 100 in one case of two hundred. Of pairs that have nothing to do with each other two in a hundred come so near.
    private const double MostDiffering = 0.415;

    // Of the 384 components of the model that comes with the service.
    private const int UsualWords = 6;

    private readonly float[]?[] _vectors;
    private readonly ulong[] _signs;
    private readonly int _words;
    private readonly int _dimensions;
    private readonly List<int> _close = [];
    private float[]? _paper;

    /// <summary>Takes the signs of the queries that have a vector.</summary>
    public ClosenessIndex(IReadOnlyList<StandingQuery> queries)
    {
        _dimensions = queries.FirstOrDefault(query => query.Vector is not null)?.Vector?.Length ?? 0;
        _words = (_dimensions + 63) / 64;
        _signs = new ulong[queries.Count * _words];
        _vectors = [.. queries.Select(query => query.Vector?.Length == _dimensions ? query.Vector : null)];
        for (var query = 0; query < queries.Count; query++)
            if (_vectors[query] is { } vector)
                Signs(vector, _signs.AsSpan(query * _words, _words));
    }

    /// <summary>The queries, by their places, that the paper is close to.</summary>
    public IReadOnlyList<int> Close => _close;

    /// <summary>Reads a paper by its vector; one without is close to nothing.</summary>
    public void Read(float[]? vector)
    {
        _close.Clear();
        _paper = vector is not null && vector.Length == _dimensions ? vector : null;
        if (_paper is null)
            return;
        Span<ulong> signs = stackalloc ulong[_words];
        Signs(_paper, signs);
        var most = (int)(_dimensions * MostDiffering);
        if (_words == UsualWords)
            ReadUsual(signs, most);
        else
            for (var query = 0; query < _vectors.Length; query++)
                Consider(query, Differing(signs, _signs.AsSpan(query * _words)), most);
    }

    /// <summary>Whether both the paper and a query have a vector; cheaper than the cosine.</summary>
    public bool Knows(int query) => _paper is not null && _vectors[query] is not null;

    /// <summary>The cosine of the paper to a query; null where either has no vector.</summary>
    public double? ClosenessTo(int query) => _paper is not null && _vectors[query] is { } vector ? VectorMath.Dot(_paper, vector) : null;

    private void Consider(int query, int differing, int most)
    {
        if (differing <= most && ClosenessTo(query) >= CloseEnough)
            _close.Add(query);
    }

    // With the paper's signs in registers, for all queries are looked at for every paper.
    private void ReadUsual(ReadOnlySpan<ulong> signs, int most)
    {
        var (s0, s1, s2, s3, s4, s5) = (signs[0], signs[1], signs[2], signs[3], signs[4], signs[5]);
        var others = _signs.AsSpan();
        for (var query = 0; others.Length >= UsualWords; query++, others = others[UsualWords..])
        {
            var differing = BitOperations.PopCount(s0 ^ others[0]) + BitOperations.PopCount(s1 ^ others[1])
                + BitOperations.PopCount(s2 ^ others[2]) + BitOperations.PopCount(s3 ^ others[3])
                + BitOperations.PopCount(s4 ^ others[4]) + BitOperations.PopCount(s5 ^ others[5]);
            if (differing <= most)
                Consider(query, differing, most);
        }
    }

    private static int Differing(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var differing = 0;
        for (var i = 0; i < a.Length; i++)
            differing += BitOperations.PopCount(a[i] ^ b[i]);
        return differing;
    }

    private static void Signs(ReadOnlySpan<float> vector, Span<ulong> signs)
    {
        signs.Clear();
        for (var i = 0; i < vector.Length; i++)
            if (vector[i] > 0)
                signs[i / 64] |= 1UL << (i % 64);
    }
}
