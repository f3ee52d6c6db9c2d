using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Hosting;
using DigestService.Mails;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Hosting;

/// <summary>Mails to the operator: red and green hourly at most, the numbers of yesterday once a day.</summary>
public sealed class OperatorReportsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Red_and_green_are_told_once_each_and_hourly_at_most_whoever_looks()
    {
        var app = await apps.CreateAsync(("Mail__OperatorAddress", "operator@service.example"));
        using var one = Reports(app);
        using var other = Reports(app);
        string[] red = ["Mails wait: the oldest since an hour.", "arxiv: it does not answer."];
        var told = new List<int>();

        told.Add(await one.TellAsync([], default));
        for (var minutes = 0; minutes < 50; minutes += 10)
        {
            told.Add(await one.TellAsync(red, default) + await other.TellAsync(red, default));
            told.Add(await one.TellAsync([], default) + await other.TellAsync([], default));
            app.Clock.Advance(Duration.FromMinutes(10));
        }

        told.ShouldBe([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        app.Clock.Advance(Duration.FromMinutes(60));
        (await one.TellAsync(red, default)).ShouldBe(1);
        (await other.TellAsync(red, default)).ShouldBe(0);
        (await app.Database.QuerySingleOrDefaultAsync<int>(
            "select count(*)::int from deliveries where kind = 'alert' and recipient = 'operator@service.example'", null, default)).ShouldBe(3);

        // Well again, red once more within the same hour, and well for good later.
        app.Clock.Advance(Duration.FromMinutes(60));
        (await one.TellAsync([], default)).ShouldBe(1);
        app.Clock.Advance(Duration.FromMinutes(5));
        (await one.TellAsync(red, default)).ShouldBe(1);
        app.Clock.Advance(Duration.FromMinutes(60));
        (await other.TellAsync(red, default)).ShouldBe(0);
        (await one.TellAsync([], default)).ShouldBe(1);
    }

    [Fact]
    public async Task The_numbers_of_yesterday_come_once_each_morning_where_they_are_wanted()
    {
        var app = await apps.CreateAsync(("Mail__OperatorAddress", "operator@service.example"), ("Mail__DailyReport", "true"));
        var silent = await apps.CreateAsync(("Mail__OperatorAddress", "operator@service.example"));
        using var reports = Reports(app);
        using var none = Reports(silent);

        (await reports.TellAsync([], default)).ShouldBe(0);
        foreach (var at in new[] { app, silent })
            at.Clock.Advance(Duration.FromHours(2));
        (await reports.TellAsync([], default)).ShouldBe(1);
        (await reports.TellAsync([], default)).ShouldBe(0);
        (await none.TellAsync([], default)).ShouldBe(0);
        app.Clock.Advance(Duration.FromDays(1));
        (await reports.TellAsync([], default)).ShouldBe(1);
    }

    [Fact]
    public async Task Without_an_address_nothing_is_looked_at()
    {
        var app = await apps.CreateAsync();
        using var reports = Reports(app);

        await reports.StartAsync(default);

        await reports.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Where_the_numbers_of_yesterday_were_told_nothing_is_counted_for_them_again()
    {
        var app = await apps.CreateAsync(("Mail__OperatorAddress", "operator@service.example"), ("Mail__DailyReport", "true"));
        using var reports = Reports(app);
        app.Clock.Advance(Duration.FromHours(2));
        (await reports.TellAsync([], default)).ShouldBe(1);
        var counted = await CountedAsync();
        app.Clock.Advance(Duration.FromHours(4));

        (await reports.TellAsync([], default)).ShouldBe(0);

        counted.ShouldNotBeNull();
        (await CountedAsync()).ShouldBe(counted);

        Task<Instant?> CountedAsync() => app.Database.QuerySingleOrDefaultAsync<Instant?>("select max(hour) from hourly_counts where name = 'counted'", null, default);
    }

    private static OperatorReports Reports(TestApp app) => new(
        app.Database, health: null!, // Told by the test.
        app.Service<HourlyCounts>(), app.Service<ServiceMailComposer>(), app.Service<Outbox>(), app.Service<MailOptions>(), app.Clock, NullLogger<OperatorReports>.Instance);
}
