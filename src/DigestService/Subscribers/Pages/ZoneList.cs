using NodaTime.TimeZones;

namespace DigestService.Subscribers.Pages;

/// <summary>The zones people live in, by continent, as the zone data names them.</summary>
internal static class ZoneList
{
    /// <summary>Continents and their zones.</summary>
    public static IReadOnlyList<IGrouping<string, string>> ByRegion { get; } =
        (TzdbDateTimeZoneSource.Default.ZoneLocations ?? [])
            .Select(location => location.ZoneId)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .GroupBy(id => id.Split('/')[0], StringComparer.Ordinal)
            .ToList();

    /// <summary>Whether the list has a zone; a reader may live in one that it names differently.</summary>
    public static bool Contains(string id) => id == "UTC" || ByRegion.Any(region => region.Contains(id, StringComparer.Ordinal));
}
