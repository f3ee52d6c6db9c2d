using System.Runtime.InteropServices;
using DigestService.Relevance.Search;
using DigestService.Relevance.Text;

namespace DigestService.Relevance.Taste;

/// <summary>What taste reads of a paper: its title, its abstract if there is one, and keywords others gave it.</summary>
internal sealed record ItemContent(string Title, string? Text, IReadOnlyList<string> Keywords);

/// <summary>Weighted features with ascending numbers, and the vector's length, which is near 1 and not quite.</summary>
internal readonly record struct FeatureVector(int[] Features, float[] Weights, double Length)
{
    /// <summary>The scalar product with another.</summary>
    public double Product(FeatureVector other)
    {
        double product = 0;
        for (int i = 0, j = 0; i < Features.Length && j < other.Features.Length;)
        {
            if (Features[i] == other.Features[j])
                product += Weights[i++] * other.Weights[j++];
            else if (Features[i] < other.Features[j])
                i++;
            else
                j++;
        }
        return product;
    }

    /// <summary>How alike the two are, from 0 to 1.</summary>
    public double Cosine(FeatureVector other) => Length * other.Length is > 0 and var lengths ? Product(other) / lengths : 0;
}

/// <summary>
/// A collection of papers as weighted features: words, pairs of neighbouring title words, and keywords both whole and
/// in words.
/// </summary>
internal sealed class ContentSpace
{
    // Dividing by the full length would favour papers of which hardly anything is known.
    private const double LengthPower = 0.8;
    private const float WordOfText = 0.5f;

    /// <summary>The heaviest hold nearly all of the length; an abstract's other hundred words cost more than they say.</summary>
    public const int MostFeatures = 64;

    private readonly Dictionary<ulong, int> _features = [];
    private readonly List<int> _papersWith = [];
    private readonly List<(int Item, float Weight)>[] _postings;
    private readonly FeatureVector[] _vectors;

    /// <summary>Reads a collection in its order.</summary>
    public ContentSpace(IEnumerable<ItemContent> items)
    {
        var counted = new List<(int Feature, float Count)[]>();
        // One for all papers, whose counts wait in arrays: ten thousand dictionaries would take 50 MB for a moment.
        var counts = new Dictionary<int, float>();
        foreach (var item in items)
        {
            counts.Clear();
            foreach (var (feature, weight) in FeaturesOf(item))
            {
                if (!_features.TryGetValue(feature, out var number))
                {
                    _features[feature] = number = _papersWith.Count;
                    _papersWith.Add(0);
                }
                CollectionsMarshal.GetValueRefOrAddDefault(counts, number, out _) += weight;
            }
            foreach (var number in counts.Keys)
                _papersWith[number]++;
            counted.Add(Pairs(counts));
        }
        Count = counted.Count;
        _vectors = [.. counted.Select(Weigh)];
        _postings = new List<(int, float)>[_papersWith.Count];
        for (var feature = 0; feature < _postings.Length; feature++)
            _postings[feature] = [];
        for (var item = 0; item < Count; item++)
            for (var i = 0; i < _vectors[item].Features.Length; i++)
                _postings[_vectors[item].Features[i]].Add((item, _vectors[item].Weights[i]));
    }

    /// <summary>Papers in the collection.</summary>
    public int Count { get; }

    /// <summary>Distinct features.</summary>
    public int Features => _papersWith.Count;

    /// <summary>A paper's product with itself, on average; 1 where no paper shares a feature with another.</summary>
    public double UsualProduct => _vectors.Select(vector => vector.Length * vector.Length).DefaultIfEmpty(1).Average() is > 0 and var usual ? usual : 1;

    /// <summary>A paper of the collection.</summary>
    public FeatureVector this[int item] => _vectors[item];

    /// <summary>Any paper, by the features the collection knows.</summary>
    public FeatureVector VectorOf(ItemContent content)
    {
        var counts = new Dictionary<int, float>();
        foreach (var (feature, weight) in FeaturesOf(content))
            if (_features.TryGetValue(feature, out var number))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, number, out _) += weight;
        return Weigh(Pairs(counts));
    }

    /// <summary>Adds to each paper's sum what one weighted feature adds to its product.</summary>
    public void AddProducts(int feature, float weight, float[] to)
    {
        foreach (var (item, other) in _postings[feature])
            to[item] += weight * other;
    }

    /// <summary>Multiplies a tall matrix, a row a paper, with the products of all papers with each other.</summary>
    public float[][] TimesProducts(float[][] matrix)
    {
        var width = matrix[0].Length;
        // Most features are one paper's alone, and no vector has them.
        var byFeature = new float[Features][];
        Parallel.For(0, Features, feature =>
        {
            if (_postings[feature].Count == 0)
                return;
            byFeature[feature] = new float[width];
            foreach (var (item, weight) in _postings[feature])
                VectorMath.AddScaled(matrix[item], weight, byFeature[feature]);
        });
        var product = TallMatrices.Zeros(Count, width);
        Parallel.For(0, Count, item =>
        {
            for (var i = 0; i < _vectors[item].Features.Length; i++)
                VectorMath.AddScaled(byFeature[_vectors[item].Features[i]], _vectors[item].Weights[i], product[item]);
        });
        return product;
    }

    private static (int Feature, float Count)[] Pairs(Dictionary<int, float> counts) => [.. counts.Select(count => (count.Key, count.Value))];

    private FeatureVector Weigh((int Feature, float Count)[] counts)
    {
        // A feature that nothing else has connects nothing.
        var kept = counts.Where(c => _papersWith[c.Feature] > 1 || Count <= 1)
            .Select(c => (c.Feature, Weight: (float)((1 + Math.Log(1 + c.Count)) * Rarity(c.Feature))))
            .OrderByDescending(f => f.Weight).ThenBy(f => f.Feature).Take(MostFeatures)
            .OrderBy(f => f.Feature).ToArray();
        var weights = new float[kept.Length];
        var squares = 0.0;
        for (var i = 0; i < kept.Length; i++)
        {
            weights[i] = kept[i].Weight;
            squares += weights[i] * weights[i];
        }
        var scale = (float)Math.Pow(Math.Max(squares, 1e-12), -LengthPower / 2);
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= scale;
        return new([.. kept.Select(k => k.Feature)], weights, Math.Sqrt(squares) * scale);
    }

    private double Rarity(int feature) => Math.Log((Count + 1.0) / _papersWith[feature]);

    private static IEnumerable<(ulong Feature, float Weight)> FeaturesOf(ItemContent item)
    {
        string? previous = null;
        foreach (var stem in Stems(item.Title))
        {
            yield return (Term.OfStem(stem), 1);
            if (previous is not null)
                yield return (Term.OfStem($"{previous} {stem}"), 1);
            previous = stem;
        }
        if (item.Text is not null)
            foreach (var stem in Stems(item.Text))
                yield return (Term.OfStem(stem), WordOfText);
        foreach (var keyword in item.Keywords)
        {
            var whole = "";
            foreach (var stem in Stems(keyword))
            {
                yield return (Term.OfStem(stem), 1);
                whole += stem;
            }
            if (whole.Length > 0)
                yield return (Term.OfStem($"keyword:{whole}"), 1);
        }
    }

    private static IEnumerable<string> Stems(string text) =>
        Tokenizer.Tokenize(text).Where(t => !StopWords.Contains(t.Word)).Select(t => PorterStemmer.Stem(t.Word));
}
