using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Search;

/// <summary>The few operations on dense vectors that the latent space is made of, over the processor's vector registers.</summary>
internal static class VectorMath
{
    // Four registers of eight, which Dot takes at a step.
    internal const int WideStep = 32;

    /// <summary>The scalar product of two vectors of one length.</summary>
    // Not in steps: code of vectors is never compiled ahead, and learning from likes would wait for its second compilation.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var wideA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var wideB = MemoryMarshal.Cast<float, Vector<float>>(b)[..wideA.Length];
        // Four sums, since an addition has to wait for the one before it.
        var (sum0, sum1, sum2, sum3) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var at = 0;
        for (; at <= wideA.Length - 4; at += 4)
        {
            sum0 += wideA[at] * wideB[at];
            sum1 += wideA[at + 1] * wideB[at + 1];
            sum2 += wideA[at + 2] * wideB[at + 2];
            sum3 += wideA[at + 3] * wideB[at + 3];
        }
        for (; at < wideA.Length; at++)
            sum0 += wideA[at] * wideB[at];
        var total = Vector.Sum(sum0 + sum1 + sum2 + sum3);
        for (var i = wideA.Length * Vector<float>.Count; i < a.Length; i++)
            total += a[i] * b[i];
        return total;
    }

    /// <summary>
    /// The scalar products of a vector with four others, each the same to the bit as <see cref="Dot"/> has it: one sum need not
    /// wait for another's additions.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float, float, float, float) Dots(float[] a, float[] b0, float[] b1, float[] b2, float[] b3)
    {
        if (!IsWide(a.Length))
            return (Dot(a, b0), Dot(a, b1), Dot(a, b2), Dot(a, b3));
        ref var first = ref MemoryMarshal.GetArrayDataReference(a);
        ref var second0 = ref MemoryMarshal.GetReference(b0.AsSpan(0, a.Length));
        ref var second1 = ref MemoryMarshal.GetReference(b1.AsSpan(0, a.Length));
        ref var second2 = ref MemoryMarshal.GetReference(b2.AsSpan(0, a.Length));
        ref var second3 = ref MemoryMarshal.GetReference(b3.AsSpan(0, a.Length));
        Vector512<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector512<float> high0 = default, high1 = default, high2 = default, high3 = default;
        for (nuint at = 0; at < (nuint)a.Length; at += WideStep)
        {
            var (low, high) = (Vector512.LoadUnsafe(ref first, at), Vector512.LoadUnsafe(ref first, at + (WideStep / 2)));
            low0 += low * Vector512.LoadUnsafe(ref second0, at);
            low1 += low * Vector512.LoadUnsafe(ref second1, at);
            low2 += low * Vector512.LoadUnsafe(ref second2, at);
            low3 += low * Vector512.LoadUnsafe(ref second3, at);
            high0 += high * Vector512.LoadUnsafe(ref second0, at + (WideStep / 2));
            high1 += high * Vector512.LoadUnsafe(ref second1, at + (WideStep / 2));
            high2 += high * Vector512.LoadUnsafe(ref second2, at + (WideStep / 2));
            high3 += high * Vector512.LoadUnsafe(ref second3, at + (WideStep / 2));
        }
        return (Sum(low0, high0), Sum(low1, high1), Sum(low2, high2), Sum(low3, high3));
    }

    /// <summary>Whether vectors of a length are multiplied by registers of sixteen.</summary>
    internal static bool IsWide(int length) => Vector512.IsHardwareAccelerated && Vector<float>.Count == WideStep / 4 && length % WideStep == 0;

    // Each register holds two of the four sums that Dot adds up, side by side.
    internal static float Sum(Vector512<float> low, Vector512<float> high) =>
        Vector.Sum((low.GetLower() + low.GetUpper() + high.GetLower() + high.GetUpper()).AsVector());

    /// <summary>Adds <paramref name="factor"/> times a vector to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<float> vector, float factor, Span<float> to)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(vector);
        var wideTo = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var i = 0; i < wide.Length; i++)
            wideTo[i] += wide[i] * factor;
        for (var i = wide.Length * Vector<float>.Count; i < vector.Length; i++)
            to[i] += vector[i] * factor;
    }

    /// <summary>Scales a vector to length 1; one of nothing stays nothing.</summary>
    public static void Normalise(Span<float> vector)
    {
        var length = MathF.Sqrt(Dot(vector, vector));
        if (length <= 0)
            return;
        foreach (ref var x in vector)
            x /= length;
    }
}
