using System.Globalization;
using NodaTime;

namespace DigestService.Admin;

/// <summary>Moments as the operator's pages write them, to the minute.</summary>
internal static class UtcTime
{
    /// <summary>A moment such as <c>2026-01-31 07:00 UTC</c>; null for none.</summary>
    public static string? Of(Instant? moment) => moment?.ToString("uuuu-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
