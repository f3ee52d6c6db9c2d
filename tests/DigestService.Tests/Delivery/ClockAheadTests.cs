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
}
