using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Taste;

/// <summary>Powers with an exponent near 1, sixteen at once, right to six digits: a fraction of what as many exact ones cost.</summary>
internal static class SmallPowers
{
    // Half of the square root of 2: what is left of a number when its power of two is taken off lies between it and twice it.
    private const int LeastFraction = 0x3F3504F3;
    private const int FractionBits = 23;
    private const int Bias = 127;
    // 2 / (k · ln 2) for k of 1, 3, 5 and 7: the logarithm as a series in (x - 1) / (x + 1), which is 0.172 at the most.
    private const float Log1 = 2.88539008f;
    private const float Log3 = 0.961796694f;
    private const float Log5 = 0.577078016f;
    private const float Log7 = 0.412198583f;
    // (ln 2)ⁿ / n!: the powers of two as a series in the exponent, which is 0.5 at the most.
    private const float Exp1 = 0.693147181f;
    private const float Exp2 = 0.240226507f;
    private const float Exp3 = 0.0555041087f;
    private const float Exp4 = 0.00961812911f;
    private const float Exp5 = 0.00133335581f;
    private const float Exp6 = 0.000154035304f;

    /// <summary>
    /// Each number to the power of 1 + <paramref name="beyond"/>, which is between -0.2 and 0.2; 0 for numbers that are not
    /// positive.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Raise(Vector512<float> numbers, float beyond)
    {
        var positive = Vector512.Max(numbers, Vector512<float>.Zero);
        return positive * PowerOfTwo(Logarithm(positive) * beyond);
    }

    // To the base of 2; some -127 for 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Logarithm(Vector512<float> numbers)
    {
        var bits = numbers.AsInt32();
        var exponent = (bits - Vector512.Create(LeastFraction)) >> FractionBits;
        var fraction = (bits - (exponent << FractionBits)).AsSingle();
        var ratio = (fraction - Vector512<float>.One) / (fraction + Vector512<float>.One);
        var square = ratio * ratio;
        var series = (((((Vector512.Create(Log7) * square) + Vector512.Create(Log5)) * square) + Vector512.Create(Log3)) * square) + Vector512.Create(Log1);
        return Vector512.ConvertToSingle(exponent) + (ratio * series);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<float> exponents)
    {
        var whole = Vector512.Floor(exponents + Vector512.Create(0.5f));
        var rest = exponents - whole;
        var series = (Vector512.Create(Exp6) * rest) + Vector512.Create(Exp5);
        series = (series * rest) + Vector512.Create(Exp4);
        series = (series * rest) + Vector512.Create(Exp3);
        series = (series * rest) + Vector512.Create(Exp2);
        series = (series * rest) + Vector512.Create(Exp1);
        series = (series * rest) + Vector512<float>.One;
        var power = ((Vector512.ConvertToInt32(whole) + Vector512.Create(Bias)) << FractionBits).AsSingle();
        return series * power;
    }
}
