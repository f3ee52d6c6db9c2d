using System.Globalization;
using System.Text;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Platform.Layout.Words;
using NodaTime;

namespace DigestService.Inbound.Commands;

/// <summary>Times, days, spans, numbers and zones as people write them in five languages; null for what is none.</summary>
internal static class CommandArguments
{
    /// <summary>What stands between the names of a list.</summary>
    public static readonly char[] BetweenNames = [',', ';', '，', '、', '；'];

    private const int MostWordsOfAnEnd = 6;
    private const int LargestNamedNumber = 12;

    private static readonly string[] MonthNames = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
    private static readonly string[] NamedHours = ["00:00", "12:00"];
    private static readonly string[] NamedEnds = ["P1D", "P2D", "-W-1", "--01-01"];
    private static readonly (string Key, int Days, char Unit)[] Units = [("1 day", 1, 'D'), ("7 days", 7, 'D'), ("1 month", 30, 'M'), ("1 year", 365, 'Y')];
    private static readonly int[] MinutesOfWords = [30, 15, -15, -30, 45];

    private static readonly (string Name, IsoDayOfWeek Day)[] Weekdays =
        [.. PageLanguage.All.SelectMany(_ => Enum.GetValues<IsoDayOfWeek>().Where(day => day is not IsoDayOfWeek.None), (tag, day) => (Fold(SiteWords.Of(tag).Weekday(day)), day))];

    private static readonly string[] DayForms = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy年M月d日", "d.M.yyyy", "d.M.yy", "d/M/yyyy", "M/d/yyyy", "d/M/yy", "M/d/yy", "d-M-yyyy", "M-d-yyyy"];
    private static readonly string[] DayFormsWithoutYear = ["d.M.", "d.M", "d/M", "M/d", "M月d日"];
    private static readonly string[] OtherNames = ["Etc/", "US/", "Brazil/", "Canada/", "Mexico/", "Chile/", "SystemV/"];

    private static readonly Lazy<Dictionary<string, string>> Zones = new(ReadZones);

    private static readonly Lazy<Dictionary<string, int>> NamedNumbers = new(() => Enumerable.Range(1, LargestNamedNumber)
        .SelectMany(number => Vocabulary.Of(number.ToString(CultureInfo.InvariantCulture)), (number, word) => (word, number)).ToDictionary(of => of.word, of => of.number, StringComparer.Ordinal));

    /// <summary>A text in small letters without accents, character by character, so that places stay where they are.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var plain = char.IsSurrogate(c) ? c : c is '’' or '‘' or '`' or '´' ? '\'' : c < 0x80 ? c : c.ToString().Normalized(NormalizationForm.FormD)[0];
            folded.Append(char.ToLowerInvariant(plain));
        }

        return folded.ToString();
    }

    /// <summary>A small number in digits or as a word, with the noun that may follow it, and "a day" or "per digest" behind that.</summary>
    public static int? CountOf(string argument)
    {
        var counted = Without("paper", Without("paper", Without("per day", Fold(argument))));
        return NumberOf(counted) ?? (counted.Split(' ') is [var number, _] ? NumberOf(number) : null);
    }

    /// <summary>The same where nothing but its own words tell what is counted, as in "5 papers a day".</summary>
    public static int? CountOfPapers(string line)
    {
        var (text, counted) = (Fold(line).TrimEnd('.', '!', ' '), Without("per day", Fold(line).TrimEnd('.', '!', ' ')));
        // "A paper a day" is a way of speaking.
        return counted != text && Without("paper", counted) is var number && number != counted && NumberOf(number) is { } count && (count > 1 || number is "1") ? count : null;
    }

    /// <summary>Whether folded words speak of a part of an hour, as "half past" does.</summary>
    public static bool SaysMinutes(string words) => Array.Exists(MinutesOfWords, minutes => Vocabulary.IsIn(KeyOf(minutes), words));

    /// <summary>A time of day as <c>07:30</c>; "half past seven" too.</summary>
    public static string? TimeOf(string argument)
    {
        var text = Squeezed(argument).Trim('.', ':');
        if (Array.Find(NamedHours, hour => Vocabulary.Of(hour).Any(word => Squeezed(word) == text)) is { } named)
            return named;
        var (isMorning, isEvening) = (Take(ref text, "morning"), Take(ref text, "evening"));
        var added = Array.Find(MinutesOfWords, minutes => Take(ref text, KeyOf(minutes)));
        text = WithDigits(text, isHour: added != 0 || isMorning || isEvening);
        foreach (var word in Vocabulary.Of("hour"))
            text = text.Replace(Squeezed(word), ":", StringComparison.Ordinal);
        text = text.Replace('.', ':').Replace("分", "", StringComparison.Ordinal).Trim(':');
        if (text.Length == 4 && text.All(char.IsAsciiDigit))
            text = text.Insert(2, ":");
        var parts = text.Split(':');
        if (parts.Length > 2 || !TryParse(parts[0], out var hour) || parts[0].Length > 2)
            return null;
        var minute = added;
        if (parts.Length == 2 && (added != 0 || !TryParse(parts[1], out minute)))
            return null;
        if ((isEvening || isMorning) && hour is < 1 or > 12)
            return null;
        // "Half past twelve" may be noon or midnight.
        if (added != 0 && !isEvening && !isMorning && (hour is 0 or 12 || hour is 1 && added < 0))
            return null;
        if (isEvening && hour < 12)
            hour += 12;
        if (isMorning && hour == 12)
            hour = 0;
        if (hour is < 0 or > 23 || minute is >= 60)
            return null;
        var time = hour * 60 + minute;
        return time < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{time / 60:00}:{time % 60:00}");
    }

    /// <summary>
    /// The length of a pause: empty for until resumed, <c>P14D</c> or <c>P6M</c> for a time, or a day, as <c>--12-24</c> where its year is left
    /// out and as <c>-W-1</c> for a Monday; null where it is none of them. What may be two days, as <c>5/6</c>, is both with a
    /// <c>|</c> between them. The hour behind a day is passed over.
    /// </summary>
    public static string? PauseOf(string argument)
    {
        if (CommandWords.IsFiller(argument))
            return "";
        var text = Vocabulary.Of("until").Where(word => Vocabulary.IsUnspaced(word[0]))
            .Aggregate(WithoutSpaces(Fold(argument)).TrimEnd('?').Replace(',', ' '), (said, word) => said.Replace(word, " until ", StringComparison.Ordinal));
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        // "Pause Monday" may mean the Monday alone.
        var isUntil = words.Exists(word => Vocabulary.Has("until", word));
        words.RemoveAll(word => Vocabulary.Has("next", word));
        words = WithoutOpening(words);
        if (Vocabulary.Has("endless", string.Join(' ', words)))
            return "";
        return EndOf(words, isUntil) ?? (WithoutHour(words) is { } days ? EndOf(days, isUntil) : null);
    }

    // Chinese may set a space beside figures: "12 月 24 日" is "12月24日".
    private static string WithoutSpaces(string text) =>
        string.Concat(text.Where((c, at) => c is not ' ' || at == 0 || at + 1 == text.Length
            || !(char.IsAsciiDigit(text[at - 1]) && Vocabulary.IsUnspaced(text[at + 1]) || text[at - 1] is '年' or '月' && char.IsAsciiDigit(text[at + 1]))));

    /// <summary>Whether a few words seem to say how long a pause is, be it understood or not, as "over Christmas" does.</summary>
    public static bool MayEndPause(string argument)
    {
        var words = Fold(argument).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length is > 1 and <= MostWordsOfAnEnd && !argument.AsSpan().ContainsAny(":?：？")
            && !Vocabulary.IsUnspaced(words[0][0]) && (Vocabulary.Has("until", words[0]) || Vocabulary.Has("for", words[0]));
    }

    /// <summary>The day of the week that a word in small letters names in any of the languages, by its beginning too where that names no other.</summary>
    public static IsoDayOfWeek? WeekdayOf(string word)
    {
        var name = word.TrimEnd('.').Replace("礼拜", "星期", StringComparison.Ordinal).Replace("周", "星期", StringComparison.Ordinal).Replace('天', '日');
        return name.Length > 1 && Weekdays.Where(row => row.Name.StartsWith(name, StringComparison.Ordinal)).Select(row => row.Day).Distinct().Take(2).ToList() is [var day] ? day : null;
    }

    /// <summary>An IANA zone by its id in any case, by a city's name, or by a distance from UTC in whole hours.</summary>
    public static string? ZoneOf(string argument)
    {
        var name = Fold(argument).Trim('.').Replace(' ', '_');
        if (Zones.Value.TryGetValue(name, out var id))
            return id;
        var isOffset = name.StartsWith("utc", StringComparison.Ordinal) || name.StartsWith("gmt", StringComparison.Ordinal);
        return isOffset && name.Length > 4 && name[3] is '+' or '-' && TryParse(name[4..], out var hours) && hours is > 0 and <= 12
            // POSIX counts westwards.
            ? string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{(name[3] == '+' ? '-' : '+')}{hours}")
            : null;
    }

    private static List<string> WithoutOpening(List<string> words) => words[words.TakeWhile(word => Vocabulary.Has("until", word) || Vocabulary.Has("before span", word)).Count()..];

    // "Pause von 2 Wochen" is a span, while "Pause von 24. Dezember" says when it begins.
    private static string? EndOf(List<string> words, bool isUntil) =>
        words is [var of, .. var span] && Vocabulary.Has("of", of) ? SpanOf(span)
        : DayOf(words) ?? (isUntil ? MonthOf(words) : null) ?? SpanOf(words)
        ?? (words is [var weekday, .. var date] && WeekdayOf(weekday) is not null ? DayOf(WithoutOpening(date)) : null)
        ?? (isUntil ? ComingDayOf(words) : null);

    // "24 December at 10:00": the words before the hour; null where there is none. A number alone is an hour behind "at".
    private static List<string>? WithoutHour(List<string> words)
    {
        for (var from = words.Count - 1; from > 0 && from >= words.Count - 3; from--)
        {
            var hour = words[from..].SkipWhile(word => Vocabulary.Has("before hour", word)).ToList();
            if (TimeOf(string.Concat(hour)) is not null && (hour.Count < words.Count - from || !hour[0].All(char.IsAsciiDigit) || hour.Count > 1))
                return words[..(words.FindLastIndex(from - 1, word => !Vocabulary.Has("before hour", word)) + 1)];
        }

        return null;
    }

    // A month begins on its first day, and has ended on that of the next.
    private static string? MonthOf(List<string> words)
    {
        var named = words.Where(word => !Vocabulary.Has("of", word)).ToList();
        var isEnd = named is [var end, ..] && Vocabulary.Has("end of month", end);
        var (rest, year) = (isEnd ? named[1..] : named, 2000);
        if (rest is not [var name, .. var after] || after.Count > 1 || after is [var written] && (!TryParse(written, out year) || year is < 2000 or >= 3000)
            || WeekdayOf(name) is not null || MonthNumber(name) is not { } month)
            return null;
        var first = new DateOnly(year, month, 1).AddMonths(isEnd ? 1 : 0);
        return first.ToString(after.Count == 0 ? "--MM-dd" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static int? MonthNumber(string word)
    {
        var name = word.TrimEnd('.');
        var place = Array.FindIndex(MonthNames, month => Array.Exists(Vocabulary.Of(month), full => full == name || name.Length >= 3 && full.StartsWith(name, StringComparison.Ordinal)));
        return place < 0 ? null : place + 1;
    }

    private static string? ComingDayOf(List<string> words) =>
        Array.Find(NamedEnds, end => Vocabulary.Has(end, string.Join(' ', words)))
        ?? (words is [var word] && WeekdayOf(word) is { } day ? string.Create(CultureInfo.InvariantCulture, $"-W-{(int)day}") : null);

    private static string? DayOf(List<string> words)
    {
        if (words is [var day] && Readings(day, DayForms, "yyyy-MM-dd") is { Length: > 0 } readings)
            return readings;
        // 29 February is a day where no year is named: a leap year stands in for it.
        if (words is [var dayAlone] && Readings($"2000 {dayAlone}", [.. DayFormsWithoutYear.Select(form => "yyyy " + form)], "--MM-dd") is { Length: > 0 } yearly)
            return yearly;
        var named = words.Where(word => !Vocabulary.Has("of", word)).ToList();
        var year = 2000;
        if (named is not [var one, var two, .. var rest] || rest.Count > 1 || rest is [var three] && !TryParse(three, out year))
            return null;
        var (number, month) = char.IsAsciiDigit(one[0]) ? (one, two) : (two, one);
        // A whole weekday is no month, though "mar" may be one of "martes".
        return (month.Length > 3 && WeekdayOf(month) is not null ? null : MonthNumber(month)) is { } place
            && TryParse(number.TrimEnd('.', 't', 'h', 's', 'n', 'd', 'r', 'e'), out var dayOfMonth) && year is >= 2000 and < 3000
            && dayOfMonth >= 1 && dayOfMonth <= DateTime.DaysInMonth(year, place)
                ? string.Create(CultureInfo.InvariantCulture, $"{(rest.Count == 0 ? "-" : $"{year:0000}")}-{place:00}-{dayOfMonth:00}")
                : null;
    }

    private static string Readings(string text, string[] forms, string shown) =>
        string.Join('|', forms.Where(form => DateOnly.TryParseExact(text, form, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            .Select(form => DateOnly.ParseExact(text, form, CultureInfo.InvariantCulture).ToString(shown, CultureInfo.InvariantCulture)).Distinct(StringComparer.Ordinal));

    private static string? SpanOf(List<string> words)
    {
        if (words is [{ Length: > 1 } joined])
        {
            var digits = joined.TakeWhile(char.IsAsciiDigit).Count();
            digits = digits == 0 && NumberOf(joined[..1]) is not null ? 1 : digits;
            if (digits > 0 && digits < joined.Length)
                words = [joined[..digits], joined[digits..]];
        }

        if (words is not [var number, var unit] || NumberOf(number) is not { } count || count is < 1 or > 1000)
            return null;
        var (_, days, symbol) = Array.Find(Units, of => Vocabulary.Has(of.Key, unit) || Vocabulary.Has(of.Key, unit.TrimEnd('s')));
        return days == 0 || count * days > 1000 ? null : string.Create(CultureInfo.InvariantCulture, $"P{(symbol == 'D' ? count * days : count)}{symbol}");
    }

    /// <summary>A number in digits or as a word, or null.</summary>
    public static int? NumberOf(string word) => NamedNumbers.Value.TryGetValue(word, out var named) ? named : TryParse(word, out var number) ? number : null;

    // A number in words before an hour, as in "sieben Uhr"; "a" and its kin are one only where other words tell of an hour.
    private static string WithDigits(string text, bool isHour) =>
        NamedNumbers.Value.Where(of => text.StartsWith(of.Key, StringComparison.Ordinal)
                && (text.Length == of.Key.Length ? isHour || of.Value > 1 : Vocabulary.Of("hour").Any(mark => text.AsSpan(of.Key.Length).StartsWith(Squeezed(mark), StringComparison.Ordinal))))
            .Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Value}{text[of.Key.Length..]}")).FirstOrDefault(text);

    private static string Without(string key, string text) =>
        Vocabulary.AtEnd(key, text) is { } end ? text[..^end.Length].TrimEnd()
        : Vocabulary.AtStart(key, text) is { } start && start.Length < text.Length ? text[start.Length..].TrimStart() : text;

    private static bool Take(ref string text, string key)
    {
        foreach (var mark in Vocabulary.Of(key).Select(Squeezed))
        {
            if (text.Length <= mark.Length || !text.StartsWith(mark, StringComparison.Ordinal) && !text.EndsWith(mark, StringComparison.Ordinal))
                continue;
            text = text.StartsWith(mark, StringComparison.Ordinal) ? text[mark.Length..] : text[..^mark.Length];
            return true;
        }

        return false;
    }

    private static string KeyOf(int minutes) => minutes.ToString("+0;-0", CultureInfo.InvariantCulture);

    private static string Squeezed(string text) => Fold(text).Replace(" ", "", StringComparison.Ordinal);

    // A city's name is the last part of an id; where two have one, the first in the alphabet.
    private static Dictionary<string, string> ReadZones()
    {
        var zones = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids)
            zones[id.ToLowerInvariant()] = id;
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids.Where(id => id.Contains('/', StringComparison.Ordinal) && !OtherNames.Any(start => id.StartsWith(start, StringComparison.Ordinal))))
            zones.TryAdd(id[(id.LastIndexOf('/') + 1)..].ToLowerInvariant(), id);
        return zones;
    }

    private static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
