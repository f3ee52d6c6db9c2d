using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>What taste reads of a paper: its title, its abstract if there is one, and keywords others gave it.</summary>
internal sealed record ItemContent(string Title, string? Text, IReadOnlyList<string> Keywords)
{
    /// <summary>Where the words of the title stand, where somebody has looked already.</summary>
    public (int Start, int End)[]? TitleSpans { get; init; }

    /// <summary>The same of the abstract.</summary>
    public (int Start, int End)[]? TextSpans { get; init; }
}

/// <summary>Weighted features with ascending numbers, and the vector's length, which is near 1 and not quite.</summary>
internal readonly record struct FeatureVector(int[] Features, float[] Weights, double Length);

/// <summary>
/// A collection of papers as weighted features: words, pairs of neighbouring title words, and keywords both whole and
/// in words.
/// </summary>
internal sealed class ContentSpace
{
    // Dividing by the full length would favour papers of which hardly anything is known.
    private const double LengthPower = 0.8;
    // Papers whose words are read side by side; what is read of them waits until it is counted.
    private const int ReadAtOnce = 256;
    // Features of a paper that are sorted without an allocation.
    private const int MostOnStack = 512;

    /// <summary>The heaviest hold nearly all of the length; an abstract's other hundred words cost more than they say.</summary>
    public const int MostFeatures = 64;

    private readonly FeatureCounts _counts;
    private readonly double[] _rarities;
    private readonly FeatureVector[] _vectors;
    // The papers with a feature and its weight in each, from one start to the next.
    private readonly int[] _starts;
    private readonly int[] _items;
    private readonly float[] _weights;

    /// <summary>Reads a collection in its order.</summary>
    public ContentSpace(IEnumerable<ItemContent> items)
    {
        var content = items.ToArray();
        var reader = new ContentReader();
        var counts = _counts = new();
        var counted = new (int Feature, float Count)[content.Length][];
        for (var from = 0; from < content.Length; from += ReadAtOnce)
        {
            var read = new List<CountedFeature>[Math.Min(ReadAtOnce, content.Length - from)];
            Parallel.For(0, read.Length, i => read[i] = reader.FeaturesOf(content[from + i]));
            for (var i = 0; i < read.Length; i++)
                counted[from + i] = counts.Add(read[i]);
        }

        Count = content.Length;
        _rarities = new double[counts.Features];
        for (var feature = 0; feature < _rarities.Length; feature++)
            _rarities[feature] = Math.Log((Count + 1.0) / counts.PapersWith(feature));
        _vectors = new FeatureVector[Count];
        Parallel.For(0, Count, item => _vectors[item] = Weigh(counted[item]));
        UsualProduct = _vectors.Select(vector => vector.Length * vector.Length).DefaultIfEmpty(1).Average() is > 0 and var usual ? usual : 1;
        (_starts, _items, _weights) = Filed(_vectors, counts.Features);
    }

    /// <summary>Papers in the collection.</summary>
    public int Count { get; }

    /// <summary>Distinct features.</summary>
    public int Features => _rarities.Length;

    /// <summary>A paper's product with itself, on average; 1 where no paper shares a feature with another.</summary>
    public double UsualProduct { get; }

    /// <summary>A paper of the collection.</summary>
    public FeatureVector this[int item] => _vectors[item];

    /// <summary>Any paper, by the features the collection knows.</summary>
    public FeatureVector VectorOf(ItemContent content) => Weigh(_counts.CountKnown(new ContentReader().FeaturesOf(content)));

    /// <summary>Adds to each paper's sum what one weighted feature adds to its product.</summary>
    public void AddProducts(int feature, float weight, float[] to)
    {
        for (var at = _starts[feature]; at < _starts[feature + 1]; at++)
            to[_items[at]] += weight * _weights[at];
    }

    /// <summary>Multiplies a tall matrix, a row a paper, with the products of all papers with each other.</summary>
    public float[][] TimesProducts(float[][] matrix)
    {
        var width = matrix[0].Length;
        // Most features are one paper's alone, and no vector has them.
        var byFeature = new float[Features][];
        Parallel.For(0, Features, feature =>
        {
            var (start, count) = (_starts[feature], _starts[feature + 1] - _starts[feature]);
            if (count > 0)
                TallProducts.AddRows(matrix, _items.AsSpan(start, count), _weights.AsSpan(start, count), byFeature[feature] = new float[width]);
        });
        var product = TallMatrices.Zeros(Count, width);
        Parallel.For(0, Count, item => TallProducts.AddRows(byFeature, _vectors[item].Features, _vectors[item].Weights, product[item]));
        return product;
    }

    private FeatureVector Weigh((int Feature, float Count)[] counts)
    {
        var packed = counts.Length <= MostOnStack ? stackalloc ulong[MostOnStack] : new ulong[counts.Length];
        var kept = 0;
        foreach (var (feature, count) in counts)
            // A feature that nothing else has connects nothing.
            if (_counts.PapersWith(feature) > 1 || Count <= 1)
                packed[kept++] = PackedFeature.Of(feature, (float)(FeatureCounts.Damped(count) * _rarities[feature]));
        var (features, weights) = PackedFeature.Heaviest(packed[..kept], MostFeatures);
        var squares = 0.0;
        foreach (var weight in weights)
            squares += weight * weight;
        var scale = (float)Math.Pow(Math.Max(squares, 1e-12), -LengthPower / 2);
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= scale;
        return new(features, weights, Math.Sqrt(squares) * scale);
    }

    private static (int[] Starts, int[] Items, float[] Weights) Filed(FeatureVector[] vectors, int features)
    {
        var starts = new int[features + 1];
        foreach (var vector in vectors)
            foreach (var feature in vector.Features)
                starts[feature + 1]++;
        for (var feature = 0; feature < features; feature++)
            starts[feature + 1] += starts[feature];
        var (items, weights, next) = (new int[starts[features]], new float[starts[features]], starts.AsSpan(0, features).ToArray());
        for (var item = 0; item < vectors.Length; item++)
            for (var i = 0; i < vectors[item].Features.Length; i++)
            {
                var at = next[vectors[item].Features[i]]++;
                (items[at], weights[at]) = (item, vectors[item].Weights[i]);
            }

        return (starts, items, weights);
    }
}
