using System.Globalization;
using DigestService.Delivery;
using DigestService.Hosting;
using DigestService.Platform;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace DigestService.Tests.Delivery;

public sealed class OutboxHealthTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_confirmation_mail_that_waits_is_a_fault_after_ten_minutes()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 1, "queued", priority: 0, age: Duration.FromMinutes(9));
        (await FaultsAsync(app)).ShouldBeEmpty();

        app.Clock.Now += Duration.FromMinutes(5);

        (await FaultsAsync(app)).ShouldHaveSingleItem().ShouldStartWith("1 confirmation and preference mails wait, the oldest for 14 minutes");
    }

    [Fact]
    public async Task A_digest_that_waits_is_no_fault_by_itself()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 500, "queued", priority: 10, age: Duration.FromHours(1));

        (await FaultsAsync(app)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("failed", 12, 11, true)]
    [InlineData("deferred", 12, 11, true)]
    [InlineData("failed", 12, 12, false)]
    [InlineData("failed", 9, 0, false)]
    public async Task A_sender_that_failed_most_of_the_last_hour_is_a_fault(string state, int bad, int sent, bool isFault)
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, bad, state, priority: 10, age: Duration.FromMinutes(20));
        await WriteAsync(app, sent, "sent", priority: 10, age: Duration.FromMinutes(20));

        var faults = await FaultsAsync(app);

        faults.Count.ShouldBe(isFault ? 1 : 0);
        if (isFault)
            faults[0].ShouldContain("550 Relaying denied");
    }

    [Fact]
    public async Task What_failed_before_the_last_hour_is_history()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 50, "failed", priority: 10, age: Duration.FromMinutes(61));

        (await FaultsAsync(app)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Readiness_turns_red_and_says_why()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 20, "failed", priority: 10, age: Duration.FromMinutes(1));

        var report = await ActivatorUtilities.CreateInstance<Readiness>(new Services(app), new ServingRoles(Roles.All)).CheckAsync(CancellationToken.None);

        report.Ready.ShouldBeFalse();
        report.Reasons.ShouldHaveSingleItem().ShouldContain("550 Relaying denied");
    }

    private static Task<IReadOnlyList<string>> FaultsAsync(TestApp app) => app.Service<OutboxHealth>().FindFaultsAsync(CancellationToken.None);

    private static Task<int> WriteAsync(TestApp app, int count, string state, int priority, Duration age) => app.Database.ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"""
            insert into deliveries (id, kind, priority, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash,
                state, next_attempt_at, created_at, finished_at, reply, attempts)
            select nextval('delivery_ids'), 'mail', {priority}, 's@example.org', 'r@example.org', '\x00', 'example.org', '<m@example.org>', '\x00', '\x00',
                '{state}', case when '{state}' in ('queued', 'deferred') then @at end, @at, case when '{state}' in ('sent', 'failed') then @at end,
                '550 Relaying denied', 1
            from generate_series(1, {count})
            """),
        new { at = app.Clock.Now - age },
        CancellationToken.None);

    private sealed class Services(TestApp app) : IServiceProvider
    {
        public object? GetService(Type serviceType) => app.Find(serviceType);
    }
}
