using System.Numerics;
using System.Runtime.InteropServices;

namespace DigestService.Relevance.Search;

/// <summary>The few operations on dense vectors that the latent space is made of, over the processor's vector registers.</summary>
internal static class VectorMath
{
    /// <summary>The scalar product of two vectors of one length.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var wideA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var wideB = MemoryMarshal.Cast<float, Vector<float>>(b);
        for (var i = 0; i < wideA.Length; i++)
            sum += wideA[i] * wideB[i];
        var total = Vector.Sum(sum);
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
