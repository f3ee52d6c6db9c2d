namespace DigestService.Relevance.Search;

/// <summary>Factorisations of small dense symmetric matrices.</summary>
internal static class DenseMatrices
{
    private const int MostSweeps = 40;
    private const double OfItsOwn = 1e-10;

    /// <summary>
    /// The lower triangle L with L·Lᵀ equal to a matrix without negative eigenvalues, row by row; the pivot is 0 of a
    /// column that, but for rounding, is made of those before it.
    /// </summary>
    public static double[][] Cholesky(double[][] matrix)
    {
        var lower = new double[matrix.Length][];
        for (var i = 0; i < matrix.Length; i++)
        {
            lower[i] = new double[i + 1];
            for (var j = 0; j <= i; j++)
            {
                var rest = matrix[i][j] - Dot(lower[i].AsSpan(0, j), lower[j].AsSpan(0, j));
                if (i == j)
                    lower[i][i] = rest > OfItsOwn * matrix[i][i] ? Math.Sqrt(rest) : 0;
                else if (lower[j][j] > 0)
                    lower[i][j] = rest / lower[j][j];
            }
        }
        return lower;
    }

    /// <summary>Eigenvalues and, in columns, eigenvectors of a symmetric matrix (Jacobi's rotations; the matrix is used up).</summary>
    public static (double[] Values, double[][] Vectors) Eigen(double[][] matrix)
    {
        var size = matrix.Length;
        var vectors = new double[size][];
        for (var i = 0; i < size; i++)
        {
            vectors[i] = new double[size];
            vectors[i][i] = 1;
        }
        for (var sweep = 0; sweep < MostSweeps && OffDiagonal(matrix) > 1e-14 * Diagonal(matrix); sweep++)
            for (var p = 0; p < size; p++)
                for (var q = p + 1; q < size; q++)
                    Rotate(matrix, vectors, p, q);
        return ([.. matrix.Select((row, i) => row[i])], vectors);
    }

    // Works on rows, which lie together in memory; the matrix is symmetric and so are its rotations.
    private static void Rotate(double[][] a, double[][] vectors, int p, int q)
    {
        if (Math.Abs(a[p][q]) < 1e-300)
            return;
        var theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cos = 1 / Math.Sqrt((t * t) + 1);
        var sin = t * cos;
        foreach (var row in a)
            (row[p], row[q]) = ((cos * row[p]) - (sin * row[q]), (sin * row[p]) + (cos * row[q]));
        var (rowP, rowQ) = (a[p], a[q]);
        for (var k = 0; k < rowP.Length; k++)
            (rowP[k], rowQ[k]) = ((cos * rowP[k]) - (sin * rowQ[k]), (sin * rowP[k]) + (cos * rowQ[k]));
        foreach (var row in vectors)
            (row[p], row[q]) = ((cos * row[p]) - (sin * row[q]), (sin * row[p]) + (cos * row[q]));
    }

    private static double OffDiagonal(double[][] a)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            for (var j = i + 1; j < a.Length; j++)
                sum += a[i][j] * a[i][j];
        return sum;
    }

    private static double Diagonal(double[][] a) => a.Select((row, i) => row[i] * row[i]).Sum();

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = System.Numerics.Vector<double>.Zero;
        var wideA = System.Runtime.InteropServices.MemoryMarshal.Cast<double, System.Numerics.Vector<double>>(a);
        var wideB = System.Runtime.InteropServices.MemoryMarshal.Cast<double, System.Numerics.Vector<double>>(b);
        for (var i = 0; i < wideA.Length; i++)
            sum += wideA[i] * wideB[i];
        var total = System.Numerics.Vector.Sum(sum);
        for (var i = wideA.Length * System.Numerics.Vector<double>.Count; i < a.Length; i++)
            total += a[i] * b[i];
        return total;
    }
}
