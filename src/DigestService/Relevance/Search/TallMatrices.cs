namespace DigestService.Relevance.Search;

/// <summary>Tall thin matrices, row by row: what the randomised decompositions of large sparse matrices are made of.</summary>
internal static class TallMatrices
{
    private const int Oversampling = 8;
    private const int PowerIterations = 4;

    /// <summary>A matrix of zeros.</summary>
    public static float[][] Zeros(int rows, int width)
    {
        var matrix = new float[rows][];
        for (var i = 0; i < rows; i++)
            matrix[i] = new float[width];
        return matrix;
    }

    /// <summary>A matrix of nearly normal random numbers.</summary>
    public static float[][] Random(int rows, int width, Random random)
    {
        var matrix = Zeros(rows, width);
        foreach (var row in matrix)
            for (var j = 0; j < width; j++)
                row[j] = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        return matrix;
    }

    /// <summary>Makes the columns orthonormal in place; one that is made of those before it becomes nothing.</summary>
    public static void Orthonormalise(float[][] rows, int width)
    {
        // Twice: once leaves the columns orthogonal only to single precision times the condition number.
        for (var pass = 0; pass < 2; pass++)
        {
            var lower = DenseMatrices.Cholesky(Gram(rows, width));
            Parallel.For(0, (rows.Length + TriangleSolver.RowsAtOnce - 1) / TriangleSolver.RowsAtOnce, block =>
                TriangleSolver.Solve(lower, rows.AsSpan(block * TriangleSolver.RowsAtOnce), width));
        }
    }

    /// <summary>The largest singular values and, in columns, their left singular vectors, from the small Gram matrix.</summary>
    public static (double[] Values, float[][] Vectors) LeftSingular(float[][] rows, int width, int count)
    {
        var (values, vectors) = DenseMatrices.Eigen(Gram(rows, width));
        var order = Enumerable.Range(0, width).OrderByDescending(i => values[i]).Take(count).ToArray();
        var singular = order.Select(column => Math.Sqrt(Math.Max(values[column], 1e-12))).ToArray();
        var mix = order.Select((column, k) => Enumerable.Range(0, width).Select(i => (float)(vectors[i][column] / singular[k])).ToArray()).ToArray();
        return (singular, [.. rows.AsParallel().AsOrdered().Select(row => mix.Select(m => VectorMath.Dot(row, m)).ToArray())]);
    }

    /// <summary>
    /// The largest eigenvalues and, in columns, the eigenvectors of a large matrix without negative ones, known by what
    /// it makes of a tall one. The same matrix gives the same answer.
    /// </summary>
    public static (double[] Values, float[][] Vectors) LeadingEigen(int size, int count, Func<float[][], float[][]> times)
    {
        var width = Math.Min(size, count + Oversampling);
        var range = Random(size, width, new Random(1965));
        for (var i = 0; i < PowerIterations; i++)
        {
            range = times(range);
            Orthonormalise(range, width);
        }
        return LeftSingular(times(range), width, Math.Min(size, count));
    }

    private static double[][] Gram(float[][] rows, int width)
    {
        var gram = GramMatrix.Of(rows, width);
        for (var i = 0; i < width; i++)
            for (var j = 0; j < i; j++)
                gram[j][i] = gram[i][j];
        return gram;
    }
}
