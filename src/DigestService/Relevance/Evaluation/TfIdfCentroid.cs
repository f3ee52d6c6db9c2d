using DigestService.Relevance.Text;

namespace DigestService.Relevance.Evaluation;

/// <summary>The yardstick: cosine to the mean of the likes' tf-idf vectors.</summary>
internal sealed class TfIdfCentroid
{
    private readonly (string Term, double Weight)[][] _vectors;
    private readonly Dictionary<string, List<(int Item, double Weight)>> _postings = new(StringComparer.Ordinal);

    /// <summary>Reads the items in their order.</summary>
    public TfIdfCentroid(IEnumerable<string> items)
    {
        var counted = items.Select(text => Tokenizer.Tokenize(text).Where(t => !StopWords.Contains(t.Word))
            .CountBy(t => PorterStemmer.Stem(t.Word), StringComparer.Ordinal).ToArray()).ToArray();
        var with = counted.SelectMany(c => c).CountBy(c => c.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        _vectors = new (string, double)[counted.Length][];
        for (var item = 0; item < counted.Length; item++)
        {
            var weights = counted[item].Select(c => (Term: c.Key, Weight: (1 + Math.Log(c.Value)) * Math.Log((double)counted.Length / with[c.Key]))).ToArray();
            var length = Math.Max(1e-12, Math.Sqrt(weights.Sum(w => w.Weight * w.Weight)));
            _vectors[item] = [.. weights.Select(w => (w.Term, w.Weight / length))];
            foreach (var (term, weight) in _vectors[item])
            {
                if (!_postings.TryGetValue(term, out var list))
                    _postings[term] = list = [];
                list.Add((item, weight));
            }
        }
    }

    /// <summary>The nearest items that are not among the likes, ties in order.</summary>
    public IReadOnlyList<int> Rank(int[] likes, int limit)
    {
        var centroid = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (term, weight) in likes.SelectMany(like => _vectors[like]))
            centroid[term] = centroid.GetValueOrDefault(term) + weight;
        var scores = new double[_vectors.Length];
        foreach (var (term, weight) in centroid)
            foreach (var (item, other) in _postings[term])
                scores[item] += weight * other;
        var own = likes.ToHashSet();
        return [.. Enumerable.Range(0, scores.Length).Where(i => !own.Contains(i))
            .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(limit)];
    }
}
