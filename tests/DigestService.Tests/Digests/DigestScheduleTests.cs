using DigestService.Digests;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Tests.Digests;

public sealed class DigestScheduleTests
{
    [Theory]
    // A gap is due at the first instant after it, an overlap at the earlier of the two.
    [InlineData("Europe/Dublin", "01:30", "2026-03-29", "2026-03-29T01:00:00Z")]
    [InlineData("Europe/Dublin", "01:30", "2026-10-25", "2026-10-25T00:30:00Z")]
    [InlineData("Africa/Casablanca", "02:30", "2026-03-22", "2026-03-22T02:00:00Z")]
    [InlineData("Africa/Casablanca", "02:30", "2026-02-15", "2026-02-15T01:30:00Z")]
    [InlineData("America/Nuuk", "23:30", "2026-03-28", "2026-03-29T01:00:00Z")]
    [InlineData("America/Nuuk", "23:30", "2026-10-24", "2026-10-25T00:30:00Z")]
    [InlineData("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30:00Z")]
    [InlineData("Africa/Cairo", "00:00", "2026-04-24", "2026-04-23T22:00:00Z")]
    public void A_clock_change_moves_the_hour_as_promised(string zone, string at, string day, string dueAt)
    {
        var schedule = Daily(zone, at);
        var date = LocalDatePattern.Iso.Parse(day).Value;

        var occurrence = schedule.Between(date, Instant.FromUtc(2027, 1, 1, 0, 0)).First();

        occurrence.DigestOn.ShouldBe(date);
        occurrence.DueAt.ShouldBe(InstantPattern.General.Parse(dueAt).Value);
    }

    [Fact]
    public void Every_zone_and_half_hour_has_one_digest_a_day_22_to_26_hours_apart()
    {
        var start = Instant.FromUtc(2026, 1, 1, 0, 0);
        var end = start + Duration.FromDays(Full.IsAsked ? 731 : 366);
        var faults = new System.Collections.Concurrent.ConcurrentBag<string>();

        Parallel.ForEach(DateTimeZoneProviders.Tzdb.Ids, id =>
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            for (var half = 0; half < 48; half += Full.IsAsked ? 1 : 3)
            {
                var schedule = new DigestSchedule(zone, LocalTime.FromMinutesSinceMidnight(half * 30), DigestFrequency.Daily);
                var previous = schedule.FirstAfter(start);
                while (previous.DueAt < end)
                {
                    var next = schedule.FirstAfter(previous.DueAt, previous.DigestOn);
                    var hours = (next.DueAt - previous.DueAt).TotalHours;
                    if (next.DigestOn != previous.DigestOn.PlusDays(1) || hours is < 22 or > 26)
                        faults.Add($"{id} {schedule.SendAt}: {previous} then {next}");
                    previous = next;
                }
            }
        });

        faults.ShouldBeEmpty();
    }

    [Fact]
    public void Ten_thousand_changes_of_mind_never_bring_two_digests_for_one_day()
    {
        var random = new Random(7);
        var ids = DateTimeZoneProviders.Tzdb.Ids;
        var now = Instant.FromUtc(2026, 1, 1, 0, 0);
        var sent = new HashSet<LocalDate>();
        LocalDate? last = null;
        var due = AnySchedule(random, ids).FirstAfter(now);
        for (var change = 0; change < 10_000; change++)
        {
            now += Duration.FromMinutes(random.Next(1, 2_000));
            if (due.DueAt <= now)
            {
                sent.Add(due.DigestOn).ShouldBeTrue($"a second digest for {due.DigestOn}");
                last = due.DigestOn;
            }

            due = AnySchedule(random, ids).FirstAfter(now, last);
            due.DueAt.ShouldBeGreaterThan(now);
            if (last is { } sentOn)
                due.DigestOn.ShouldBeGreaterThan(sentOn);
        }

        sent.Count.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public void A_day_that_a_zone_leaves_out_has_no_digest()
    {
        var schedule = Daily("Pacific/Apia", "07:00");

        var days = schedule.Between(new LocalDate(2011, 12, 29), Instant.FromUtc(2012, 1, 1, 0, 0)).Select(o => o.DigestOn);

        days.ShouldBe([new LocalDate(2011, 12, 29), new LocalDate(2011, 12, 31), new LocalDate(2012, 1, 1)]);
    }

    [Fact]
    public void The_next_digest_comes_after_the_moment_and_after_the_last_days_digest()
    {
        var schedule = Daily("UTC", "07:00");
        var seven = Instant.FromUtc(2026, 3, 4, 7, 0);

        schedule.FirstAfter(seven - Duration.FromTicks(1)).ShouldBe(new Occurrence(new LocalDate(2026, 3, 4), seven));
        schedule.FirstAfter(seven).DigestOn.ShouldBe(new LocalDate(2026, 3, 5));
        schedule.FirstAfter(seven - Duration.FromHours(1), new LocalDate(2026, 3, 3)).DigestOn.ShouldBe(new LocalDate(2026, 3, 4));
        schedule.FirstAfter(seven - Duration.FromHours(1), new LocalDate(2026, 3, 4)).DigestOn.ShouldBe(new LocalDate(2026, 3, 5));
        schedule.FirstAfter(seven, new LocalDate(2026, 3, 9)).DigestOn.ShouldBe(new LocalDate(2026, 3, 10));
        // Where it is tomorrow already, and where it is still yesterday.
        Daily("Pacific/Kiritimati", "00:00").FirstAfter(Instant.FromUtc(2026, 3, 4, 9, 59)).ShouldBe(new Occurrence(new LocalDate(2026, 3, 5), Instant.FromUtc(2026, 3, 4, 10, 0)));
        Daily("Pacific/Midway", "23:59").FirstAfter(Instant.FromUtc(2026, 3, 4, 10, 58)).ShouldBe(new Occurrence(new LocalDate(2026, 3, 3), Instant.FromUtc(2026, 3, 4, 10, 59)));
    }

    [Fact]
    public void Digests_between_a_day_and_a_moment_are_those_that_are_due_by_then()
    {
        var seven = Instant.FromUtc(2026, 3, 5, 7, 0);

        Daily("UTC", "07:00").Between(new LocalDate(2026, 3, 4), seven).Select(o => o.DigestOn).ShouldBe([new LocalDate(2026, 3, 4), new LocalDate(2026, 3, 5)]);
        Daily("UTC", "07:00").Between(new LocalDate(2026, 3, 4), seven - Duration.FromTicks(1)).Select(o => o.DigestOn).ShouldBe([new LocalDate(2026, 3, 4)]);
        Daily("UTC", "07:00").Between(new LocalDate(2026, 3, 6), seven).ShouldBeEmpty();
        DigestSchedule.FindZone("Mars/Olympus").ShouldBeNull();
    }

    [Theory]
    [InlineData(DigestFrequency.Daily, 7)]
    [InlineData(DigestFrequency.Weekdays, 5)]
    [InlineData(DigestFrequency.Weekly, 1)]
    public void A_week_holds_as_many_digests_as_were_asked_for(DigestFrequency frequency, int digests)
    {
        var schedule = new DigestSchedule(DateTimeZone.Utc, new LocalTime(7, 0), frequency, IsoDayOfWeek.Wednesday);

        var week = schedule.Between(new LocalDate(2026, 11, 16), Instant.FromUtc(2026, 11, 22, 23, 59)).ToList();

        week.Count.ShouldBe(digests);
        if (frequency == DigestFrequency.Weekdays)
            week.ShouldAllBe(occurrence => occurrence.DigestOn.DayOfWeek < IsoDayOfWeek.Saturday);
        if (frequency == DigestFrequency.Weekly)
            week[0].DigestOn.DayOfWeek.ShouldBe(IsoDayOfWeek.Wednesday);
    }

    private static DigestSchedule Daily(string zone, string at) =>
        new(DigestSchedule.FindZone(zone)!, LocalTimePattern.CreateWithInvariantCulture("HH:mm").Parse(at).Value, DigestFrequency.Daily);

    private static DigestSchedule AnySchedule(Random random, IReadOnlyList<string> ids) => new(
        DateTimeZoneProviders.Tzdb[ids[random.Next(ids.Count)]],
        LocalTime.FromMinutesSinceMidnight(random.Next(96) * 15),
        (DigestFrequency)random.Next(3),
        (IsoDayOfWeek)random.Next(1, 8));
}
