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
    private const int MostWordsOfAnEnd = 6;

    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal)
    {
        ["a"] = 1, ["one"] = 1, ["ein"] = 1, ["eine"] = 1, ["einen"] = 1, ["un"] = 1, ["une"] = 1, ["una"] = 1, ["一"] = 1,
        ["two"] = 2, ["zwei"] = 2, ["deux"] = 2, ["dos"] = 2, ["两"] = 2, ["二"] = 2, ["three"] = 3, ["drei"] = 3, ["trois"] = 3, ["tres"] = 3, ["三"] = 3,
        ["four"] = 4, ["vier"] = 4, ["quatre"] = 4, ["cuatro"] = 4, ["四"] = 4, ["five"] = 5, ["funf"] = 5, ["cinq"] = 5, ["cinco"] = 5, ["五"] = 5,
        ["six"] = 6, ["sechs"] = 6, ["seis"] = 6, ["六"] = 6, ["seven"] = 7, ["sieben"] = 7, ["sept"] = 7, ["siete"] = 7, ["七"] = 7,
        ["eight"] = 8, ["acht"] = 8, ["huit"] = 8, ["ocho"] = 8, ["八"] = 8, ["nine"] = 9, ["neun"] = 9, ["neuf"] = 9, ["nueve"] = 9, ["九"] = 9,
        ["ten"] = 10, ["zehn"] = 10, ["dix"] = 10, ["diez"] = 10, ["十"] = 10,
    };

    private static readonly Dictionary<string, string> NamedTimes = new(StringComparer.Ordinal)
    {
        ["noon"] = "12:00", ["midday"] = "12:00", ["mittag"] = "12:00", ["mittags"] = "12:00", ["midi"] = "12:00", ["mediodia"] = "12:00", ["中午"] = "12:00",
        ["midnight"] = "00:00", ["mitternacht"] = "00:00", ["minuit"] = "00:00", ["medianoche"] = "00:00",
    };

    // In letters without accents, January first.
    private static readonly string[][] Months =
    [
        ["january", "januar", "janner", "janvier", "enero", "一月", "1月"], ["february", "februar", "fevrier", "febrero", "二月", "2月"], ["march", "marz", "mars", "marzo", "三月", "3月"],
        ["april", "avril", "abril", "四月", "4月"], ["may", "mai", "mayo", "五月", "5月"], ["june", "juni", "juin", "junio", "六月", "6月"],
        ["july", "juli", "juillet", "julio", "七月", "7月"], ["august", "aout", "agosto", "八月", "8月"], ["september", "septembre", "septiembre", "九月", "9月"],
        ["october", "oktober", "octobre", "octubre", "十月", "10月"], ["november", "novembre", "noviembre", "十一月", "11月"], ["december", "dezember", "decembre", "diciembre", "十二月", "12月"],
    ];

    private static readonly (string Name, IsoDayOfWeek Day)[] Weekdays =
        [.. PageLanguage.All.SelectMany(_ => Enum.GetValues<IsoDayOfWeek>().Where(day => day is not IsoDayOfWeek.None), (tag, day) => (Fold(SiteWords.Of(tag).Weekday(day)), day))];

    // A week begins on its Monday.
    private static readonly Dictionary<string, string> NamedDays = new(StringComparer.Ordinal)
    {
        ["tomorrow"] = "P1D", ["morgen"] = "P1D", ["demain"] = "P1D", ["manana"] = "P1D", ["明天"] = "P1D",
        ["day after tomorrow"] = "P2D", ["ubermorgen"] = "P2D", ["apres-demain"] = "P2D", ["pasado manana"] = "P2D", ["后天"] = "P2D",
        ["week"] = "-W-1", ["woche"] = "-W-1", ["semaine"] = "-W-1", ["semana"] = "-W-1", ["下周"] = "-W-1",
        ["year"] = "--01-01", ["jahr"] = "--01-01", ["annee"] = "--01-01", ["l'annee"] = "--01-01", ["ano"] = "--01-01", ["明年"] = "--01-01",
    };

    // Behind "for" and "until".
    private static readonly string[] Endless = ["now", "further notice", "vorerst", "auf weiteres", "l'instant", "nouvel ordre", "ahora", "nuevo aviso", "另行通知"];

    private static readonly string[] Untils = ["until", "till", "til", "bis", "to", "jusqu'au", "jusqu'a", "jusqu'en", "hasta"];
    private static readonly string[] Nexts = ["next", "nachste", "nachsten", "nachstes", "nachstem", "kommende", "kommenden", "prochain", "prochaine", "prochains", "prochaines", "proximo", "proxima", "proximos", "proximas", "que", "viene"];
    private static readonly string[] BeforeLengths = ["for", "over", "during", "through", "fur", "uber", "wahrend", "pour", "pendant", "durant", "durante", "por", "para"];
    private static readonly string[] Paused = ["my", "sending", "me", "digest", "digests", "subscription", "mails", "e-mails", "emails", "meine", "mein", "abo", "mon", "mes", "abonnement", "mi", "mis", "suscripcion", "correos"];
    private static readonly string[] BeforeSpans = [.. Untils, .. Paused, "for", "fur", "fuer", "pour", "durante", "por", "zum", "die", "den", "el", "los", "la", "las", "le", "les", "au", "the", "this", "diesen", "ce", "este"];
    private static readonly string[] DayForms = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy年M月d日", "d.M.yyyy", "d.M.yy", "d/M/yyyy", "M/d/yyyy", "d/M/yy", "M/d/yy", "d-M-yyyy", "M-d-yyyy"];
    private static readonly string[] DayFormsWithoutYear = ["d.M.", "d.M", "d/M", "M/d", "M月d日"];
    private static readonly string[] BeforeHours = ["at", "um", "a", "las"];
    private static readonly string[] Ends = ["end", "ende", "fin", "final", "finales"];
    private static readonly string[] OtherNames = ["Etc/", "US/", "Brazil/", "Canada/", "Mexico/", "Chile/", "SystemV/"];

    private static readonly Lazy<Dictionary<string, string>> Zones = new(ReadZones);

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
        var words = Fold(argument).Replace("篇", " ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length is 1 or 2 || words is [_, _, .. { Length: 1 or 2 }] && words[^1] is "day" or "tag" or "jour" or "dia" or "digest" or "mail" or "email" ? NumberOf(words[0]) : null;
    }

    /// <summary>A time of day as <c>07:30</c>.</summary>
    public static string? TimeOf(string argument)
    {
        var text = Fold(argument).Replace(" ", "", StringComparison.Ordinal).Trim('.', ':');
        if (NamedTimes.TryGetValue(text, out var named))
            return named;
        var (isMorning, isEvening) = (Take(ref text, "am", "a.m", "inthemorning", "morgens", "dumatin", "delamanana", "上午", "早上"), Take(ref text, "pm", "p.m", "intheafternoon", "intheevening", "nachmittags", "abends", "dusoir", "delatarde", "delanoche", "下午", "晚上"));
        text = text.Replace("o'clock", "", StringComparison.Ordinal).Replace("uhr", ":", StringComparison.Ordinal).Replace('h', ':').Replace('.', ':').Replace('：', ':').Replace('点', ':').Replace("分", "", StringComparison.Ordinal).Trim(':');
        if (text.Length == 4 && text.All(char.IsAsciiDigit))
            text = text.Insert(2, ":");
        var parts = text.Split(':');
        if (parts.Length > 2 || !TryParse(parts[0], out var hour) || parts[0].Length > 2)
            return null;
        var minute = 0;
        if (parts.Length == 2 && !TryParse(parts[1], out minute))
            return null;
        if ((isEvening || isMorning) && hour is < 1 or > 12)
            return null;
        if (isEvening && hour < 12)
            hour += 12;
        if (isMorning && hour == 12)
            hour = 0;
        return hour is >= 0 and < 24 && minute is >= 0 and < 60 ? string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}") : null;
    }

    /// <summary>
    /// The length of a pause: empty for until resumed, <c>P14D</c> for a time, or a day, as <c>--12-24</c> where its year is left
    /// out and as <c>-W-1</c> for a Monday; null where it is none of them. What may be two days, as <c>5/6</c>, is both with a
    /// <c>|</c> between them. The hour behind a day is passed over.
    /// </summary>
    public static string? PauseOf(string argument)
    {
        if (CommandWords.IsFiller(argument))
            return "";
        var words = Fold(argument).TrimEnd('?').Replace(',', ' ').Replace("到", " until ", StringComparison.Ordinal).Replace("至", " until ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        // "Pause Monday" may mean the Monday alone.
        var isUntil = words.Exists(word => Array.IndexOf(Untils, word) >= 0);
        words.RemoveAll(word => Array.IndexOf(Nexts, word) >= 0);
        words = WithoutOpening(words);
        if (Array.IndexOf(Endless, string.Join(' ', words)) >= 0)
            return "";
        return EndOf(words, isUntil) ?? (WithoutHour(words) is { } days ? EndOf(days, isUntil) : null);
    }

    /// <summary>Whether a few words seem to say how long a pause is, be it understood or not, as "over Christmas" does.</summary>
    public static bool MayEndPause(string argument)
    {
        var words = Fold(argument).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length is > 1 and <= MostWordsOfAnEnd && !argument.AsSpan().ContainsAny(":?：？")
            && (Array.IndexOf(Untils, words[0]) >= 0 || Array.IndexOf(BeforeLengths, words[0]) >= 0);
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

    private static List<string> WithoutOpening(List<string> words) => words[words.TakeWhile(word => Array.IndexOf(BeforeSpans, word) >= 0).Count()..];

    private static string? EndOf(List<string> words, bool isUntil) =>
        DayOf(words) ?? (isUntil ? MonthOf(words) : null) ?? SpanOf(words)
        ?? (words is [var weekday, .. var date] && WeekdayOf(weekday) is not null ? DayOf(WithoutOpening(date)) : null)
        ?? (isUntil ? ComingDayOf(words) : null);

    // "24 December at 10:00": the words before the hour; null where there is none. A number alone is an hour behind "at".
    private static List<string>? WithoutHour(List<string> words)
    {
        for (var from = words.Count - 1; from > 0 && from >= words.Count - 3; from--)
        {
            var hour = words[from..].SkipWhile(word => Array.IndexOf(BeforeHours, word) >= 0).ToList();
            if (TimeOf(string.Concat(hour)) is not null && (hour.Count < words.Count - from || !hour[0].All(char.IsAsciiDigit) || hour.Count > 1))
                return words[..(words.FindLastIndex(from - 1, word => Array.IndexOf(BeforeHours, word) < 0) + 1)];
        }

        return null;
    }

    // A month begins on its first day, and has ended on that of the next.
    private static string? MonthOf(List<string> words)
    {
        var named = words.Where(word => word is not ("of" or "de" or "des" or "du")).ToList();
        var isEnd = named is [var end, ..] && Array.IndexOf(Ends, end) >= 0;
        var (rest, year) = (isEnd ? named[1..] : named, 2000);
        if (rest is not [var name, .. var after] || after.Count > 1 || after is [var written] && (!TryParse(written, out year) || year is < 2000 or >= 3000) || WeekdayOf(name) is not null || MonthNumber(name) is not { } month)
            return null;
        var first = new DateOnly(year, month, 1).AddMonths(isEnd ? 1 : 0);
        return first.ToString(after.Count == 0 ? "--MM-dd" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static int? MonthNumber(string word)
    {
        var name = word.TrimEnd('.');
        var place = Array.FindIndex(Months, names => Array.Exists(names, full => full == name || name.Length >= 3 && full.StartsWith(name, StringComparison.Ordinal)));
        return place < 0 ? null : place + 1;
    }

    private static string? ComingDayOf(List<string> words) =>
        NamedDays.GetValueOrDefault(string.Join(' ', words))
        ?? (words is [var word] && WeekdayOf(word) is { } day ? string.Create(CultureInfo.InvariantCulture, $"-W-{(int)day}") : null);

    private static string? DayOf(List<string> words)
    {
        if (words is [var day] && Readings(day, DayForms, "yyyy-MM-dd") is { Length: > 0 } readings)
            return readings;
        // 29 February is a day where no year is named: a leap year stands in for it.
        if (words is [var dayAlone] && Readings($"2000 {dayAlone}", [.. DayFormsWithoutYear.Select(form => "yyyy " + form)], "--MM-dd") is { Length: > 0 } yearly)
            return yearly;
        var named = words.Where(word => word is not ("de" or "del" or "of")).ToList();
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
            digits = digits == 0 && Numbers.ContainsKey(joined[..1]) && joined[0] > 0x2E80 ? 1 : digits;
            if (digits > 0 && digits < joined.Length)
                words = [joined[..digits], joined[digits..]];
        }

        if (words is not [var number, var unit] || NumberOf(number) is not { } count || count is < 1 or > 1000)
            return null;
        var days = unit.TrimEnd('s', 'n', 'e') switch
        {
            "day" or "tag" or "jour" or "dia" or "d" or "天" or "日" => 1,
            "week" or "woch" or "semai" or "semana" or "w" or "wk" or "周" or "星期" or "个星期" => 7,
            "month" or "monat" or "moi" or "m" or "月" or "个月" => 30,
            "year" or "jahr" or "a" or "an" or "ano" or "y" or "年" => 365,
            _ => 0,
        };
        return days == 0 || count * days > 1000 ? null : string.Create(CultureInfo.InvariantCulture, $"P{count * days}D");
    }

    private static int? NumberOf(string word) => Numbers.TryGetValue(word, out var named) ? named : TryParse(word, out var number) ? number : null;

    private static bool Take(ref string text, params ReadOnlySpan<string> marks)
    {
        foreach (var mark in marks)
        {
            if (text.Length <= mark.Length || !text.StartsWith(mark, StringComparison.Ordinal) && !text.EndsWith(mark, StringComparison.Ordinal))
                continue;
            text = text.Replace(mark, "", StringComparison.Ordinal);
            return true;
        }

        return false;
    }

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
