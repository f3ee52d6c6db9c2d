using System.Runtime.InteropServices;

namespace DigestService.Relevance.Taste;

/// <summary>Readers as the mean of what they liked, each paper counting the same, filed by feature for comparing one with all.</summary>
internal sealed class SubscriberContent
{
    // The heaviest hold nearly all of the length; without a bound one great library would cost as much as a hundred small ones.
    private const int MostFeatures = 512;

    private readonly ContentSpace _space;
    private readonly List<(int Reader, float Weight)>[] _readersWith;

    /// <summary>Reads everybody's likes, given as papers of the collection.</summary>
    public SubscriberContent(int[][] likes, ContentSpace space)
    {
        _space = space;
        Count = likes.Length;
        _readersWith = new List<(int, float)>[space.Features];
        for (var feature = 0; feature < _readersWith.Length; feature++)
            _readersWith[feature] = [];
        for (var reader = 0; reader < likes.Length; reader++)
            foreach (var (feature, weight) in MeanOf(likes[reader]))
                _readersWith[feature].Add((reader, weight));
    }

    /// <summary>How many readers there are.</summary>
    public int Count { get; }

    /// <summary>The cosine of some likes with each reader's.</summary>
    public float[] CosinesWith(int[] likes)
    {
        var cosines = new float[Count];
        foreach (var (feature, weight) in MeanOf(likes))
            foreach (var (reader, other) in CollectionsMarshal.AsSpan(_readersWith[feature]))
                cosines[reader] += weight * other;
        return cosines;
    }

    private List<(int Feature, float Weight)> MeanOf(int[] likes)
    {
        var sums = new Dictionary<int, float>();
        foreach (var like in likes)
        {
            var vector = _space[like];
            var scale = 1 / Math.Max(vector.Length, 1e-6);
            for (var i = 0; i < vector.Features.Length; i++)
                CollectionsMarshal.GetValueRefOrAddDefault(sums, vector.Features[i], out _) += (float)(scale * vector.Weights[i]);
        }
        var kept = sums.Select(s => (Feature: s.Key, Weight: s.Value)).ToList();
        if (kept.Count > MostFeatures)
            kept = [.. kept.OrderByDescending(k => k.Weight).ThenBy(k => k.Feature).Take(MostFeatures)];
        var length = MathF.Sqrt(kept.Sum(k => k.Weight * k.Weight));
        return kept.ConvertAll(k => (k.Feature, length > 0 ? k.Weight / length : 0));
    }
}
