using System.Numerics;
using DigestService.Relevance.Search;

namespace DigestService.Topics;

/// <summary>A query that a paper is close to, by its place, and the cosine of the two.</summary>
internal readonly record struct CloseQuery(int Query, double Closeness);

/// <summary>
/// The vectors of standing queries: how close papers are to each in meaning, and to which they are close enough. The signs
/// of the components, one bit each, tell which queries need not be looked at. Papers are read many at once: the vectors of
/// thousands of queries do not fit the caches, and are gone through once for all of them. Not for several threads at once.
/// </summary>
internal sealed class ClosenessIndex
{
    /// <summary>The cosine from which a paper without the words may stand for a query.</summary>
    public const double CloseEnough = 0.45;

    /// <summary>
    /// The same for a bare title: few words lie nearer to the few of a query than an abstract does. From here on as many titles of 350 papers are near to the topics' names
    /// as are with their abstracts from <see cref="CloseEnough"/> on.
    /// </summary>
    public const double TitleCloseEnough = 0.5;

    /// <summary>How many papers are best read at once: their vectors stay in the second cache, their signs in the first.</summary>
    public const int PapersAtOnce = 256;

    // Two vectors of a cosine of 0.45 differ in the sign of 35 of 100 components (arccos 0.45 / π); at 384 components, in more
    // than 41.5 of 100 in one case of two hundred. Of pairs that have nothing to do with each other three in a hundred come so near.
    private const double MostDiffering = 0.415;

    // Of the 384 components of the model that comes with the service.
    private const int UsualWords = 6;

    private readonly Half[]?[] _vectors;
    private readonly ulong[] _signs;
    private readonly int _words;
    private readonly int _dimensions;
    private readonly int _mostDiffering;
    private readonly List<int> _unknown;
    private ReadPaper?[] _papers = [];
    private ReadPaper? _paper;

    /// <summary>Takes the signs of the queries that have a vector.</summary>
    public ClosenessIndex(IReadOnlyList<StandingQuery> queries)
    {
        _dimensions = queries.FirstOrDefault(query => query.Vector is not null)?.Vector?.Length ?? 0;
        _words = (_dimensions + 63) / 64;
        _mostDiffering = (int)(_dimensions * MostDiffering);
        _signs = new ulong[queries.Count * _words];
        _vectors = [.. queries.Select(query => query.Vector?.Length == _dimensions ? query.Vector : null)];
        _unknown = [.. Enumerable.Range(0, _vectors.Length).Where(query => _vectors[query] is null)];
        for (var query = 0; query < queries.Count; query++)
            if (_vectors[query] is { } vector)
                for (var i = 0; i < vector.Length; i++)
                    Mark(_signs, query, i, vector[i] > Half.Zero);
    }

    /// <summary>The queries, by their places, that the paper is close to.</summary>
    public IReadOnlyList<CloseQuery> Close => _paper?.Close ?? [];

    /// <summary>The queries without a vector, by their places; null where the paper has none, so that nothing is known of any.</summary>
    public IReadOnlyList<int>? Unknown => _paper is null ? null : _unknown;

    /// <summary>Reads papers by their vectors; one without is close to nothing.</summary>
    public void Read(IReadOnlyList<float[]?> vectors)
    {
        _paper = null;
        _papers = new ReadPaper?[vectors.Count];
        for (var i = 0; i < vectors.Count; i++)
            if (_dimensions > 0 && vectors[i] is { } vector && vector.Length == _dimensions)
                _papers[i] = new(HalfVectors.Scaled(vector), []);
        FindClose([.. _papers.OfType<ReadPaper>()]);
    }

    /// <summary>Says of which of the papers that were read it is asked.</summary>
    public void TurnTo(int paper) => _paper = _papers[paper];

    /// <summary>The cosine of the paper to a query; null where either has no vector.</summary>
    public double? ClosenessTo(int query) => _paper is not null && _vectors[query] is { } vector ? HalfVectors.Dot(_paper.Scaled, vector) : null;

    private void FindClose(ReadPaper[] papers)
    {
        var signs = new ulong[papers.Length * _words];
        for (var paper = 0; paper < papers.Length; paper++)
            for (var i = 0; i < _dimensions; i++)
                Mark(signs, paper, i, papers[paper].Scaled[i] > 0);
        for (var query = 0; papers.Length > 0 && query < _vectors.Length; query++)
        {
            if (_vectors[query] is null)
                continue;
            var own = _signs.AsSpan(query * _words, _words);
            if (_words == UsualWords)
                CompareUsual(query, own, papers, signs);
            else
                for (var paper = 0; paper < papers.Length; paper++)
                    if (Differing(own, signs.AsSpan(paper * _words)) <= _mostDiffering)
                        Consider(query, papers[paper]);
        }
    }

    // With the query's signs in registers.
    private void CompareUsual(int query, ReadOnlySpan<ulong> own, ReadPaper[] papers, ReadOnlySpan<ulong> others)
    {
        var (s0, s1, s2, s3, s4, s5) = (own[0], own[1], own[2], own[3], own[4], own[5]);
        for (var paper = 0; others.Length >= UsualWords; paper++, others = others[UsualWords..])
        {
            var differing = BitOperations.PopCount(s0 ^ others[0]) + BitOperations.PopCount(s1 ^ others[1])
                + BitOperations.PopCount(s2 ^ others[2]) + BitOperations.PopCount(s3 ^ others[3])
                + BitOperations.PopCount(s4 ^ others[4]) + BitOperations.PopCount(s5 ^ others[5]);
            if (differing <= _mostDiffering)
                Consider(query, papers[paper]);
        }
    }

    private void Consider(int query, ReadPaper paper)
    {
        double closeness = HalfVectors.Dot(paper.Scaled, _vectors[query]);
        if (closeness >= CloseEnough)
            paper.Close.Add(new(query, closeness));
    }

    private static int Differing(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var differing = 0;
        for (var i = 0; i < a.Length; i++)
            differing += BitOperations.PopCount(a[i] ^ b[i]);
        return differing;
    }

    private void Mark(ulong[] signs, int row, int component, bool isPositive)
    {
        if (isPositive)
            signs[(row * _words) + (component / 64)] |= 1UL << (component % 64);
    }

    private sealed record ReadPaper(float[] Scaled, List<CloseQuery> Close);
}
