using System.Diagnostics;
using DigestService.Digests;
using DigestService.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using Xunit.Abstractions;

namespace DigestService.Tests.Digests;

public sealed class DigestPlannerTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private static readonly Instant Morning = Instant.FromUtc(2026, 3, 4, 7, 0);

    // 22 zones and three rhythms, all due at the same moment of the same day.
    private const string Crowd = """
        insert into subscribers (address, address_key, state, zone, send_at, frequency, weekly_on,
                                 next_due_at, next_due_on, created_at, confirmed_at)
        select n || '@reader.example', n || '@reader.example', 'active',
               'Etc/GMT' || case when east > 0 then '-' || east when east < 0 then '+' || -east else '' end,
               (@due at time zone 'UTC' + make_interval(hours => east))::time,
               (array['daily', 'weekdays', 'weekly'])[1 + n % 3], 3,
               @due, (@due at time zone 'UTC' + make_interval(hours => east))::date, @due, @due
        from (select n, n % 22 - 7 as east from generate_series(1, @readers) as n) as crowd
        """;

    [Fact]
    public async Task A_digest_is_planned_once_at_its_hour_and_not_before()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning);

        (await Planner(database).PlanDueAsync(Morning - Duration.FromSeconds(1))).ShouldBe(0);
        (await Planner(database).PlanDueAsync(Morning)).ShouldBe(1);
        (await Planner(database).PlanDueAsync(Morning + Duration.FromMinutes(1))).ShouldBe(0);
        (await PlannedDaysAsync(database)).ShouldBe([new LocalDate(2026, 3, 4)]);
    }

    [Fact]
    public async Task Everyone_is_planned_for_the_day_of_their_own_zone()
    {
        var database = await postgres.CreateDatabaseAsync();
        var auckland = Instant.FromUtc(2026, 3, 3, 18, 0);
        await SubscribeAsync(database, "Pacific/Auckland", "07:00", auckland);
        await SubscribeAsync(database, "America/Los_Angeles", "23:00", Morning);

        await Planner(database).PlanDueAsync(Morning);

        (await PlannedDaysAsync(database)).ShouldBe([new LocalDate(2026, 3, 3), new LocalDate(2026, 3, 4)]);
    }

    [Fact]
    public async Task Three_hours_down_delays_the_digest_and_three_days_down_sends_only_the_latest()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning);

        (await Planner(database).PlanDueAsync(Morning + Duration.FromHours(3))).ShouldBe(1);
        (await Planner(database).PlanDueAsync(Morning + Duration.FromDays(3) + Duration.FromHours(2))).ShouldBe(1);

        (await OutcomesAsync(database)).ShouldBe(
        [
            "2026-03-04 planned", "2026-03-05 expired", "2026-03-06 expired", "2026-03-07 planned",
        ]);
        (await NextAsync(database)).ShouldBe(Morning + Duration.FromDays(4));
    }

    [Fact]
    public async Task Of_a_year_of_downtime_the_days_of_the_last_month_are_recorded()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning);

        (await Planner(database).PlanDueAsync(Morning + Duration.FromDays(365))).ShouldBe(1);

        var outcomes = await OutcomesAsync(database);
        outcomes.Count.ShouldBe(32);
        outcomes[0].ShouldBe("2027-02-01 expired");
        outcomes[^1].ShouldBe("2027-03-04 planned");
    }

    [Fact]
    public async Task What_is_older_than_the_catch_up_setting_is_recorded_and_not_sent()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning, "weekly", weeklyOn: 3);

        var planned = await Planner(database, catchUp: TimeSpan.FromDays(2)).PlanDueAsync(Morning + Duration.FromDays(3));

        planned.ShouldBe(0);
        (await OutcomesAsync(database)).ShouldBe(["2026-03-04 expired"]);
        (await NextAsync(database)).ShouldBe(Morning + Duration.FromDays(7));
    }

    [Fact]
    public async Task A_pause_that_runs_out_ends_with_the_next_digest()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning);
        await database.ExecuteAsync("update subscribers set state = 'paused', paused_until = '2026-03-04'", null, default);

        (await Planner(database).PlanDueAsync(Morning)).ShouldBe(1);

        (await database.QuerySingleOrDefaultAsync<string>("select state from subscribers where paused_until is null", null, default)).ShouldBe("active");
    }

    [Fact]
    public async Task Four_planners_at_once_leave_one_row_for_each_reader_and_day()
    {
        var database = await postgres.CreateDatabaseAsync();
        const int Readers = 200;
        for (var i = 0; i < Readers; i++)
            await SubscribeAsync(database, i % 2 == 0 ? "UTC" : "Europe/Berlin", "07:00", Morning);

        var planned = 0;
        var ticks = Full.IsAsked ? 1_000 : 20;
        for (var tick = 0; tick < ticks; tick++)
        {
            var now = Morning + Duration.FromDays(tick);
            var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Planner(database).PlanDueAsync(now)));
            planned += counts.Sum();
        }

        planned.ShouldBe(Readers * ticks);
        var rows = await database.QuerySingleOrDefaultAsync<int>("select count(*)::int from digests", null, default);
        rows.ShouldBe(Readers * ticks);
    }

    [Fact]
    public async Task Everybody_due_at_one_minute_is_planned_in_chunks_whatever_their_zone()
    {
        var readers = Full.IsAsked ? 1_000_000 : 50_000;
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(Crowd, new { readers, due = Morning }, default);
        await database.ExecuteAsync("analyze subscribers", null, default);
        var memory = Environment.WorkingSet;
        var watch = Stopwatch.StartNew();

        var planned = await Planner(database).PlanDueAsync(Morning);

        output.WriteLine($"{planned} readers in {watch.Elapsed.TotalSeconds:0.0} s; this process grew by {(Environment.WorkingSet - memory) / 1e6:0} MB");
        planned.ShouldBe(readers);
        (await database.QuerySingleOrDefaultAsync<(int, int)>(
            "select count(*)::int, count(distinct subscriber_id)::int from digests where outcome = 'planned'", null, default)).ShouldBe((readers, readers));
        (await database.QuerySingleOrDefaultAsync<Instant>("select min(next_due_at) from subscribers", null, default)).ShouldBe(Morning + Duration.FromDays(1));
    }

    [Fact]
    public async Task The_schema_refuses_a_second_digest_for_one_day()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SubscribeAsync(database, "UTC", "07:00", Morning);
        const string Insert = """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at)
            select id, date '2026-03-04', now(), 'planned', now() from subscribers
            """;
        await database.ExecuteAsync(Insert, null, default);

        var second = await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync(Insert, null, default));

        second.SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
    }

    private static DigestPlanner Planner(Database database, TimeSpan? catchUp = null)
    {
        var options = new DigestOptions { CatchUpWithin = catchUp ?? TimeSpan.FromDays(3) };
        return new DigestPlanner(database, options, NullLogger<DigestPlanner>.Instance);
    }

    private static Task SubscribeAsync(
        Database database, string zone, string at, Instant due, string frequency = "daily", short weeklyOn = 1) =>
        database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, send_at, frequency, weekly_on,
                                     next_due_at, next_due_on, created_at, confirmed_at)
            values (@address, @address, 'active', @zone, @at::time, @frequency, @weeklyOn,
                    @due, @dueOn, @due, @due)
            """,
            new
            {
                address = $"{Guid.NewGuid():N}@reader.example",
                zone,
                at,
                frequency,
                weeklyOn,
                due,
                dueOn = due.InZone(DigestSchedule.FindZone(zone)!).Date,
            },
            default);

    private static async Task<IReadOnlyList<LocalDate>> PlannedDaysAsync(Database database) =>
        await database.QueryAsync<LocalDate>("select digest_on from digests where outcome = 'planned' order by 1", null, default);

    private static async Task<IReadOnlyList<string>> OutcomesAsync(Database database) =>
        await database.QueryAsync<string>("select digest_on || ' ' || outcome from digests order by digest_on", null, default);

    private static Task<Instant> NextAsync(Database database) =>
        database.QuerySingleOrDefaultAsync<Instant>("select next_due_at from subscribers", null, default);
}
