using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Search;

/// <summary>
/// Products with tall matrices, with sums held in registers. Each number is added up in the given order, as
/// <see cref="VectorMath.AddScaled"/> one row after the other has it, to the bit.
/// </summary>
internal static class TallProducts
{
    private const int Lanes = 16;
    // So many columns are summed at a time: the width of the main directions that are looked for.
    private const int ColumnsAtOnce = 5 * Lanes;
    private const int LinesAtOnce = 4;
    private const int FactorsAtOnce = 256;

    /// <summary>Adds to one row the named rows of a matrix, each with its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows(float[][] matrix, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, float[] to)
    {
        var rest = to.Length < Lanes ? 0 : ColumnsAtOnce;
        for (var k = 0; k < rows.Length && rest < to.Length; k++)
            VectorMath.AddScaled(matrix[rows[k]].AsSpan(rest), factors[k], to.AsSpan(rest));
        if (rest == 0)
            return;
        ref var sums = ref MemoryMarshal.GetArrayDataReference(to);
        var (at0, at1, at2, at3, at4) = Places(0, Math.Min(to.Length, ColumnsAtOnce));
        var (sum0, sum1, sum2) = (Vector512.LoadUnsafe(ref sums, at0), Vector512.LoadUnsafe(ref sums, at1), Vector512.LoadUnsafe(ref sums, at2));
        var (sum3, sum4) = (Vector512.LoadUnsafe(ref sums, at3), Vector512.LoadUnsafe(ref sums, at4));
        for (var k = 0; k < rows.Length; k++)
        {
            ref var row = ref MemoryMarshal.GetReference(matrix[rows[k]].AsSpan(0, to.Length));
            var factor = Vector512.Create(factors[k]);
            sum0 += Vector512.LoadUnsafe(ref row, at0) * factor;
            sum1 += Vector512.LoadUnsafe(ref row, at1) * factor;
            sum2 += Vector512.LoadUnsafe(ref row, at2) * factor;
            sum3 += Vector512.LoadUnsafe(ref row, at3) * factor;
            sum4 += Vector512.LoadUnsafe(ref row, at4) * factor;
        }

        sum0.StoreUnsafe(ref sums, at0);
        sum1.StoreUnsafe(ref sums, at1);
        sum2.StoreUnsafe(ref sums, at2);
        sum3.StoreUnsafe(ref sums, at3);
        sum4.StoreUnsafe(ref sums, at4);
    }

    /// <summary>The same with one factor for all.</summary>
    public static void AddRows(float[][] matrix, ReadOnlySpan<int> rows, float factor, float[] to)
    {
        Span<float> factors = stackalloc float[Math.Min(rows.Length, FactorsAtOnce)];
        factors.Fill(factor);
        for (; rows.Length > FactorsAtOnce; rows = rows[FactorsAtOnce..])
            AddRows(matrix, rows[..FactorsAtOnce], factors, to);
        AddRows(matrix, rows, factors[..rows.Length], to);
    }

    /// <summary>A square matrix, line by line, times a tall one.</summary>
    public static float[][] Times(float[] square, float[][] tall)
    {
        var product = TallMatrices.Zeros(tall.Length, tall[0].Length);
        Parallel.For(0, (tall.Length + LinesAtOnce - 1) / LinesAtOnce, block => AddProducts(square, tall, block * LinesAtOnce, product));
        return product;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(float[] square, float[][] tall, int line, float[][] product)
    {
        var (size, width) = (tall.Length, tall[0].Length);
        if (width < Lanes || line + LinesAtOnce > size)
        {
            for (var one = line; one < Math.Min(line + LinesAtOnce, size); one++)
                for (var row = 0; row < size; row++)
                    VectorMath.AddScaled(tall[row], square[(one * size) + row], product[one]);
            return;
        }

        var line0 = square.AsSpan(line * size, size);
        var line1 = square.AsSpan((line + 1) * size, size);
        var line2 = square.AsSpan((line + 2) * size, size);
        var line3 = square.AsSpan((line + 3) * size, size);
        for (var from = 0; from < width; from += ColumnsAtOnce)
        {
            var (at0, at1, at2, at3, at4) = Places(from, width);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
            Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default;
            Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default, d4 = default;
            for (var row = 0; row < tall.Length; row++)
            {
                ref var numbers = ref MemoryMarshal.GetReference(tall[row].AsSpan(0, width));
                var (of0, of1, of2) = (Vector512.LoadUnsafe(ref numbers, at0), Vector512.LoadUnsafe(ref numbers, at1), Vector512.LoadUnsafe(ref numbers, at2));
                var (of3, of4) = (Vector512.LoadUnsafe(ref numbers, at3), Vector512.LoadUnsafe(ref numbers, at4));
                var factor = Vector512.Create(line0[row]);
                a0 += of0 * factor;
                a1 += of1 * factor;
                a2 += of2 * factor;
                a3 += of3 * factor;
                a4 += of4 * factor;
                factor = Vector512.Create(line1[row]);
                b0 += of0 * factor;
                b1 += of1 * factor;
                b2 += of2 * factor;
                b3 += of3 * factor;
                b4 += of4 * factor;
                factor = Vector512.Create(line2[row]);
                c0 += of0 * factor;
                c1 += of1 * factor;
                c2 += of2 * factor;
                c3 += of3 * factor;
                c4 += of4 * factor;
                factor = Vector512.Create(line3[row]);
                d0 += of0 * factor;
                d1 += of1 * factor;
                d2 += of2 * factor;
                d3 += of3 * factor;
                d4 += of4 * factor;
            }

            Store(product[line], a0, a1, a2, a3, a4, from);
            Store(product[line + 1], b0, b1, b2, b3, b4, from);
            Store(product[line + 2], c0, c1, c2, c3, c4, from);
            Store(product[line + 3], d0, d1, d2, d3, d4, from);
        }
    }

    private static void Store(
        float[] to, Vector512<float> sum0, Vector512<float> sum1, Vector512<float> sum2, Vector512<float> sum3, Vector512<float> sum4, int from)
    {
        var (at0, at1, at2, at3, at4) = Places(from, to.Length);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(to);
        sum0.StoreUnsafe(ref sums, at0);
        sum1.StoreUnsafe(ref sums, at1);
        sum2.StoreUnsafe(ref sums, at2);
        sum3.StoreUnsafe(ref sums, at3);
        sum4.StoreUnsafe(ref sums, at4);
    }

    // Where the registers begin. The last ones may hold columns that others hold as well: the same sums are stored twice.
    private static (nuint, nuint, nuint, nuint, nuint) Places(int from, int width) =>
        (Place(from, width), Place(from + Lanes, width), Place(from + (2 * Lanes), width), Place(from + (3 * Lanes), width), Place(from + (4 * Lanes), width));

    private static nuint Place(int from, int width) => (nuint)Math.Min(from, width - Lanes);
}
