using DigestService.Relevance.Search;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>What readers of like taste liked, each number added up one by one in the order that the rule gives.</summary>
internal sealed class PlainSimilarReaders
{
    private const int MostFeatures = 512;

    private readonly int[][] _likes;
    private readonly int[][] _readersOf;
    private readonly PlainContent _space;
    private readonly (int Feature, float Weight)[][] _means;
    private readonly List<(int Reader, float Weight)>[] _readersWith;
    private readonly float _usual;
    private readonly PlainDirections _ofPapers;
    private readonly PlainDirections _ofReaders;

    /// <summary>Learns from everybody's likes, given as papers of the collection.</summary>
    public PlainSimilarReaders(int[][] likes, PlainContent space)
    {
        (_likes, _space, _usual) = (likes, space, (float)space.UsualProduct);
        _readersOf = [.. Enumerable.Range(0, space.Vectors.Length).Select(paper =>
            Enumerable.Range(0, likes.Length).Where(reader => likes[reader].Contains(paper)).ToArray())];
        _means = [.. likes.Select(MeanOf)];
        _readersWith = [.. space.ItemsWith.Select(_ => new List<(int, float)>())];
        for (var reader = 0; reader < likes.Length; reader++)
            foreach (var (feature, weight) in _means[reader])
                _readersWith[feature].Add((reader, weight));
        _ofPapers = PlainDirections.Of(space.Vectors.Length, TimesPapers, value => value * value / (value + (32 * _usual)));
        var kernel = likes.Select((papers, reader) => Likeness(SharedLikes(papers), _means[reader])).ToArray();
        _ofReaders = PlainDirections.Of(likes.Length, matrix => TimesReaders(kernel, matrix), value => value / (value + 500));
    }

    /// <summary>How strongly each paper is vouched for by readers like the one with these likes, who may be one of them.</summary>
    public float[] VouchesFor(int[] likes, int? self)
    {
        var shared = SharedLikes(likes);
        var likeness = Likeness(shared, MeanOf(likes));
        var common = _ofReaders.Common(Enumerable.Range(0, likeness.Length), likeness);
        var weights = new float[likeness.Length];
        for (var reader = 0; reader < weights.Length; reader++)
            weights[reader] = _usual * ((0.6f * MathF.Pow(shared[reader], 1.5f) / _likes[reader].Length)
                + (6 / 500f * (likeness[reader] - _ofReaders.Part(reader, common))));
        if (self is { } own)
            weights[own] = 0;
        var ofPapers = _ofPapers.Common(likes, Enumerable.Repeat(1f, likes.Length));
        return [.. _readersOf.Select((readers, paper) => readers.Aggregate(-_ofPapers.Part(paper, ofPapers), (sum, reader) => sum + weights[reader]))];
    }

    private float[] SharedLikes(int[] likes)
    {
        var shared = new float[_likes.Length];
        foreach (var paper in likes)
            foreach (var reader in _readersOf[paper])
                shared[reader]++;
        return shared;
    }

    private float[] Likeness(float[] shared, (int Feature, float Weight)[] mean)
    {
        var likeness = new float[_likes.Length];
        foreach (var (feature, weight) in mean)
            foreach (var (reader, other) in _readersWith[feature])
                likeness[reader] += weight * other;
        for (var reader = 0; reader < likeness.Length; reader++)
            likeness[reader] = shared[reader] + (30 * likeness[reader]);
        return likeness;
    }

    private (int Feature, float Weight)[] MeanOf(int[] likes)
    {
        var (sums, order) = (new Dictionary<int, float>(), new List<int>());
        foreach (var like in likes)
        {
            var vector = _space.Vectors[like];
            for (var i = 0; i < vector.Features.Length; i++)
            {
                if (sums.TryAdd(vector.Features[i], 0))
                    order.Add(vector.Features[i]);
                sums[vector.Features[i]] += (float)(1 / Math.Max(vector.Length, 1e-6) * vector.Weights[i]);
            }
        }

        if (order.Count > MostFeatures)
            order = [.. order.OrderByDescending(feature => sums[feature]).ThenBy(feature => feature).Take(MostFeatures)];
        var length = MathF.Sqrt(order.Sum(feature => sums[feature] * sums[feature]));
        return [.. order.Select(feature => (feature, length > 0 ? sums[feature] / length : 0))];
    }

    private float[][] TimesPapers(float[][] matrix)
    {
        var width = matrix[0].Length;
        var byFeature = _space.ItemsWith.Select(items => PlainDirections.Sum(matrix, items.Select(item => item.Item), items.Select(item => item.Weight), new float[width])).ToArray();
        var readers = _likes.Select(papers => PlainDirections.Sum(matrix, papers, papers.Select(_ => _usual / papers.Length), new float[width])).ToArray();
        return [.. _space.Vectors.Select((vector, paper) => PlainDirections.Sum(
            readers, _readersOf[paper], _readersOf[paper].Select(_ => 1f), PlainDirections.Sum(byFeature, vector.Features, vector.Weights, new float[width])))];
    }

    private static float[][] TimesReaders(float[][] kernel, float[][] matrix) =>
        [.. kernel.Select(line => PlainDirections.Sum(matrix, Enumerable.Range(0, line.Length), line, new float[matrix[0].Length]))];
}

/// <summary>The main directions of a symmetric matrix, found with loops alone.</summary>
internal sealed class PlainDirections(float[][] vectors, float[] gains)
{
    private const int Most = 64;
    private const int Oversampling = 8;

    /// <summary>Finds them.</summary>
    public static PlainDirections Of(int size, Func<float[][], float[][]> times, Func<double, double> gain)
    {
        var width = Math.Min(size, Most + Oversampling);
        var range = TallMatrices.Random(size, width, new Random(1965));
        for (var i = 0; i < 4; i++)
        {
            range = times(range);
            Orthonormalise(range, width);
        }

        range = times(range);
        var (values, columns) = DenseMatrices.Eigen(Gram(range, width));
        var order = Enumerable.Range(0, width).OrderByDescending(i => values[i]).Take(Math.Min(size, Most)).ToArray();
        var singular = order.Select(column => Math.Sqrt(Math.Max(values[column], 1e-12))).ToArray();
        var mix = order.Select((column, k) => Enumerable.Range(0, width).Select(i => (float)(columns[i][column] / singular[k])).ToArray()).ToArray();
        return new([.. range.Select(row => mix.Select(m => VectorMath.Dot(row, m)).ToArray())], [.. singular.Select(value => (float)gain(value))]);
    }

    /// <summary>Adds rows, each times its factor, to a sum, one after the other.</summary>
    public static float[] Sum(float[][] matrix, IEnumerable<int> rows, IEnumerable<float> factors, float[] sum)
    {
        foreach (var (row, factor) in rows.Zip(factors))
            for (var i = 0; i < sum.Length; i++)
                sum[i] += matrix[row][i] * factor;
        return sum;
    }

    /// <summary>What is taken off the sum of some members.</summary>
    public float[] Common(IEnumerable<int> members, IEnumerable<float> weights) =>
        [.. Sum(vectors, members, weights, new float[gains.Length]).Zip(gains, (sum, gain) => sum * gain)];

    /// <summary>The part of it that falls to one member.</summary>
    public float Part(int member, float[] common) => VectorMath.Dot(vectors[member], common);

    private static void Orthonormalise(float[][] rows, int width)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var lower = DenseMatrices.Cholesky(Gram(rows, width));
            foreach (var row in rows)
                for (var i = 0; i < width; i++)
                {
                    double rest = row[i];
                    for (var k = 0; k < i; k++)
                        rest -= lower[i][k] * row[k];
                    row[i] = lower[i][i] > 0 ? (float)(rest / lower[i][i]) : 0;
                }
        }
    }

    private static double[][] Gram(float[][] rows, int width)
    {
        var gram = Enumerable.Range(0, width).Select(_ => new double[width]).ToArray();
        foreach (var row in rows)
            for (var i = 0; i < width; i++)
            {
                double x = row[i];
                for (var j = 0; j < width; j++)
                    gram[i][j] += x * row[j];
            }

        return gram;
    }
}
