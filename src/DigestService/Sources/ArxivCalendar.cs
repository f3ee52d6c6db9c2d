using System.Text.Json;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// When arXiv announces, from <c>arxiv-calendar.json</c>: what is submitted before the deadline is announced the same
/// evening, Sunday to Thursday and on no holiday, and bears the day after as its listing day.
/// </summary>
internal static class ArxivCalendar
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new LocalDateJsonConverter(), new LocalTimeJsonConverter() },
    };

    private static readonly CalendarData Data = Load();

    /// <summary>The zone of all of arXiv's clocks.</summary>
    public static DateTimeZone Zone { get; } = DateTimeZoneProviders.Tzdb[Data.Zone];

    /// <summary>Whether a listing bears this day: Monday to Friday, unless the evening before was a holiday.</summary>
    public static bool IsListingDay(LocalDate day) =>
        day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday) && !Data.EveningsWithout.Contains(day.PlusDays(-1));

    /// <summary>The day of the listing that announces what was submitted at <paramref name="submitted"/>.</summary>
    public static LocalDate ListedOn(Instant submitted)
    {
        var local = submitted.InZone(Zone);
        // A date without time of day stands at midnight UTC, which is the evening before over there.
        if (submitted.InUtc().TimeOfDay == LocalTime.Midnight)
            return NextListingDay(submitted.InUtc().Date);
        var deadlineDay = local.TimeOfDay < Data.Deadline ? local.Date : local.Date.PlusDays(1);
        // What misses Friday's deadline waits for Monday's, and is announced that evening.
        while (deadlineDay.DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday)
            deadlineDay = deadlineDay.PlusDays(1);
        return NextListingDay(deadlineDay);
    }

    private static LocalDate NextListingDay(LocalDate day)
    {
        do
            day = day.PlusDays(1);
        while (!IsListingDay(day));
        return day;
    }

    private static CalendarData Load()
    {
        using var stream = typeof(ArxivCalendar).Assembly.GetManifestResourceStream("arxiv-calendar.json")
            ?? throw new InvalidOperationException("arxiv-calendar.json is not in the program.");
        return JsonSerializer.Deserialize<CalendarData>(stream, JsonOptions)
            ?? throw new InvalidOperationException("arxiv-calendar.json is empty.");
    }

    private sealed record CalendarData
    {
        public required string Zone { get; init; }

        public required LocalTime Deadline { get; init; }

        public required HashSet<LocalDate> EveningsWithout { get; init; }
    }
}
