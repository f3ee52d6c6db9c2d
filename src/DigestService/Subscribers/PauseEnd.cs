using System.Globalization;
using DigestService.Digests;
using DigestService.Papers.Pages;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>
/// The day on which a pause ends, as it is typed into a page or written in a mail: a day after the reader's today, at most a
/// year ahead. One that has passed, or is years ahead, is a slip of the pen.
/// </summary>
internal static class PauseEnd
{
    /// <summary>
    /// The day that a text names, <c>2026-12-24</c>, <c>--12-24</c> for the next one, or a time from today on such as <c>P14D</c>;
    /// null for anything else.
    /// </summary>
    public static LocalDate? Of(string? text, Subscriber reader, Instant now)
    {
        var today = now.InZone(DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc).Date;
        var day = DaysIn(text) is { } days ? today.PlusDays(days) : text is ['-', .. var yearly] ? NextOf(yearly, today) : PageDates.Parse(text);
        return day > today && day <= today.PlusYears(1) ? day : null;
    }

    private static LocalDate? NextOf(string yearly, LocalDate today) =>
        PageDates.Parse($"{today.Year}{yearly}") is { } day && day > today ? day : PageDates.Parse($"{today.Year + 1}{yearly}");

    private static int? DaysIn(string? text) =>
        text is ['P', .. var digits, 'D'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= 1000 ? days : null;
}
