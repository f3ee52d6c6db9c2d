using DigestService.Relevance.Taste;
using DigestService.Relevance.Text;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>A collection of papers as weighted features, read word by word with a dictionary a paper.</summary>
internal sealed class PlainContent
{
    private const double LengthPower = 0.8;

    private readonly Dictionary<ulong, int> _features = [];
    private readonly List<int> _papersWith = [];

    /// <summary>Reads a collection in its order.</summary>
    public PlainContent(IEnumerable<ItemContent> items)
    {
        var counted = new List<Dictionary<int, float>>();
        foreach (var item in items)
        {
            var counts = new Dictionary<int, float>();
            foreach (var (feature, weight) in FeaturesOf(item))
            {
                if (!_features.TryGetValue(feature, out var number))
                {
                    _features[feature] = number = _papersWith.Count;
                    _papersWith.Add(0);
                }

                counts[number] = counts.GetValueOrDefault(number) + weight;
            }

            foreach (var number in counts.Keys)
                _papersWith[number]++;
            counted.Add(counts);
        }

        Vectors = new FeatureVector[counted.Count];
        for (var item = 0; item < counted.Count; item++)
            Vectors[item] = Weigh(counted[item]);
        UsualProduct = Vectors.Select(vector => vector.Length * vector.Length).Average();
        ItemsWith = [.. Enumerable.Range(0, _papersWith.Count).Select(_ => new List<(int, float)>())];
        for (var item = 0; item < Vectors.Length; item++)
            for (var i = 0; i < Vectors[item].Features.Length; i++)
                ItemsWith[Vectors[item].Features[i]].Add((item, Vectors[item].Weights[i]));
    }

    /// <summary>The papers.</summary>
    public FeatureVector[] Vectors { get; }

    /// <summary>The papers that have each feature, and its weight in each.</summary>
    public List<(int Item, float Weight)>[] ItemsWith { get; }

    /// <summary>A paper's product with itself, on average.</summary>
    public double UsualProduct { get; }

    /// <summary>Any paper, by the features that the collection has.</summary>
    public FeatureVector VectorOf(ItemContent content)
    {
        var counts = new Dictionary<int, float>();
        foreach (var (feature, weight) in FeaturesOf(content))
            if (_features.TryGetValue(feature, out var number))
                counts[number] = counts.GetValueOrDefault(number) + weight;
        return Weigh(counts);
    }

    private FeatureVector Weigh(Dictionary<int, float> counts)
    {
        var kept = counts.Where(count => _papersWith[count.Key] > 1 || Vectors.Length <= 1)
            .Select(count => (Feature: count.Key, Weight: (float)((1 + Math.Log(1 + count.Value)) * Math.Log((Vectors.Length + 1.0) / _papersWith[count.Key]))))
            .OrderByDescending(f => f.Weight).ThenBy(f => f.Feature).Take(ContentSpace.MostFeatures)
            .OrderBy(f => f.Feature).ToArray();
        var squares = 0.0;
        foreach (var (_, weight) in kept)
            squares += weight * weight;
        var scale = (float)Math.Pow(Math.Max(squares, 1e-12), -LengthPower / 2);
        return new([.. kept.Select(k => k.Feature)], [.. kept.Select(k => k.Weight * scale)], Math.Sqrt(squares) * scale);
    }

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

        foreach (var stem in Stems(item.Text ?? ""))
            yield return (Term.OfStem(stem), 0.5f);
        foreach (var keyword in item.Keywords)
        {
            foreach (var stem in Stems(keyword))
                yield return (Term.OfStem(stem), 1);
            if (string.Concat(Stems(keyword)) is { Length: > 0 } whole)
                yield return (Term.OfStem($"keyword:{whole}"), 1);
        }
    }

    private static IEnumerable<string> Stems(string text) =>
        Tokenizer.Tokenize(text).Where(token => !StopWords.Contains(token.Word)).Select(token => PorterStemmer.Stem(token.Word));
}
