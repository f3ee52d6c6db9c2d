namespace DigestService.Relevance.Search;

/// <summary>
/// Two readings of a collection on one scale, that of standard deviations: there a reading speaks as loudly as it is sure, for
/// few good texts stand far out.
/// </summary>
internal sealed class Mixture
{
    private readonly double _share;
    private readonly (double Mean, double Deviation) _first;
    private readonly (double Mean, double Deviation) _second;

    private Mixture(double[] first, double?[] second, double shareOfSecond)
    {
        _share = shareOfSecond;
        _first = Moments(first);
        // Those that are not known say nothing of the scale: the few that are would else stand far outside it.
        _second = Moments(Array.ConvertAll(Array.FindAll(second, closeness => closeness is not null), closeness => closeness.GetValueOrDefault()));
        Mixed = new double[first.Length];
        for (var i = 0; i < Mixed.Length; i++)
            Mixed[i] = Mix(first[i], second[i]);
    }

    /// <summary>The mixed scores, in the collection's order.</summary>
    public double[] Mixed { get; }

    /// <summary>Mixes two readings of one collection; where the second is not known, it counts as the mean.</summary>
    public static Mixture Of(double[] first, double?[] second, double shareOfSecond) => new(first, second, shareOfSecond);

    /// <summary>One reading alone.</summary>
    public static Mixture Of(double[] only) => new(only, new double?[only.Length], 0);

    /// <summary>The same mixture of one more text.</summary>
    public double Mix(double first, double? second) =>
        ((1 - _share) * (first - _first.Mean) / _first.Deviation) + (_share * ((second ?? _second.Mean) - _second.Mean) / _second.Deviation);

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        if (values.Length == 0)
            return (0, 1);
        var mean = values.Average();
        var squares = 0.0;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        return (mean, Math.Max(1e-12, Math.Sqrt(squares / values.Length)));
    }
}
