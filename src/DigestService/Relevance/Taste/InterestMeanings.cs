using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Taste;

/// <summary>
/// What the likes of each interest mean, added up, in buffers that the next reader uses again. Not for several threads at
/// once.
/// </summary>
internal sealed class InterestMeanings
{
    private const int AtOnce = 4;

    private float[][] _sums = [];
    private short[][] _rounded = [];
    private readonly float[] _steps = new float[Interests.Most];
    private readonly bool[] _isMeant = new bool[Interests.Most];
    private bool _isAny;
    private bool _isRounded;

    /// <summary>Forgets the likes before.</summary>
    public void Clear()
    {
        _isAny = false;
        Array.Clear(_isMeant);
    }

    /// <summary>Adds a like to an interest.</summary>
    public void Add(int interest, RoundedVector meaning)
    {
        if (_sums.Length == 0 || _sums[0].Length != meaning.Steps.Length)
        {
            _sums = [.. Enumerable.Range(0, Interests.Most).Select(_ => new float[meaning.Steps.Length])];
            _rounded = [.. _sums.Select(sum => new short[sum.Length])];
        }

        if (!_isMeant[interest])
            Array.Clear(_sums[interest]);
        (_isMeant[interest], _isAny, _isRounded) = (true, true, false);
        meaning.AddTo(_sums[interest]);
    }

    /// <summary>A paper's product with each of the first <paramref name="interests"/>, a lane each; 0 for one of which nothing is known.</summary>
    public Vector512<float> Products(RoundedVector paper, int interests)
    {
        if (!_isAny || paper.Steps.Length != _sums[0].Length)
            return Vector512<float>.Zero;
        if (!_isRounded)
            Round();
        var first = FourProducts(paper, 0);
        var second = interests > AtOnce ? FourProducts(paper, AtOnce) : Vector128<float>.Zero;
        var third = interests > 2 * AtOnce ? FourProducts(paper, 2 * AtOnce) : Vector128<float>.Zero;
        return Vector512.Create(Vector256.Create(first, second), Vector256.Create(third, Vector128<float>.Zero));
    }

    private Vector128<float> FourProducts(RoundedVector paper, int at) =>
        Vector128.ConvertToSingle(paper.Dots(_rounded[at], _rounded[at + 1], _rounded[at + 2], _rounded[at + 3]))
        * (Vector128.Create(paper.Step) * Vector128.LoadUnsafe(ref _steps[at]));

    private void Round()
    {
        for (var interest = 0; interest < _sums.Length; interest++)
            if (_isMeant[interest])
                _steps[interest] = RoundedVector.Round(_sums[interest], _rounded[interest]);
            else
                _steps[interest] = 0;
        _isRounded = true;
    }
}
