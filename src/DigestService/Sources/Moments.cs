using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>Dates as sources write them, down to the microseconds that the database keeps.</summary>
internal static class Moments
{
    private static readonly OffsetDateTimePattern[] Rfc822 =
        new[] { "ddd, d MMM uuuu HH:mm:ss o<+HHmm>", "d MMM uuuu HH:mm:ss o<+HHmm>", "ddd, d MMM uuuu HH:mm o<+HHmm>" }
            .Select(OffsetDateTimePattern.CreateWithInvariantCulture)
            .ToArray();

    /// <summary>ISO 8601 with offset, or a plain day for its first moment in UTC, or RFC 822 as in RSS; else null.</summary>
    public static Instant? TryParse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 40)
            return null;
        text = text.Trim();
        if (OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } iso)
            return Floor(iso.Value.ToInstant());
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day)
            return Floor(day.Value.AtMidnight().InUtc().ToInstant());
        if (LocalDateTimePattern.ExtendedIso.Parse(text.Replace(' ', 'T')) is { Success: true } local)
            return Floor(local.Value.InUtc().ToInstant());
        return TryParseRfc822(text);
    }

    /// <summary>A day, or the UTC day of a moment; else null.</summary>
    public static LocalDate? TryParseDay(string? text) => TryParse(text)?.InUtc().Date;

    private static Instant? TryParseRfc822(string text)
    {
        text = text.Replace("GMT", "+0000", StringComparison.Ordinal).Replace("UTC", "+0000", StringComparison.Ordinal)
            .Replace("EST", "-0500", StringComparison.Ordinal).Replace("EDT", "-0400", StringComparison.Ordinal);
        foreach (var pattern in Rfc822)
        {
            if (pattern.Parse(text) is { Success: true } parsed)
                return Floor(parsed.Value.ToInstant());
        }

        return null;
    }

    // Years outside any calendar a paper can bear are no dates.
    private static Instant? Floor(Instant instant)
    {
        if (instant.InUtc().Year is < 1900 or > 2200)
            return null;
        return Instant.FromUnixTimeTicks(instant.ToUnixTimeTicks() / 10 * 10);
    }
}
