using System.Numerics;
using System.Runtime.InteropServices;

namespace DigestService.Relevance.Search;

/// <summary>The few operations on dense vectors that the latent space is made of, over the processor's vector registers.</summary>
internal static class VectorMath
{
    /// <summary>The scalar product of two vectors of one length.</summary>
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

    /// <summary>Adds <paramref name="factor"/> times a vector to another.</summary>
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
