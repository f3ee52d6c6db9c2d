using System.Text;
using DigestService.Mails.Languages;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>What a digest stands for: a day, a weekend or a week, by the reader's own clock.</summary>
public sealed class PeriodTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_weekly_digest_is_the_best_of_the_week_and_not_of_its_last_day()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        for (var day = 0; day < 7; day++)
        {
            var listedOn = DigestTestBed.Today.PlusDays(-day);
            for (var i = 0; i < 10; i++)
                await bed.AddPaperAsync($"Pruning, day {day}, part {i}", upvotes: i < 2 ? 60 : 5, listedOn: listedOn, text: OwnWords(day, i), createdAt: At(listedOn, 1));
        }

        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("update subscribers set frequency = 'weekly', weekly_on = 3, outside_topics = 0", null, default);

        await bed.TickAsync();

        var days = (await bed.TitlesAsync(reader)).Select(title => title.Split(", ")[1]).ToList();
        days.Count.ShouldBe(10);
        days.Distinct().Count().ShouldBeGreaterThanOrEqualTo(5);
        (await bed.TitlesAsync(reader)).Count(title => title.EndsWith("part 0", StringComparison.Ordinal) || title.EndsWith("part 1", StringComparison.Ordinal))
            .ShouldBeGreaterThanOrEqualTo(9);
    }

    [Fact]
    public async Task A_mondays_digest_of_somebody_who_reads_on_weekdays_holds_no_paper_of_the_weekend_to_be_old()
    {
        var monday = new LocalDate(2026, 3, 9);
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning on Saturday", upvotes: 30, listedOn: monday.PlusDays(-2), createdAt: At(monday.PlusDays(-2), 1));
        await bed.AddPaperAsync("Pruning on Monday", upvotes: 10, listedOn: monday, createdAt: At(monday, 1));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            "update subscribers set frequency = 'weekdays', next_due_on = @monday, next_due_at = @at", new { monday, at = At(monday, 7) }, default);

        await bed.TickAsync(At(monday, 7));

        (await bed.TitlesAsync(reader, monday)).ShouldBe(["Pruning on Saturday", "Pruning on Monday"]);
    }

    [Theory]
    [InlineData("daily", 1, DigestSpan.Day)]
    [InlineData("daily", 2, DigestSpan.Week)]
    [InlineData("daily", 3, DigestSpan.Week)]
    [InlineData("daily", 20, DigestSpan.Week)]
    [InlineData("daily", null, DigestSpan.Day)]
    [InlineData("weekdays", 3, DigestSpan.Day)]
    [InlineData("weekdays", 4, DigestSpan.Week)]
    [InlineData("weekly", 7, DigestSpan.Week)]
    [InlineData("weekly", null, DigestSpan.Week)]
    public async Task A_digest_speaks_of_today_only_where_it_follows_on_the_one_before(string frequency, int? daysBefore, DigestSpan span)
    {
        var monday = new LocalDate(2026, 3, 9);
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning", upvotes: 30, listedOn: monday.PlusDays(-2), createdAt: At(monday.PlusDays(-2), 1));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            "update subscribers set frequency = @frequency, weekly_on = 1, next_due_on = @monday, next_due_at = @at", new { frequency, monday, at = At(monday, 7) }, default);
        if (daysBefore is { } days)
            await bed.Database.ExecuteAsync(
                "insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at) values (@reader, @before, now(), 'queued', now(), now())",
                new { reader, before = monday.PlusDays(-days) },
                default);

        await bed.TickAsync(At(monday, 7));

        var text = Encoding.ASCII.GetString((await StoredMail.LatestAsync(bed.Database)).ShouldNotBeNull());
        text.Contains("1 paper this week on", StringComparison.Ordinal).ShouldBe(span == DigestSpan.Week, text);
        text.Contains("1 paper today on", StringComparison.Ordinal).ShouldBe(span == DigestSpan.Day, text);
    }

    [Theory]
    [InlineData(false, new[] { "Pruning this week" })]
    [InlineData(true, new[] { "Pruning this week", "Pruning before" })]
    public async Task The_first_weekly_digest_calls_no_paper_of_the_week_before_one_of_this_week(bool hadOne, string[] titles)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var (day, before) = (DigestTestBed.Today, DigestTestBed.Today.PlusDays(-8));
        await bed.AddPaperAsync("Pruning this week", listedOn: day.PlusDays(-6), createdAt: At(day.PlusDays(-6), 1), text: OwnWords(1, 1));
        await bed.AddPaperAsync("Pruning before", listedOn: before, createdAt: At(before, 1), text: OwnWords(2, 2));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("update subscribers set frequency = 'weekly', weekly_on = 3", null, default);
        if (hadOne)
            await bed.Database.ExecuteAsync(
                "insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at) values (@reader, @day, now(), 'queued', now(), now())",
                new { reader, day = day.PlusDays(-7) },
                default);

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(titles);
    }

    [Theory]
    [InlineData("Pacific/Honolulu", 18)]
    [InlineData("America/Los_Angeles", 19)]
    [InlineData("America/New_York", 22)]
    [InlineData("Europe/Berlin", 7)]
    [InlineData("Pacific/Auckland", 7)]
    [InlineData("Pacific/Kiritimati", 7)]
    public async Task Readers_of_every_zone_see_what_is_new_to_them_and_nothing_twice(string zone, int hour)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        var first = DigestTestBed.Today;
        // Each listing appears at one o'clock UTC of its day, as arXiv's does.
        for (var day = -1; day < 5; day++)
            await bed.AddPaperAsync($"Pruning of {first.PlusDays(day):uuuu-MM-dd}", listedOn: first.PlusDays(day), createdAt: At(first.PlusDays(day), 1));
        var tz = DateTimeZoneProviders.Tzdb[zone];
        var due = first.At(new LocalTime(hour, 0)).InZoneLeniently(tz).ToInstant();
        await bed.Database.ExecuteAsync(
            "update subscribers set zone = @zone, send_at = @at, next_due_on = @first, next_due_at = @due",
            new { zone, at = new LocalTime(hour, 0), first, due },
            default);

        for (var day = 0; day < 3; day++)
        {
            var now = first.PlusDays(day).At(new LocalTime(hour, 0)).InZoneLeniently(tz).ToInstant();
            await bed.TickAsync(now);
            // The newest listing that was there at that moment.
            var newest = (now - Duration.FromHours(1)).InUtc().Date;
            (await bed.TitlesAsync(reader, first.PlusDays(day))).ShouldContain($"Pruning of {newest:uuuu-MM-dd}", $"{zone}, day {day}");
        }
    }

    private static string OwnWords(int day, int part) => string.Join(' ', Enumerable.Range(0, 40).Select(word => $"w{day}{part}x{word}"));

    private static Instant At(LocalDate day, int hour) => day.At(new LocalTime(hour, 0)).InUtc().ToInstant();
}
