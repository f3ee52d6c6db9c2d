namespace DigestService.Relevance;

/// <summary>How much age takes from a paper.</summary>
public static class Freshness
{
    private const double HalfLifeHours = 96;

    /// <summary>
    /// 1 within the hours that the digest stands for, a day unless told otherwise, half four days later, never 0: an old
    /// match still beats no match.
    /// </summary>
    public static double Of(double hoursAvailable, double periodHours = 24) =>
        Math.Pow(0.5, Math.Max(0, hoursAvailable - periodHours) / HalfLifeHours);
}
