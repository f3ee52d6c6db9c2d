using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>
/// What readers of like taste liked: ridge regression in two directions, over papers and over readers. A paper is
/// vouched for by its readers, each as far as the likes are the same papers and as far as they read alike, so that the
/// first readers of a service, who share nothing, already learn from each other. What most papers or most readers have
/// in common is taken off, because it says little of one reader.
/// </summary>
/// <remarks>
/// Of either ridge only the main directions are solved, once for all; below them the ridge outweighs the matrix and
/// its inverse is nearly a multiple of one. What is left for a reader is linear in the readers.
/// </remarks>
internal sealed class SimilarSubscribers
{
    /// <summary>Readers beyond the most active are left out: learning is quadratic in them.</summary>
    public const int MostReaders = 2_000;

    /// <summary>Likes beyond the latest are left out: of a million readers they are more than can be read in a tick.</summary>
    public const int MostLikes = 200_000;

    private const double PaperRidge = 32;
    private const double ReaderRidge = 500;
    // The second shared like says more than the first, which may be one that everybody likes.
    private const float SharedPower = 1.5f;
    private const float SharedWeight = 0.6f;
    private static readonly float[] SharedPowers = [.. Enumerable.Range(0, 64).Select(shared => MathF.Pow(shared, SharedPower))];
    private const float ContentWeight = 30;
    private const float ReaderWeight = 6;

    private readonly int[][] _likes;
    private readonly int[][] _readersOf;
    private readonly ContentSpace _space;
    private readonly SubscriberContent _content;
    private readonly MainDirections _ofPapers;
    private readonly MainDirections _ofReaders;
    // A reader's word against the words of a paper: a paper's product with itself, on average.
    private readonly float _usualProduct;

    /// <summary>Learns from everybody's likes, given as papers of the collection.</summary>
    public SimilarSubscribers(IReadOnlyList<int[]> likes, ContentSpace space)
    {
        _likes = [.. likes.Select((papers, reader) => (papers, reader)).OrderByDescending(l => l.papers.Length)
            .ThenBy(l => l.reader).Take(MostReaders).OrderBy(l => l.reader).Select(l => l.papers)];
        _space = space;
        _readersOf = ReadersOf(_likes, space.Count);
        _usualProduct = (float)space.UsualProduct;
        var means = new MeanContent[_likes.Length];
        Parallel.For(0, means.Length, reader => means[reader] = MeanContent.Of(_likes[reader], space));
        _content = new(means, space.Features);
        MainDirections? ofPapers = null;
        MainDirections? ofReaders = null;
        // Each has parts that one thread does alone.
        Parallel.Invoke(
            () => ofPapers = MainDirections.Of(
                space.Count, matrix => TimesPapers(matrix, space), value => value * value / (value + (PaperRidge * _usualProduct))),
            () =>
            {
                var kernel = Kernel(means);
                ofReaders = MainDirections.Of(means.Length, matrix => TallProducts.Times(kernel, matrix), value => value / (value + ReaderRidge));
            });
        (_ofPapers, _ofReaders) = (ofPapers!, ofReaders!); // both are made above
    }

    /// <summary>
    /// How strongly papers are vouched for by readers like the one with these likes, who may be one of them; on the scale of
    /// the evidence of words, times <paramref name="scale"/> where meaning adds to that.
    /// </summary>
    public Vouches VouchesFor(int[] likes, int? self = null, double scale = 1)
    {
        var (shared, likeness) = (new float[_likes.Length], new float[_likes.Length]);
        AddShared(likes, shared);
        AddLikeness(shared, MeanContent.Of(likes, _space), likeness);
        var common = _ofReaders.Common(likeness);
        var weights = _ofReaders.Parts(common);
        for (var reader = 0; reader < weights.Length; reader++)
            weights[reader] = _usualProduct * ((SharedWeight * Power(shared[reader]) / _likes[reader].Length)
                + (ReaderWeight / (float)ReaderRidge * (likeness[reader] - weights[reader])));
        if (self is { } own)
            weights[own] = 0;
        return new(_readersOf, weights, _ofPapers, _ofPapers.Common(likes), (float)scale);
    }

    private void AddShared(int[] likes, Span<float> shared)
    {
        foreach (var paper in likes)
            foreach (var reader in _readersOf[paper])
                shared[reader]++;
    }

    private static float Power(float shared) => shared < SharedPowers.Length ? SharedPowers[(int)shared] : MathF.Pow(shared, SharedPower);

    private void AddLikeness(ReadOnlySpan<float> shared, MeanContent mean, Span<float> likeness)
    {
        _content.AddCosinesWith(mean, likeness);
        for (var reader = 0; reader < likeness.Length; reader++)
            likeness[reader] = shared[reader] + (ContentWeight * likeness[reader]);
    }

    // A line a reader. One array for all: as many small ones would be moved about while they are filled.
    private float[] Kernel(MeanContent[] means)
    {
        var kernel = new float[means.Length * means.Length];
        Parallel.For(0, means.Length, () => new float[means.Length], (reader, _, shared) =>
        {
            Array.Clear(shared);
            AddShared(_likes[reader], shared);
            AddLikeness(shared, means[reader], kernel.AsSpan(reader * means.Length, means.Length));
            return shared;
        }, _ => { });
        return kernel;
    }

    // Papers are alike by their words and by their readers, of whom those with many likes say less of each.
    private float[][] TimesPapers(float[][] matrix, ContentSpace space)
    {
        var product = space.TimesProducts(matrix);
        var readers = TallMatrices.Zeros(_likes.Length, matrix[0].Length);
        Parallel.For(0, _likes.Length, reader => TallProducts.AddRows(matrix, _likes[reader], _usualProduct / _likes[reader].Length, readers[reader]));
        Parallel.For(0, product.Length, paper => TallProducts.AddRows(readers, _readersOf[paper], 1, product[paper]));
        return product;
    }

    private static int[][] ReadersOf(int[][] likes, int papers)
    {
        var readersOf = new List<int>[papers];
        for (var paper = 0; paper < papers; paper++)
            readersOf[paper] = [];
        for (var reader = 0; reader < likes.Length; reader++)
            foreach (var paper in likes[reader])
                readersOf[paper].Add(reader);
        return [.. readersOf.Select(readers => readers.ToArray())];
    }
}

/// <summary>What the other readers say of papers to one reader.</summary>
internal sealed class Vouches(int[][] readersOf, float[] weights, MainDirections directions, float[] common, float scale)
{
    /// <summary>How strongly they vouch for a paper, on the scale of the evidence; below 0 where it is merely what everybody likes.</summary>
    public float For(int paper)
    {
        var sum = -directions.Part(paper, common);
        foreach (var reader in readersOf[paper])
            sum += weights[reader];
        return scale * sum;
    }
}
