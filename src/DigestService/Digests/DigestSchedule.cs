using NodaTime;
using NodaTime.TimeZones;

namespace DigestService.Digests;

/// <summary>On which days a reader wants a digest.</summary>
public enum DigestFrequency
{
    /// <summary>Every day.</summary>
    Daily,

    /// <summary>Monday to Friday.</summary>
    Weekdays,

    /// <summary>One day a week.</summary>
    Weekly,
}

/// <summary>One owed digest: its nominal local day and the moment it is due.</summary>
public readonly record struct Occurrence(LocalDate DigestOn, Instant DueAt);

/// <summary>
/// When a reader's digests are due: the only place that does arithmetic on zones. An hour that a clock change skips
/// is due at the first instant after the gap; one that comes twice is due at the earlier. A local day that a zone
/// leaves out altogether (Apia, 30 December 2011) has no digest.
/// </summary>
public sealed record DigestSchedule(
    DateTimeZone Zone, LocalTime SendAt, DigestFrequency Frequency, IsoDayOfWeek WeeklyOn = IsoDayOfWeek.Monday)
{
    private static readonly ZoneLocalMappingResolver Resolver = Resolvers.CreateMappingResolver(
        Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>The zone of an IANA id by NodaTime's own tzdb; null where it knows none.</summary>
    public static DateTimeZone? FindZone(string ianaId) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(ianaId);

    /// <summary>
    /// The first occurrence strictly after <paramref name="after"/> whose day is later than
    /// <paramref name="lastDigestOn"/>: a change of zone or hour never brings a second digest for one day.
    /// </summary>
    public Occurrence FirstAfter(Instant after, LocalDate? lastDigestOn = null)
    {
        var day = after.InZone(Zone).Date.PlusDays(-1);
        if (lastDigestOn >= day)
            day = lastDigestOn.Value.PlusDays(1);
        while (true)
        {
            if (TryOccurOn(day) is { } occurrence && occurrence.DueAt > after)
                return occurrence;
            day = day.PlusDays(1);
        }
    }

    /// <summary>All occurrences on or after <paramref name="from"/> that are due by <paramref name="until"/>, in order.</summary>
    public IEnumerable<Occurrence> Between(LocalDate from, Instant until)
    {
        var last = until.InZone(Zone).Date.PlusDays(1);
        for (var day = from; day <= last; day = day.PlusDays(1))
        {
            if (TryOccurOn(day) is not { } occurrence)
                continue;
            if (occurrence.DueAt > until)
                yield break;
            yield return occurrence;
        }
    }

    private Occurrence? TryOccurOn(LocalDate day)
    {
        if (!IsWanted(day.DayOfWeek) || IsLeftOut(day))
            return null;
        return new Occurrence(day, Zone.ResolveLocal(day.At(SendAt), Resolver).ToInstant());
    }

    private bool IsWanted(IsoDayOfWeek day) => Frequency switch
    {
        DigestFrequency.Weekdays => day is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday),
        DigestFrequency.Weekly => day == WeeklyOn,
        _ => true,
    };

    private bool IsLeftOut(LocalDate day)
    {
        var noon = Zone.MapLocal(day.At(LocalTime.Noon));
        return noon.Count == 0 && noon.EarlyInterval.IsoLocalEnd.Date <= day && noon.LateInterval.IsoLocalStart.Date > day;
    }
}
