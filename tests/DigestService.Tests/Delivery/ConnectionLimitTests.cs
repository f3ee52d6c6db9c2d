using DigestService.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>Relays that take so many mails over one connection and then end it.</summary>
public sealed class ConnectionLimitTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly SmtpAnswer TooMany = SmtpAnswer.Reply("421 4.7.0 Too many messages in this connection").ThenHangUp();

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(10, false)]
    public async Task A_relay_that_takes_few_mails_over_one_connection_gets_them_all_at_once(int limit, bool saysSo)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Mail && step.Message > limit ? saysSo ? TooMany : SmtpAnswer.HangUp : null);
        await TestMail.EnqueueAsync(database, 100);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 100 });

        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where attempts = 1 and doubts = 0", null, default)).ShouldBe(100);
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from relay_troubles", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_relay_that_takes_few_connections_at_once_is_asked_for_more_once_a_minute_and_is_in_no_trouble()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step => step switch
        {
            { Point: SmtpPoint.Greeting, Connection: > 3 } => SmtpAnswer.Reply("421 4.7.0 Error: too many connections").ThenHangUp(),
            { Point: SmtpPoint.Dot } => SmtpAnswer.Drip("250 2.0.0 Ok", TimeSpan.FromMilliseconds(2)),
            _ => null,
        });
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 16;
        await TestMail.EnqueueAsync(database, 300);

        (await Senders.Over(database, smtp).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 300 });

        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
        // Those that come before the first is let in come again.
        relay.Connections.ShouldBeLessThan(3 * 16);
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from relay_troubles", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task The_limit_is_learnt_and_kept_to_and_another_one_as_well()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (limit, told) = (10, 0);
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Mail && step.Message > limit && Interlocked.Increment(ref told) > 0 ? TooMany : null);
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 1;
        using var stop = new CancellationTokenSource();
        await TestMail.EnqueueAsync(database, 100);
        var running = Senders.Over(database, smtp).RunAsync(stop.Token);

        await Eventually.TrueAsync(() => relay.Received.Count == 100, "the relay with a limit of ten has all mails");
        told.ShouldBe(2);
        limit = 3;
        await TestMail.EnqueueAsync(database, 100);
        await Eventually.TrueAsync(() => relay.Received.Count == 200, "the relay with a limit of three has all mails");

        told.ShouldBeInRange(4, 5);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_relay_that_ends_a_connection_and_then_refuses_all_is_left_alone()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Mail && (step.Message > 1 || step.Connection > 10) ? SmtpAnswer.Reply("421 4.3.2 Not now").ThenHangUp() : null);
        await TestMail.EnqueueAsync(database, 200);

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.Hindrance.ShouldNotBeNull().ShouldContain("takes no mail: 421 4.3.2 Not now");
        counts.ShouldBe(new SendCounts { Sent = 10, Deferred = 190, Hindrance = counts.Hindrance });
        relay.Connections.ShouldBeLessThan(60);
    }

    [Fact]
    public async Task A_mail_whose_connection_ended_before_it_and_that_finds_no_other_waits_as_it_did()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Mail && step.Message > 1 ? SmtpAnswer.Reply("421 4.3.2 Service shutting down").ThenHangUp()
            : step is { Point: SmtpPoint.Greeting, Connection: > 1 } ? SmtpAnswer.Reply("421 4.3.2 Service not available").ThenHangUp()
            : null);
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 1;
        using var stop = new CancellationTokenSource();
        await TestMail.EnqueueAsync(database, 3);

        var running = Senders.Over(database, smtp).RunAsync(stop.Token);
        await Eventually.TrueAsync(() => relay.Connections >= 3, "the relay is tried again");
        await stop.CancelAsync();
        await running;

        (await database.QueryAsync<(string State, int Attempts, int Doubts)>("select state, attempts, doubts from deliveries order by attempts", null, default))
            .ShouldBe([("queued", 0, 0), ("queued", 0, 0), ("sent", 1, 0)]);
    }
}
