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

        (await FaultsAsync(app)).ShouldHaveSingleItem().ShouldStartWith("1 confirmation or preference mail waits, the oldest for 14 minutes");
    }

    [Fact]
    public async Task Digests_that_wait_while_others_go_out_are_no_fault()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 500, "queued", priority: 10, age: Duration.FromHours(1));
        await WriteAsync(app, 1, "sent", priority: 10, age: Duration.FromMinutes(14));

        (await FaultsAsync(app)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(16, true)]
    public async Task Digests_that_wait_while_nothing_goes_out_are_a_fault_after_a_quarter_of_an_hour(int minutes, bool isFault)
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 5, "queued", priority: 10, age: Duration.FromMinutes(minutes));
        await WriteAsync(app, 1, "sent", priority: 10, age: Duration.FromMinutes(17));

        var faults = await FaultsAsync(app);

        faults.Any(fault => fault.StartsWith("Mails have been due for 16 minutes and none was sent in the last 15: is there a process with the role send", StringComparison.Ordinal)).ShouldBe(isFault);
        faults.Count.ShouldBe(isFault ? 1 : 0);
    }

    [Theory]
    [InlineData(119, "119 minutes")]
    [InlineData(47 * 60, "47 hours")]
    [InlineData(645_988, "448 days")]
    public async Task How_long_mails_have_been_due_is_told_in_a_unit_that_people_count_in(int minutes, string says)
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 5, "queued", priority: 10, age: Duration.FromMinutes(minutes));

        (await FaultsAsync(app)).ShouldHaveSingleItem().ShouldStartWith($"Mails have been due for {says} and none was sent in the last 15:");
    }

    [Fact]
    public async Task Mails_that_wait_because_sending_is_held_say_so()
    {
        var app = await apps.CreateAsync();
        await WriteAsync(app, 5, "queued", priority: 10, age: Duration.FromMinutes(16));
        await app.Service<SendingHold>().HoldAsync("Wrong papers.", CancellationToken.None);

        (await FaultsAsync(app)).ShouldHaveSingleItem().ShouldContain("sending is held (Wrong papers.), and 'digest outbox release' lets it go on");
    }

    [Fact]
    public async Task Mails_in_doubt_wait_for_the_operators_word_until_they_are_let_be()
    {
        var app = await apps.CreateAsync();
        (await app.Service<OutboxHealth>().FindDoubtAsync(CancellationToken.None)).ShouldBeNull();
        await WriteAsync(app, 2, "unknown", priority: 10, age: Duration.FromMinutes(1));

        (await app.Service<OutboxHealth>().FindDoubtAsync(CancellationToken.None)).ShouldNotBeNull().ShouldStartWith("2 mails may or may not have arrived and wait for your word");
        (await app.Service<OutboxRetry>().DismissAsync(day: null, CancellationToken.None)).ShouldBe(2);

        (await app.Service<OutboxHealth>().FindDoubtAsync(CancellationToken.None)).ShouldBeNull();
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
            faults[0].ShouldContain("550 Relaying denied for <(an address)>");
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
            insert into deliveries (bucket, id, kind, priority, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash,
                state, next_attempt_at, created_at, finished_at, reply, attempts)
            select id & 63, id, 'mail', {priority}, 's@example.org', 'r@example.org', '\x00', 'example.org', '<m@example.org>', '\x00', '\x00',
                '{state}', case when '{state}' in ('queued', 'deferred') then @at end, @at, case when '{state}' in ('sent', 'failed') then @at end,
                '550 Relaying denied for <r@example.org>', 1
            from (select nextval('delivery_ids') + n % 64 as id from generate_series(1, {count}) n) m
            """),
        new { at = app.Clock.Now - age },
        CancellationToken.None);

    private sealed class Services(TestApp app) : IServiceProvider
    {
        public object? GetService(Type serviceType) => app.Find(serviceType);
    }
}
