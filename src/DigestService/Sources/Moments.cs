using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>
/// Dates as sources write them, down to the microseconds that the database keeps: RFC 3339 and ISO 8601, RFC 822 and 2822,
/// and what feeds write instead of them. A time without zone is UTC; a day, a month or a year stands for its first moment.
/// </summary>
internal static partial class Moments
{
    private static readonly Dictionary<string, int> MonthNames = Months();

    private static readonly Dictionary<string, int> ZoneMinutes = Zones();

    /// <summary>The moment that a text names; else null.</summary>
    public static Instant? TryParse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 100)
            return null;
        if (Plain(text) is { } plain)
            return plain;
        text = text.Trim();
        if (OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } iso)
            return Floor(iso.Value.ToInstant());
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day)
            return Floor(day.Value.AtMidnight().InUtc().ToInstant());
        return Read(text);
    }

    // What nearly all sources write: 2026-02-03, 2026-02-03T04:05:06Z and 2026-02-03T04:05:06.789Z, of years that a paper can bear.
    private static Instant? Plain(ReadOnlySpan<char> text)
    {
        if (text.Length is not (10 or 20 or 24) || text[4] != '-' || text[7] != '-')
            return null;
        var (year, month, day) = (Digits(text[..4]), Digits(text[5..7]), Digits(text[8..10]));
        if (year is < 1900 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return null;
        if (text.Length == 10)
            return Instant.FromUtc(year, month, day, 0, 0);
        if (text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[^1] != 'Z' || (text.Length == 24 && text[19] != '.'))
            return null;
        var (hour, minute, second, thousandths) = (Digits(text[11..13]), Digits(text[14..16]), Digits(text[17..19]), text.Length == 24 ? Digits(text[20..23]) : 0);
        return hour is >= 0 and < 24 && minute is >= 0 and < 60 && second is >= 0 and < 60 && thousandths >= 0
            ? Instant.FromUtc(year, month, day, hour, minute, second).PlusTicks(thousandths * TimeSpan.TicksPerMillisecond)
            : null;
    }

    private static int Digits(ReadOnlySpan<char> text) =>
        text.ContainsAnyExceptInRange('0', '9') ? -1 : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static Instant? Read(string text)
    {
        var rest = Comment().Replace(text, " ").Trim();
        if (TakeDate(ref rest) is not { } date)
            return null;
        var time = TakeTime(ref rest);
        // The year may stand behind the time: "Tue Feb  3 08:00:00 GMT 2026".
        if (date.Year == 0)
        {
            if (TrailingYear().Match(rest) is not { Success: true } year)
                return null;
            date.Year = int.Parse(year.Groups["year"].Value, CultureInfo.InvariantCulture);
            rest = rest.Remove(year.Index, year.Length);
        }

        if (!IsDay(date))
            return null;
        var local = new LocalDate(date.Year, date.Month, date.Day).AtMidnight().PlusNanoseconds((long)time.SinceMidnight.TotalNanoseconds);
        return TakeZone(rest.Trim(' ', ',', '.'), local, time.HasTime) is { } offset ? Floor(local.WithOffset(offset).ToInstant()) : null;
    }

    private static bool IsDay(YearMonthDay date) =>
        date.Year is >= 1 and <= 9999 && date.Month is >= 1 and <= 12 && date.Day >= 1 && date.Day <= CalendarSystem.Iso.GetDaysInMonth(date.Year, date.Month);

    private static YearMonthDay? TakeDate(ref string text)
    {
        if (NumericDate().Match(text) is { Success: true } numbers)
        {
            text = text[numbers.Length..];
            return new YearMonthDay(Number(numbers, "year"), Number(numbers, "month") is > 0 and var month ? month : 1, Number(numbers, "day") is > 0 and var day ? day : 1);
        }

        // A weekday says nothing that the date does not, and is wrong now and then.
        var match = DayMonthYear().Match(text) is { Success: true } dayFirst ? dayFirst : MonthDayYear().Match(text);
        if (!match.Success || MonthOf(match.Groups["month"].Value) is not { } named)
            return null;
        text = text[match.Length..];
        return new YearMonthDay(match.Groups["year"].Success ? FullYear(match.Groups["year"].Value) : 0, named, Number(match, "day") is > 0 and var known ? known : 1);
    }

    private static (Duration SinceMidnight, bool HasTime) TakeTime(ref string text)
    {
        if (Time().Match(text) is not { Success: true } match)
            return (Duration.Zero, false);
        var (hour, minute, second) = (Number(match, "hour"), Number(match, "minute"), Number(match, "second"));
        if (match.Groups["half"].Success)
            hour = (hour % 12) + (match.Groups["half"].Value[0] is 'p' or 'P' ? 12 : 0);
        if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0))
            return (Duration.Zero, false);
        var fraction = match.Groups["fraction"].Success ? double.Parse("0." + match.Groups["fraction"].Value, CultureInfo.InvariantCulture) : 0;
        text = text.Remove(match.Index, match.Length);
        return (Duration.FromHours(hour) + Duration.FromMinutes(minute) + Duration.FromSeconds(second + fraction), true);
    }

    // What is left is a zone, or the text is something else. Short names nobody knows are UTC, as RFC 2822 says.
    private static Offset? TakeZone(string text, LocalDateTime local, bool hasTime)
    {
        if (text.Length == 0)
            return Offset.Zero;
        if (OffsetText().Match(text) is { Success: true } offset)
        {
            var minutes = (Number(offset, "hours") * 60) + Number(offset, "minutes");
            return minutes > 18 * 60 ? null : Offset.FromSeconds(60 * (offset.Groups["sign"].Value is "-" or "−" or "–" ? -minutes : minutes));
        }

        if (!hasTime || !ZoneName().IsMatch(text))
            return null;
        if (ZoneMinutes.TryGetValue(text.ToUpperInvariant(), out var known))
            return Offset.FromSeconds(60 * known);
        return text.Contains('/', StringComparison.Ordinal)
            ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(text)?.AtLeniently(local).Offset
            : text.Length <= 5 ? Offset.Zero : null;
    }

    private static int Number(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;

    // RFC 2822, section 4.3: two digits below 50 are of this century, three count from 1900.
    private static int FullYear(string digits)
    {
        var year = int.Parse(digits, CultureInfo.InvariantCulture);
        return digits.Length switch { 2 => year < 50 ? 2000 + year : 1900 + year, 3 => 1900 + year, _ => year };
    }

    private static int? MonthOf(string word)
    {
        var name = word.TrimEnd('.').ToLowerInvariant();
        if (MonthNames.TryGetValue(name, out var known))
            return known;
        var found = MonthNames.Where(month => name.Length >= 3 && month.Key.Length > 3 && month.Key.StartsWith(name, StringComparison.Ordinal)).Select(month => month.Value).Distinct().ToList();
        return found is [var only] ? only : null;
    }

    private static Dictionary<string, int> Months()
    {
        var months = new Dictionary<string, int>(StringComparer.Ordinal);
        string[] languages =
        [
            "january february march april may june july august september october november december",
            "jan feb mar apr may jun jul aug sep oct nov dec",
            "januar februar märz april mai juni juli august september oktober november dezember",
            "jän feb mär apr mai jun jul aug sep okt nov dez",
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "janv févr mars avr mai juin juil août sept oct nov déc",
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            "ene feb mar abr may jun jul ago sept oct nov dic",
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
            "gen feb mar apr mag giu lug ago set ott nov dic",
            "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
            "jan fev mar abr mai jun jul ago set out nov dez",
            "januari februari maart april mei juni juli augustus september oktober november december",
        ];
        foreach (var language in languages)
        {
            var names = language.Split(' ');
            for (var i = 0; i < names.Length; i++)
                months.TryAdd(names[i], i + 1);
        }

        return months;
    }

    private static Dictionary<string, int> Zones()
    {
        var zones = new Dictionary<string, int>(StringComparer.Ordinal);
        const string Known = """
            Z 0 UT 0 UTC 0 GMT 0 WET 0 BST 60 IST 330 WEST 60 CET 60 MET 60 CEST 120 MEST 120 EET 120 EEST 180 MSK 180 EST -300 EDT -240 CST -360 CDT -300
            MST -420 MDT -360 PST -480 PDT -420 AKST -540 AKDT -480 HST -600 AST -240 ADT -180 NST -210 NDT -150 JST 540 KST 540 SGT 480 HKT 480 AWST 480
            ACST 570 ACDT 630 AEST 600 AEDT 660 NZST 720 NZDT 780 BRT -180 ART -180 SAST 120 PKT 300 WIB 420 ICT 420
            """;
        var words = Known.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i += 2)
            zones[words[i]] = int.Parse(words[i + 1], CultureInfo.InvariantCulture);
        return zones;
    }

    // Years outside any calendar a paper can bear are no dates.
    private static Instant? Floor(Instant instant)
    {
        if (instant.InUtc().Year is < 1900 or > 2200)
            return null;
        return Instant.FromUnixTimeTicks(instant.ToUnixTimeTicks() / 10 * 10);
    }

    private record struct YearMonthDay(int Year, int Month, int Day);

    [GeneratedRegex(@"\([^()]*\)|\[[^\[\]]*\]$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Comment();

    // 2026-02-03, 2026/02/03, 2026.2.3, 20260203, 2026-02, 2026; also 03.02.2026 and 2026年2月3日.
    [GeneratedRegex(@"^(?:(?<year>[0-9]{4})(?<sep>[-/.年])\s?(?<month>[0-9]{1,2})(?:[-/.月]\s?(?<day>[0-9]{1,2})日?|月)?|(?<year>[0-9]{4})(?<month>[0-9]{2})(?<day>[0-9]{2})|(?<day>[0-9]{1,2})\.\s?(?<month>[0-9]{1,2})\.\s?(?<year>[0-9]{4})|(?<year>[0-9]{4})$)(?=[Tt]|\b|\s|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NumericDate();

    [GeneratedRegex(@"^(?:\p{L}{2,12}\.?\s*,?\s*)?(?<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?\s*[-\s/]\s*(?:de\s+|of\s+)?(?<month>\p{L}{3,12}\.?)\s*[-\s/,]\s*(?:de\s+)?(?<year>[0-9]{4}|[0-9]{2,3})(?![0-9:])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex DayMonthYear();

    [GeneratedRegex(@"^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\p{L}*\.?\s*,?\s*)?(?<month>\p{L}{3,12}\.?)(?:\s+(?<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![0-9:])(?:\s*,?\s*(?<year>[0-9]{4})(?![0-9:]))?|\s*,?\s+(?<year>[0-9]{4})$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex MonthDayYear();

    [GeneratedRegex(@"^[\s,]*(?:at\s+|T)?(?<hour>[0-9]{1,2})[:.h](?<minute>[0-9]{2})(?:[:.](?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9}))?)?(?:\s*(?<half>[ap])\.?m\.?(?![a-z]))?|^[\s,]*T(?<hour>[0-9]{2})(?<minute>[0-9]{2})(?<second>[0-9]{2})?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Time();

    [GeneratedRegex(@"\s(?<year>(?:19|20|21)[0-9]{2})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex TrailingYear();

    [GeneratedRegex(@"^(?:GMT|UTC|UT)?\s*(?<sign>[-+−–])\s*(?<hours>[0-9]{1,2}):?(?<minutes>[0-9]{2})?(?:\s+\p{L}+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex OffsetText();

    [GeneratedRegex(@"^(?<name>[A-Za-z][A-Za-z/_+-]{0,40})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ZoneName();
}
