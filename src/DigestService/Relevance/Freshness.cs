namespace DigestService.Relevance;

/// <summary>How much age takes from a paper.</summary>
public static class Freshness
{
    private const double GraceHours = 24;
    private const double HalfLifeHours = 96;

    /// <summary>1 during the first day after listing, half after five, never 0: an old match still beats no match.</summary>
    public static double Of(double hoursSinceListed) =>
        Math.Pow(0.5, Math.Max(0, hoursSinceListed - GraceHours) / HalfLifeHours);
}
