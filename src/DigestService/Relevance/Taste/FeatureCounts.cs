using System.Runtime.InteropServices;

namespace DigestService.Relevance.Taste;

/// <summary>The features of a collection, numbered as they are first seen, and how many papers have each.</summary>
internal sealed class FeatureCounts
{
    // Counts are whole and half numbers, and few are large.
    private static readonly double[] DampedHalves = [.. Enumerable.Range(0, 256).Select(halves => 1 + Math.Log(1 + (halves / 2f)))];

    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<int> _papersWith = [];
    // The count of each feature in the paper that is being read, and which these are.
    private readonly List<float> _sums = [];
    private readonly List<int> _present = [];

    /// <summary>Distinct features.</summary>
    public int Features => _papersWith.Count;

    /// <summary>How many papers have a feature.</summary>
    public int PapersWith(int feature) => _papersWith[feature];

    /// <summary>What a count comes to: the tenth occurrence says less than the first.</summary>
    public static double Damped(float count) =>
        count * 2 is >= 0 and < 256 and var halves && (int)halves is var whole && whole == halves ? DampedHalves[whole] : 1 + Math.Log(1 + count);

    /// <summary>Adds the features of one paper; the answer has each once, with what it counts. Not for several threads at once.</summary>
    public (int Feature, float Count)[] Add(List<CountedFeature> features)
    {
        _present.Clear();
        foreach (ref readonly var feature in CollectionsMarshal.AsSpan(features))
        {
            var number = feature.Word is { Number: >= 0 } known ? known.Number : NumberOf(feature);
            ref var sum = ref CollectionsMarshal.AsSpan(_sums)[number];
            if (sum == 0)
                _present.Add(number);
            sum += feature.Count;
        }

        var counted = new (int, float)[_present.Count];
        for (var i = 0; i < counted.Length; i++)
        {
            var number = _present[i];
            counted[i] = (number, _sums[number]);
            _sums[number] = 0;
            _papersWith[number]++;
        }

        return counted;
    }

    /// <summary>The same for a paper that is not one of the collection: those features that the collection has.</summary>
    public (int Feature, float Count)[] CountKnown(List<CountedFeature> features)
    {
        var counts = new Dictionary<int, float>();
        foreach (var feature in features)
            if (_numbers.TryGetValue(feature.Term, out var number))
                CollectionsMarshal.GetValueRefOrAddDefault(counts, number, out _) += feature.Count;
        return [.. counts.Select(counted => (counted.Key, counted.Value))];
    }

    private int NumberOf(in CountedFeature feature)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, feature.Term, out var isKnown);
        if (!isKnown)
        {
            number = _papersWith.Count;
            _papersWith.Add(0);
            _sums.Add(0);
        }

        if (feature.Word is { } word)
            word.Number = number;
        return number;
    }
}
