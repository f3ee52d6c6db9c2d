using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DigestService.Relevance.Search;

/// <summary>Divides the rows of a tall matrix by a lower triangle, several rows side by side, each as it would be alone.</summary>
internal static class TriangleSolver
{
    /// <summary>How many rows stand side by side: two registers of double precision.</summary>
    public const int RowsAtOnce = 16;

    private const int Half = RowsAtOnce / 2;

    /// <summary>
    /// Solves the first <see cref="RowsAtOnce"/> of the rows, or as many as there are, in place: each row becomes the one that the
    /// triangle makes it of. A column without a pivot becomes nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Solve(double[][] lower, Span<float[]> rows, int width)
    {
        var count = Math.Min(rows.Length, RowsAtOnce);
        // A column a line: its value in each row.
        var columns = new double[width * RowsAtOnce];
        for (var row = 0; row < count; row++)
            for (var column = 0; column < width; column++)
                columns[(column * RowsAtOnce) + row] = rows[row][column];
        ref var first = ref MemoryMarshal.GetArrayDataReference(columns);
        for (var i = 0; i < width; i++)
        {
            var line = lower[i];
            var low = Vector512.LoadUnsafe(ref first, (nuint)(i * RowsAtOnce));
            var high = Vector512.LoadUnsafe(ref first, (nuint)((i * RowsAtOnce) + Half));
            for (var k = 0; k < i; k++)
            {
                var factor = Vector512.Create(line[k]);
                low -= factor * Vector512.LoadUnsafe(ref first, (nuint)(k * RowsAtOnce));
                high -= factor * Vector512.LoadUnsafe(ref first, (nuint)((k * RowsAtOnce) + Half));
            }

            var pivot = line[i];
            var solved = pivot > 0 ? Vector512.Narrow(low / Vector512.Create(pivot), high / Vector512.Create(pivot)) : Vector512<float>.Zero;
            var (solvedLow, solvedHigh) = Vector512.Widen(solved);
            solvedLow.StoreUnsafe(ref first, (nuint)(i * RowsAtOnce));
            solvedHigh.StoreUnsafe(ref first, (nuint)((i * RowsAtOnce) + Half));
        }

        for (var row = 0; row < count; row++)
            for (var column = 0; column < width; column++)
                rows[row][column] = (float)columns[(column * RowsAtOnce) + row];
    }
}
