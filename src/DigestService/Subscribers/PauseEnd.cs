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
    /// <summary>The day that a text names, as <see cref="DaysOf"/> reads it; null for none, and for one that may be two days.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reader">Whose pause it is.</param>
    /// <param name="now">The moment, whose day has to be before the pause's end.</param>
    public static LocalDate? Of(string? text, Subscriber reader, Instant now) =>
        DaysOf(text, reader, now, writtenAt: null) is [var day] ? day : null;

    /// <summary>
    /// The days that a text may mean, <c>2026-12-24</c>, <c>--12-24</c> for the next one, <c>-W-1</c> for the next Monday, or a time such
    /// as <c>P14D</c>, <c>P6M</c> or <c>P1Y</c>; what may be two of them has a <c>|</c> between them.
    /// </summary>
    public static IReadOnlyList<LocalDate> DaysOf(string? text, Subscriber reader, Instant now, Instant? writtenAt) =>
        [.. (text ?? "").Split('|').Select(reading => OneOf(reading, reader, now, writtenAt)).OfType<LocalDate>().Distinct()];

    private static LocalDate? OneOf(string text, Subscriber reader, Instant now, Instant? writtenAt)
    {
        var zone = DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc;
        var (today, from) = (now.InZone(zone).Date, (writtenAt ?? now).InZone(zone).Date);
        var day = text is ['P', ..] ? After(text, from)
            : text is ['-', 'W', '-', >= '1' and <= '7' and var weekday] ? from.Next((IsoDayOfWeek)(weekday - '0'))
            : text is ['-', .. var yearly] ? NextOf(yearly, from)
            : PageDates.Parse(text);
        return day > today && day <= today.PlusYears(1) ? day : null;
    }

    private static LocalDate? NextOf(string yearly, LocalDate from) =>
        PageDates.Parse($"{from.Year}{yearly}") is { } day && day > from ? day : PageDates.Parse($"{from.Year + 1}{yearly}");

    // A month later is the same day of the next month, or its last.
    private static LocalDate? After(string span, LocalDate from) =>
        span is ['P', .. var digits, var unit] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 1000
            ? unit switch
            {
                'D' => from.PlusDays(count),
                'M' => from.PlusMonths(count),
                'Y' => from.PlusYears(count),
                _ => null,
            }
            : null;
}
