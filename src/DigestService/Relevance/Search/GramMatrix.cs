using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Search;

/// <summary>The scalar products of a tall matrix's columns with each other, each added up in the order of the rows.</summary>
internal static class GramMatrix
{
    // Rows that are widened at a time, so that they stay in the nearest cache.
    private const int RowsAtOnce = 32;
    private const int Lanes = 8;
    private const int TileLines = 4;
    private const int TileColumns = 2 * Lanes;

    /// <summary>The lower triangle, line by line; what stands above it is of no meaning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[][] Of(float[][] rows, int width)
    {
        var stride = (width + TileColumns - 1) / TileColumns * TileColumns;
        var gram = new double[stride * stride];
        var wide = new double[RowsAtOnce * stride];
        for (var from = 0; from < rows.Length; from += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows.Length - from);
            for (var row = 0; row < count; row++)
                for (var column = 0; column < width; column++)
                    wide[(row * stride) + column] = rows[from + row][column];
            for (var line = 0; line < stride; line += TileLines)
                for (var column = 0; column < line + TileLines; column += TileColumns)
                    AddTile(wide, count, stride, line, column, gram);
        }

        var square = new double[width][];
        for (var line = 0; line < width; line++)
            square[line] = gram.AsSpan(line * stride, width).ToArray();
        return square;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(double[] wide, int count, int stride, int line, int column, double[] gram)
    {
        ref var to = ref MemoryMarshal.GetReference(gram.AsSpan((line * stride) + column, ((TileLines - 1) * stride) + TileColumns));
        var (next, afterNext, last) = ((nuint)stride, (nuint)(2 * stride), (nuint)(3 * stride));
        var (low0, high0) = (Vector512.LoadUnsafe(ref to), Vector512.LoadUnsafe(ref to, Lanes));
        var (low1, high1) = (Vector512.LoadUnsafe(ref to, next), Vector512.LoadUnsafe(ref to, next + Lanes));
        var (low2, high2) = (Vector512.LoadUnsafe(ref to, afterNext), Vector512.LoadUnsafe(ref to, afterNext + Lanes));
        var (low3, high3) = (Vector512.LoadUnsafe(ref to, last), Vector512.LoadUnsafe(ref to, last + Lanes));
        for (var row = 0; row < count; row++)
        {
            var numbers = wide.AsSpan(row * stride, stride);
            ref var columns = ref MemoryMarshal.GetReference(numbers.Slice(column, TileColumns));
            var (low, high) = (Vector512.LoadUnsafe(ref columns), Vector512.LoadUnsafe(ref columns, Lanes));
            var lines = numbers.Slice(line, TileLines);
            low0 += low * lines[0];
            high0 += high * lines[0];
            low1 += low * lines[1];
            high1 += high * lines[1];
            low2 += low * lines[2];
            high2 += high * lines[2];
            low3 += low * lines[3];
            high3 += high * lines[3];
        }

        low0.StoreUnsafe(ref to);
        high0.StoreUnsafe(ref to, Lanes);
        low1.StoreUnsafe(ref to, next);
        high1.StoreUnsafe(ref to, next + Lanes);
        low2.StoreUnsafe(ref to, afterNext);
        high2.StoreUnsafe(ref to, afterNext + Lanes);
        low3.StoreUnsafe(ref to, last);
        high3.StoreUnsafe(ref to, last + Lanes);
    }
}
