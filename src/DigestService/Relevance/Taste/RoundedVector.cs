using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DigestService.Relevance.Taste;

/// <summary>
/// A vector in whole steps, of which the greatest component has 127: a quarter of the memory of floats, and whole numbers,
/// whose products are the same on every machine. A scalar product of two vectors of 384 components comes out wrong by less
/// than a thousandth of the product of their lengths.
/// </summary>
internal sealed class RoundedVector
{
    private const int MostSteps = sbyte.MaxValue;
    // Numbers of sixteen bits in a register, and in half of one.
    private const int WideStep = 32;
    private const int NarrowStep = 16;

    private RoundedVector(sbyte[] steps, float step, double square) => (Steps, Step, Square) = (steps, step, square);

    /// <summary>The components in steps.</summary>
    public sbyte[] Steps { get; }

    /// <summary>The length of a step.</summary>
    public float Step { get; }

    /// <summary>The scalar product with itself.</summary>
    public double Square { get; }

    /// <summary>The vector times a number.</summary>
    public RoundedVector Times(float factor) => new(Steps, Step * factor, Square * factor * factor);

    /// <summary>Rounds a vector.</summary>
    public static RoundedVector Of(ReadOnlySpan<float> vector)
    {
        var step = StepOf(vector, MostSteps);
        var steps = new sbyte[vector.Length];
        var square = 0.0;
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = (sbyte)MathF.Round(vector[i] / step);
            square += steps[i] * steps[i];
        }

        return new(steps, step, square * step * step);
    }

    /// <summary>
    /// Rounds a sum of vectors to finer steps, as fine as whole numbers of 32 bits allow for its products with rounded vectors;
    /// answers the length of a step.
    /// </summary>
    public static float Round(ReadOnlySpan<float> sum, Span<short> steps)
    {
        var step = StepOf(sum, Math.Min(short.MaxValue, int.MaxValue / (MostSteps * Math.Max(1, sum.Length))));
        var perUnit = 1 / step;
        var wide = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var wideSteps = MemoryMarshal.Cast<short, Vector<short>>(steps);
        for (var i = 0; i < wideSteps.Length; i++)
            wideSteps[i] = Vector.Narrow(
                Vector.ConvertToInt32(Vector.Round(wide[2 * i] * perUnit)), Vector.ConvertToInt32(Vector.Round(wide[(2 * i) + 1] * perUnit)));
        for (var i = wideSteps.Length * Vector<short>.Count; i < sum.Length; i++)
            steps[i] = (short)MathF.Round(sum[i] * perUnit);
        return step;
    }

    /// <summary>Adds the vector to a sum.</summary>
    public void AddTo(Span<float> sum)
    {
        var narrow = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(Steps);
        var wide = MemoryMarshal.Cast<float, Vector<float>>(sum);
        for (var i = 0; i < narrow.Length; i++)
        {
            Vector.Widen(narrow[i], out var lower, out var upper);
            Vector.Widen(lower, out var first, out var second);
            Vector.Widen(upper, out var third, out var fourth);
            wide[4 * i] += Vector.ConvertToSingle(first) * Step;
            wide[(4 * i) + 1] += Vector.ConvertToSingle(second) * Step;
            wide[(4 * i) + 2] += Vector.ConvertToSingle(third) * Step;
            wide[(4 * i) + 3] += Vector.ConvertToSingle(fourth) * Step;
        }

        for (var i = narrow.Length * Vector<sbyte>.Count; i < Steps.Length; i++)
            sum[i] += Step * Steps[i];
    }

    /// <summary>The scalar products, in steps of both, with four rounded sums of the same length.</summary>
    public Vector128<int> Dots(short[] sum0, short[] sum1, short[] sum2, short[] sum3)
    {
        var length = Steps.Length;
        ref var steps = ref MemoryMarshal.GetArrayDataReference(Steps);
        ref var first = ref MemoryMarshal.GetReference(sum0.AsSpan(0, length));
        ref var second = ref MemoryMarshal.GetReference(sum1.AsSpan(0, length));
        ref var third = ref MemoryMarshal.GetReference(sum2.AsSpan(0, length));
        ref var fourth = ref MemoryMarshal.GetReference(sum3.AsSpan(0, length));
        nuint at = 0;
        var (sums0, sums1, sums2, sums3) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
        if (Avx512BW.IsSupported)
        {
            var (wide0, wide1, wide2, wide3) = (Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero, Vector512<int>.Zero);
            for (; at + WideStep <= (nuint)length; at += WideStep)
            {
                var own = Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref steps, at));
                wide0 += Avx512BW.MultiplyAddAdjacent(own, Vector512.LoadUnsafe(ref first, at));
                wide1 += Avx512BW.MultiplyAddAdjacent(own, Vector512.LoadUnsafe(ref second, at));
                wide2 += Avx512BW.MultiplyAddAdjacent(own, Vector512.LoadUnsafe(ref third, at));
                wide3 += Avx512BW.MultiplyAddAdjacent(own, Vector512.LoadUnsafe(ref fourth, at));
            }

            (sums0, sums1) = (wide0.GetLower() + wide0.GetUpper(), wide1.GetLower() + wide1.GetUpper());
            (sums2, sums3) = (wide2.GetLower() + wide2.GetUpper(), wide3.GetLower() + wide3.GetUpper());
        }

        for (; at + NarrowStep <= (nuint)length; at += NarrowStep)
        {
            var own = Widened(Vector128.LoadUnsafe(ref steps, at));
            sums0 += Products(own, Vector256.LoadUnsafe(ref first, at));
            sums1 += Products(own, Vector256.LoadUnsafe(ref second, at));
            sums2 += Products(own, Vector256.LoadUnsafe(ref third, at));
            sums3 += Products(own, Vector256.LoadUnsafe(ref fourth, at));
        }

        var dots = Totals(sums0, sums1, sums2, sums3);
        for (var i = (int)at; i < length; i++)
            dots += Vector128.Create((int)sum0[i], sum1[i], sum2[i], sum3[i]) * Steps[i];
        return dots;
    }

    private static Vector128<int> Totals(Vector256<int> sums0, Vector256<int> sums1, Vector256<int> sums2, Vector256<int> sums3)
    {
        if (!Avx2.IsSupported)
            return Vector128.Create(Vector256.Sum(sums0), Vector256.Sum(sums1), Vector256.Sum(sums2), Vector256.Sum(sums3));
        var totals = Avx2.HorizontalAdd(Avx2.HorizontalAdd(sums0, sums1), Avx2.HorizontalAdd(sums2, sums3));
        return totals.GetLower() + totals.GetUpper();
    }

    private static Vector256<short> Widened(Vector128<sbyte> steps) => Vector256.Create(Vector128.WidenLower(steps), Vector128.WidenUpper(steps));

    // Products of neighbours, added: which neighbours does not matter, for all are added up in the end.
    private static Vector256<int> Products(Vector256<short> a, Vector256<short> b) => Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(a, b)
        : (Vector256.WidenLower(a) * Vector256.WidenLower(b)) + (Vector256.WidenUpper(a) * Vector256.WidenUpper(b));

    private static float StepOf(ReadOnlySpan<float> vector, int most)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(vector);
        var highest = Vector<float>.Zero;
        foreach (var numbers in wide)
            highest = Vector.Max(highest, Vector.Abs(numbers));
        var greatest = 0f;
        for (var i = 0; i < Vector<float>.Count; i++)
            greatest = MathF.Max(greatest, highest[i]);
        foreach (var x in vector[(wide.Length * Vector<float>.Count)..])
            greatest = MathF.Max(greatest, MathF.Abs(x));
        return greatest > 0 ? greatest / most : 1;
    }
}
