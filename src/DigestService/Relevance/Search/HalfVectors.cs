using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Search;

/// <summary>
/// Vectors of half precision, as they are stored, multiplied without being widened in memory first: half the octets to be
/// read, and the same product.
/// </summary>
internal static class HalfVectors
{
    // A half moved into the place of a float's exponent and fraction is too small by the difference of the two biases.
    private const int BiasDifference = 127 - 15;
    private const int FractionDifference = 23 - 10;
    private const int SignAndNumber = unchecked((int)0x8FFFFFFF);

    private static readonly float Scale = MathF.ScaleB(1, BiasDifference);

    /// <summary>A vector of half precision; each component keeps three decimal digits.</summary>
    public static Half[] Of(ReadOnlySpan<float> vector)
    {
        var halves = new Half[vector.Length];
        for (var i = 0; i < halves.Length; i++)
            halves[i] = (Half)vector[i];
        return halves;
    }

    /// <summary>A vector as <see cref="Dot"/> wants its first: scaled by a power of two, which rounds nothing.</summary>
    public static float[] Scaled(ReadOnlySpan<float> vector)
    {
        var scaled = new float[vector.Length];
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = vector[i] * Scale;
        return scaled;
    }

    /// <summary>
    /// The scalar product of two vectors of one length, the same to the bit as <see cref="VectorMath.Dot"/> has it of their
    /// components as floats. The components of either are finite.
    /// </summary>
    public static float Dot(ReadOnlySpan<float> scaled, ReadOnlySpan<Half> halves)
    {
        if (VectorMath.IsWide(halves.Length))
            return DotWide(scaled[..halves.Length], halves);
        var wide = MemoryMarshal.Cast<float, Vector<float>>(scaled);
        var narrow = MemoryMarshal.Cast<Half, Vector<short>>(halves);
        if (halves.Length % (4 * Vector<float>.Count) != 0 || wide.Length != 2 * narrow.Length)
            return DotOfAnyLength(scaled, halves);
        var (sum0, sum1, sum2, sum3) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        for (int at = 0, from = 0; at <= wide.Length - 4; at += 4, from += 2)
        {
            Vector.Widen(narrow[from], out var half0, out var half1);
            Vector.Widen(narrow[from + 1], out var half2, out var half3);
            sum0 += wide[at] * Small(half0);
            sum1 += wide[at + 1] * Small(half1);
            sum2 += wide[at + 2] * Small(half2);
            sum3 += wide[at + 3] * Small(half3);
        }

        return Vector.Sum(sum0 + sum1 + sum2 + sum3);
    }

    // In each register two of the four sums stand side by side.
    private static float DotWide(ReadOnlySpan<float> scaled, ReadOnlySpan<Half> halves)
    {
        ref var first = ref MemoryMarshal.GetReference(scaled);
        ref var second = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<Half, short>(halves));
        var (low, high) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (nuint at = 0; at < (nuint)halves.Length; at += VectorMath.WideStep)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref second, at));
            low += Vector512.LoadUnsafe(ref first, at) * Small(lower);
            high += Vector512.LoadUnsafe(ref first, at + (VectorMath.WideStep / 2)) * Small(upper);
        }

        return VectorMath.Sum(low, high);
    }

    private static Vector512<float> Small(Vector512<int> halves) => ((halves << FractionDifference) & Vector512.Create(SignAndNumber)).AsSingle();

    // The sign was widened over four bits, of which the first is the float's.
    private static Vector<float> Small(Vector<int> halves) => ((halves << FractionDifference) & new Vector<int>(SignAndNumber)).As<int, float>();

    private static float DotOfAnyLength(ReadOnlySpan<float> scaled, ReadOnlySpan<Half> halves)
    {
        var small = new float[halves.Length];
        for (var i = 0; i < small.Length; i++)
            small[i] = (float)halves[i] / Scale;
        return VectorMath.Dot(scaled, small);
    }
}
