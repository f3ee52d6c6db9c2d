using System.Runtime.CompilerServices;
using DigestService.Relevance.Search;

namespace DigestService.Relevance.Taste;

/// <summary>Readers as the mean of what they liked, filed by feature for comparing one with all.</summary>
internal sealed class SubscriberContent
{
    // A feature that one of so many readers has is filed with a weight for each reader, and is added in whole registers: it takes
    // some 60 ns where a reader by name takes one.
    private const int DenseShare = 8;

    // The readers with a feature, from one start to the next; none for those with a weight for each reader.
    private readonly int[] _starts;
    private readonly ReaderWeight[] _readersWith;
    private readonly float[]?[] _weightsOfAll;

    /// <summary>Files everybody's mean content; the space has so many features.</summary>
    public SubscriberContent(MeanContent[] readers, int features)
    {
        Count = readers.Length;
        _starts = new int[features + 1];
        _weightsOfAll = new float[features][];
        var readersWith = new int[features];
        foreach (var mean in readers)
            foreach (var feature in mean.Features)
                readersWith[feature]++;
        for (var feature = 0; feature < features; feature++)
        {
            var isDense = readersWith[feature] > Count / DenseShare;
            _weightsOfAll[feature] = isDense ? new float[Count] : null;
            _starts[feature + 1] = _starts[feature] + (isDense ? 0 : readersWith[feature]);
        }

        _readersWith = new ReaderWeight[_starts[features]];
        var next = _starts.AsSpan(0, features).ToArray();
        for (var reader = 0; reader < readers.Length; reader++)
            for (var i = 0; i < readers[reader].Features.Length; i++)
            {
                var (feature, weight) = (readers[reader].Features[i], readers[reader].Weights[i]);
                if (_weightsOfAll[feature] is { } dense)
                    dense[reader] = weight;
                else
                    _readersWith[next[feature]++] = new(reader, weight);
            }
    }

    /// <summary>How many readers there are.</summary>
    public int Count { get; }

    /// <summary>Adds to each reader's number the cosine of some likes with that reader's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddCosinesWith(MeanContent mean, Span<float> cosines)
    {
        for (var i = 0; i < mean.Features.Length; i++)
        {
            var (feature, weight) = (mean.Features[i], mean.Weights[i]);
            if (_weightsOfAll[feature] is { } dense)
                VectorMath.AddScaled(dense, weight, cosines);
            else
                foreach (var other in _readersWith.AsSpan(_starts[feature].._starts[feature + 1]))
                    cosines[other.Reader] += weight * other.Weight;
        }
    }

    private readonly record struct ReaderWeight(int Reader, float Weight);
}
