using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>What a machine's clock that had run ahead does to mails that wait.</summary>
public sealed class ClockAheadTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(73, "queued", "sent")]
    [InlineData(23, "failed", "sent")]
    public async Task No_mail_is_given_up_as_too_late_by_a_clock_that_is_days_ahead(int hoursAhead, params string[] states)
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await TestMail.EnqueueAsync(database, 1, TestMail.Timeless);
        await using var relay = ScriptedSmtpServer.Start();
        using var stop = new CancellationTokenSource();
        var skew = new ClockSkew(database, new OffTime(TimeSpan.FromHours(hoursAhead)));
        var sender = Senders.Over(database, Senders.To(relay), clock: new TestClock(TestMail.Monday + Duration.FromDays(3)), skew: skew);

        var running = sender.RunAsync(stop.Token);
        await Eventually.TrueAsync(async () => (await Senders.StatesAsync(database)).GetValueOrDefault("sent") == 1, "the mail that is never too late is sent");
        await stop.CancelAsync();
        await running;

        (await Senders.StatesAsync(database)).Keys.Order(StringComparer.Ordinal).ShouldBe(states);
    }

    [Fact]
    public async Task Mails_that_were_put_off_by_a_clock_days_ahead_go_on_once_it_is_right_and_no_others()
    {
        var database = await postgres.CreateDatabaseAsync();
        var ids = await TestMail.EnqueueAsync(database, 3, TestMail.Timeless);
        // The clock of the test is months behind the database's. Whichever is later counts.
        await database.ExecuteAsync(
            """
            update deliveries
            set next_attempt_at = case id when @lost then now() + interval '3 days' when @soon then now() + interval '4 hours' else 'infinity' end
            """,
            new { lost = ids[0], soon = ids[1] },
            default);
        await using var relay = ScriptedSmtpServer.Start();

        await Senders.RunUntilAsync(database, Senders.To(relay), Duration.Zero, "sent", count: 1);

        relay.Received.ShouldHaveSingleItem().Header("X-Digest-Delivery").ShouldBe($"{ids[0]}");
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1, ["queued"] = 2 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Mails_of_a_worker_that_died_while_the_clock_was_ahead_are_taken_over_once_it_is_right()
    {
        var database = await postgres.CreateDatabaseAsync();
        var ids = await TestMail.EnqueueAsync(database, 3, TestMail.Timeless);
        await database.ExecuteAsync(
            """
            update deliveries
            set state = case id when @begun then 'sending' else 'claimed' end, fence = 1, owner = 'somebody',
                lease_until = now() + case id when @living then interval '1 hour' else interval '1 day' end
            """,
            new { begun = ids[0], living = ids[2] },
            default);
        await using var relay = ScriptedSmtpServer.Start();

        await Senders.RunUntilAsync(database, Senders.To(relay), Duration.Zero, "sent", count: 2, new DeliveryOptions { LeaseSeconds = 2 });

        // Whoever lives renews in time what is theirs, and no lease is longer than an hour.
        Senders.Counted(relay).Keys.ShouldBe([ids[0], ids[1]], ignoreOrder: true);
        (await database.QuerySingleOrDefaultAsync<int>("select doubts from deliveries where id = @id", new { id = ids[0] }, default)).ShouldBe(1);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 2, ["claimed"] = 1 }, ignoreOrder: true);
    }
}
