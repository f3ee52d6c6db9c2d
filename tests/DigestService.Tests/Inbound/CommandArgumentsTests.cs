using DigestService.Inbound.Commands;

namespace DigestService.Tests.Inbound;

/// <summary>Numbers, times, spans, days and zones in the words of five languages, and where each ends.</summary>
public sealed class CommandArgumentsTests
{
    [Theory]
    [InlineData(1, "a one ein eine einen un une una 一 1")]
    [InlineData(2, "two zwei deux dos 两 二 2")]
    [InlineData(3, "three drei trois tres 三")]
    [InlineData(4, "four vier quatre cuatro 四")]
    [InlineData(5, "five fünf cinq cinco 五")]
    [InlineData(6, "six sechs seis 六")]
    [InlineData(7, "seven sieben sept siete 七")]
    [InlineData(8, "eight acht huit ocho 八 8篇")]
    [InlineData(9, "nine neun neuf nueve 九")]
    [InlineData(10, "ten zehn dix diez 十 10")]
    public void A_number_may_be_a_word_of_any_language(int number, string words) =>
        words.Split(' ').ShouldAllBe(word => CommandArguments.CountOf(word) == number && CommandArguments.CountOf(word + " papers") == number);

    [Theory]
    [InlineData("")]
    [InlineData("many")]
    [InlineData("five papers please")]
    public void What_is_no_number_is_none(string argument) => CommandArguments.CountOf(argument).ShouldBeNull();

    [Theory]
    [InlineData("12:00", "noon|midday|Mittag|mittags|midi|mediodía|中午|12pm|12 p.m.")]
    [InlineData("00:00", "midnight|Mitternacht|minuit|medianoche|12am|0:00|0|00.00")]
    [InlineData("01:00", "1am|1:00|上午1点")]
    [InlineData("11:59", "11:59am|11h59|1159|11点59分")]
    [InlineData("13:00", "1pm|下午1点|13 Uhr|13h")]
    [InlineData("23:59", "11:59pm|23:59|23：59")]
    public void A_time_may_be_written_in_many_ways(string time, string words) =>
        words.Split('|').ShouldAllBe(word => CommandArguments.TimeOf(word) == time);

    [Theory]
    [InlineData("24:00")]
    [InlineData("7:60")]
    [InlineData("0am")]
    [InlineData("13pm")]
    [InlineData("13am")]
    [InlineData("123")]
    [InlineData("7:8:9")]
    [InlineData("7:xx")]
    public void A_time_ends_where_the_day_and_the_hour_do(string argument) => CommandArguments.TimeOf(argument).ShouldBeNull();

    [Theory]
    [InlineData("P1D", "a day|1 d|ein Tag|un jour|un día|1天|一日")]
    [InlineData("P14D", "for two weeks|2w|2 wk|für zwei Wochen|pour deux semaines|durante dos semanas|2周|两星期|2个星期")]
    [InlineData("P1M", "one month|einen Monat|un mois|un mes|1m|1月|一个月")]
    [InlineData("P1Y", "a year|ein Jahr|un an|un año|1y|1年|1 a")]
    [InlineData("P1000D", "1000 days")]
    public void A_pause_may_be_a_span_of_any_language(string span, string words) =>
        words.Split('|').ShouldAllBe(word => CommandArguments.PauseOf(word) == span);

    [Theory]
    [InlineData("2026-02-28", "2026-02-28|2026/02/28|2026.02.28|28.2.2026|28/2/2026|28-2-2026|2/28/2026|2026年2月28日|until 28 February 2026|bis zum 28. Februar 2026|jusqu'au 28 février 2026|hasta el 28 de febrero de 2026|to Feb 28th, 2026|到2026年2月28日")]
    [InlineData("2026-08-01", "1 August 2026|1er août 2026|el 1 de agosto de 2026|August 1st 2026")]
    [InlineData("2026-10-31", "31 October 2026|31. Oktober 2026")]
    [InlineData("2026-12-31", "31 December 2026|den 31. Dezember 2026|au 31 décembre 2026|por 31 diciembre 2026|till 31 dec 2026|til Dec 31 2026|the 31st dec 2026|le 31 dec 2026")]
    [InlineData("2026-01-02", "2 January 2026|2. Januar 2026|2 janvier 2026|2 enero 2026")]
    [InlineData("2000-07-03", "3 juillet 2000|3 Juli 2000")]
    [InlineData("2026-12-24", "24.12.26|24/12/26")]
    [InlineData("--12-24", "24 December|until Dec 24th|until the 24th of December|bis 24.12.|bis zum 24. Dezember|jusqu'au 24 décembre|hasta el 24 de diciembre|24/12|12/24|到12月24日")]
    [InlineData("--05-01", "1 May|1er mai|May 1st")]
    public void A_pause_may_end_on_a_day_of_any_language(string day, string words) =>
        words.Split('|').ShouldAllBe(word => CommandArguments.PauseOf(word) == day);

    [Theory]
    [InlineData("-W-1", "until Monday|till next Mon.|bis Montag|bis zum kommenden Mo|jusqu'à lundi|jusqu'au lundi prochain|hasta el lunes|hasta el lunes que viene|到星期一|至周一|until next week|bis nächste Woche|jusqu'à la semaine prochaine|hasta la próxima semana|到下周")]
    [InlineData("-W-2", "until Tuesday|until tues|bis Dienstag|jusqu'à mardi|hasta el martes|到礼拜二")]
    [InlineData("-W-3", "until Wednesday|until wed|bis Mittwoch|jusqu'à mercredi|hasta el miércoles|到周三")]
    [InlineData("-W-4", "until this Thursday|until thu|bis Donnerstag|jusqu'à jeudi|hasta el jueves|到周四")]
    [InlineData("-W-5", "until Friday|until fri|bis Freitag|jusqu'à vendredi|hasta el viernes|到周五")]
    [InlineData("-W-6", "until Saturday|until Sat.|bis Samstag|jusqu'à samedi|hasta el sábado|到周六")]
    [InlineData("-W-7", "until Sunday|until sun|bis Sonntag|jusqu'à dimanche|hasta el domingo|到周日|到星期天")]
    [InlineData("P1D", "until tomorrow|bis morgen|jusqu'à demain|hasta mañana|到明天")]
    [InlineData("P2D", "until the day after tomorrow|bis übermorgen|jusqu'à après-demain|hasta pasado mañana|到后天")]
    public void A_pause_may_end_on_a_day_of_the_week_of_any_language(string day, string words) =>
        words.Split('|').Where(word => CommandArguments.PauseOf(word) != day).ShouldBeEmpty();

    [Theory]
    [InlineData("Monday")]
    [InlineData("until do")]
    [InlineData("until m")]
    [InlineData("until next")]
    [InlineData("mardi 3")]
    [InlineData("0 days")]
    [InlineData("1001 days")]
    [InlineData("3 years")]
    [InlineData("2 moons")]
    [InlineData("29 February 2026")]
    [InlineData("30 February")]
    [InlineData("32.12.")]
    [InlineData("0 March 2026")]
    [InlineData("1 March 1999")]
    [InlineData("1 March 3000")]
    [InlineData("2026-02-30")]
    [InlineData("some time or other")]
    public void A_pause_that_is_no_span_and_no_day_is_none(string argument) => CommandArguments.PauseOf(argument).ShouldBeNull();

    [Theory]
    [InlineData("Europe/Berlin", "europe/berlin|Berlin|BERLIN.")]
    [InlineData("America/New_York", "new york|America/New_York")]
    [InlineData("America/Argentina/Buenos_Aires", "Buenos Aires")]
    [InlineData("Etc/GMT-8", "UTC+8|gmt+8|utc+08")]
    [InlineData("Etc/GMT+12", "UTC-12")]
    [InlineData("Etc/GMT-12", "GMT+12")]
    public void A_zone_may_be_a_city_or_a_distance(string zone, string words) =>
        words.Split('|').ShouldAllBe(word => CommandArguments.ZoneOf(word) == zone);

    [Theory]
    [InlineData("UTC+13")]
    [InlineData("utc+")]
    [InlineData("gmt*8")]
    [InlineData("abc+8")]
    [InlineData("Atlantis")]
    public void What_is_no_zone_is_none(string argument) => CommandArguments.ZoneOf(argument).ShouldBeNull();

    [Fact]
    public void Accents_and_quotes_are_folded_letter_by_letter() =>
        CommandArguments.Fold("É’‘`´ü\U0001F600Z").ShouldBe("e''''u\U0001F600z");
}
