using System.Globalization;
using System.Text;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>Relays of which not each can take every mail.</summary>
public sealed class UnlikeRelaysTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly SmtpScript Narrow = new() { Keywords = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 2000"] };

    private static readonly SmtpScript Silent = new() { Keywords = ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] };

    [Fact]
    public async Task A_mail_that_one_relay_cannot_take_goes_to_the_one_that_can()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var narrow = ScriptedSmtpServer.Start(Narrow);
        await using var wide = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 90, Third);
        var smtp = Senders.To(narrow, wide);
        smtp.Relays[0].Weight = 1000;

        var counts = await Senders.Over(database, smtp).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Sent = 90 });
        Senders.Counted(narrow, wide).Values.ShouldAllBe(copies => copies == 1);
        narrow.Received.ShouldNotBeEmpty();
        narrow.Received.ShouldAllBe(mail => mail.Raw.Length < 2000 && Ascii.IsValid(mail.Recipient));
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where attempts = 1 and doubts = 0", null, default)).ShouldBe(90);
    }

    [Fact]
    public async Task It_goes_to_a_reserve_too()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var narrow = ScriptedSmtpServer.Start(Narrow);
        await using var reserve = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 4, International);
        await TestMail.EnqueueAsync(database, 20);
        var smtp = Senders.To(narrow, reserve);
        smtp.Relays[1].Weight = 0;

        (await Senders.Over(database, smtp).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 24 });

        reserve.Received.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(SmtpPoint.Greeting, "421 4.3.2 not now", 1)]
    [InlineData(SmtpPoint.Greeting, "421 4.3.2 not now", 4)]
    [InlineData(SmtpPoint.Rcpt, "550 5.7.1 Relaying denied", 1)]
    [InlineData(SmtpPoint.Rcpt, "550 5.7.1 Relaying denied", 4)]
    public async Task A_reserve_sends_all_that_waits_while_the_others_are_out_of_order(SmtpPoint point, string reply, int connections)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var broken = ScriptedSmtpServer.Answering(point, point == SmtpPoint.Greeting ? SmtpAnswer.Reply(reply).ThenHangUp() : SmtpAnswer.Reply(reply));
        await using var reserve = ScriptedSmtpServer.Start();
        var ids = await TestMail.EnqueueAsync(database, 400);
        var smtp = Senders.To(broken, reserve);
        smtp.Relays[0].Connections = connections;
        smtp.Relays[1].Weight = 0;
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, smtp).RunAsync(stop.Token);
        // Those that the other was tried with wait for their next attempt.
        await Eventually.TrueAsync(() => reserve.Received.Count >= ids.Count - 30, "the reserve has sent them");
        await stop.CancelAsync();
        await running;

        broken.Received.ShouldBeEmpty();
        Senders.Counted(reserve).Values.ShouldAllBe(copies => copies == 1);
    }

    [Fact]
    public async Task While_the_one_that_can_is_gone_it_waits_and_no_attempt_counts()
    {
        var database = await postgres.CreateDatabaseAsync();
        var isGone = true;
        await using var narrow = ScriptedSmtpServer.Start(Narrow);
        await using var wide = ScriptedSmtpServer.Start(answers: step => isGone && step.Point == SmtpPoint.Greeting ? SmtpAnswer.Reply("421 4.3.2 not now").ThenHangUp() : null);
        await TestMail.EnqueueAsync(database, 30, International);
        await TestMail.EnqueueAsync(database, 30);
        var clock = new TestClock(TestMail.Monday);
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, Senders.To(narrow, wide), clock: clock).RunAsync(stop.Token);
        await Eventually.TrueAsync(
            async () => await Senders.StatesAsync(database) is var states && states.GetValueOrDefault("sent") == 30 && states.GetValueOrDefault("deferred") == 30, "what the narrow relay takes is sent, the rest put off");
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where state = 'deferred' and attempts = 0 and doubts = 0", null, default)).ShouldBe(30);
        isGone = false;

        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(Duration.FromMinutes(1));
                return wide.Received.Count(mail => mail.Recipient.StartsWith("jürgen", StringComparison.Ordinal)) == 30;
            },
            "the other relay takes them");
        await stop.CancelAsync();
        await running;
        Senders.Counted(narrow, wide).Values.ShouldAllBe(copies => copies == 1);
    }

    [Fact]
    public async Task What_a_relay_leaves_to_one_that_is_gone_is_no_trouble_of_its_own()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var narrow = ScriptedSmtpServer.Start(Narrow);
        await using var wide = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Greeting ? SmtpAnswer.Reply("421 4.3.2 not now").ThenHangUp() : null);
        await TestMail.EnqueueAsync(database, 30, Large);
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, Senders.To(narrow, wide)).RunAsync(stop.Token);
        await Eventually.TrueAsync(async () => (await Senders.StatesAsync(database)).GetValueOrDefault("deferred") == 30, "all are put off");
        await stop.CancelAsync();
        await running;

        (await database.QueryAsync<string>("select relay from relay_troubles", null, default)).ShouldNotContain($"127.0.0.1:{narrow.Port}");
    }

    [Theory]
    [InlineData(SmtpPoint.Mail, "552 Message size exceeds fixed maximum message size")]
    [InlineData(SmtpPoint.Dot, "552 5.3.4 Message too big")]
    public async Task What_one_refuses_for_its_size_goes_to_the_other_and_the_next_is_not_offered_to_it(SmtpPoint point, string refusal)
    {
        var database = await postgres.CreateDatabaseAsync();
        var refused = 0;
        await using var narrow = ScriptedSmtpServer.Start(Silent, step => step.Point == point && IsLarge(step) && Interlocked.Increment(ref refused) > 0 ? SmtpAnswer.Reply(refusal) : null);
        await using var wide = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 60, id => TestMail.Number(id) % 2 == 0 ? Large(id) : TestMail.Timeless(id));

        (await Senders.Over(database, Senders.To(narrow, wide)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 60 });

        Senders.Counted(narrow, wide).Values.ShouldAllBe(copies => copies == 1);
        wide.Received.Count(mail => mail.Raw.Length > 2000).ShouldBe(30);
        // What its connections held at that moment was offered to it.
        refused.ShouldBeInRange(0, 4);
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from bounces", null, default)).ShouldBe(0);
        (await database.QueryAsync<string>("select relay from relay_troubles", null, default)).ShouldBeEmpty();

        static bool IsLarge(SmtpStep step) => TestMail.Number(long.Parse(step.Sender.Split('+', '@')[1], CultureInfo.InvariantCulture)) % 2 == 0;
    }

    [Fact]
    public async Task What_each_refuses_for_its_size_fails()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var one = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Reply("552 5.3.4 Message too big"), Silent);
        await using var other = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Reply("552 5.3.4 Message too big"), Silent);
        await TestMail.EnqueueAsync(database, 1, Large);

        (await Senders.Over(database, Senders.To(one, other)).DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1 });

        (await database.QuerySingleOrDefaultAsync<string>("select reply from deliveries", null, default)).ShouldBe("[AfterDot] 552 5.3.4 Message too big");
    }

    [Fact]
    public async Task Where_none_can_it_fails_and_says_why()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var one = ScriptedSmtpServer.Start(Narrow);
        await using var other = ScriptedSmtpServer.Start(Narrow);
        await TestMail.EnqueueAsync(database, 3, International);

        (await Senders.Over(database, Senders.To(one, other)).DrainAsync(default)).ShouldBe(new SendCounts { Failed = 3 });

        (await database.QueryAsync<string>("select distinct reply from deliveries", null, default)).ShouldBe(["[MailFrom] The mail needs SMTPUTF8, which the server does not offer."]);
    }

    private static OutgoingMail Third(long id) => (TestMail.Number(id) % 3) switch
    {
        0 => Large(id),
        1 => International(id),
        _ => TestMail.Digest(id),
    };

    private static OutgoingMail International(long id) => TestMail.Timeless(id) with { Recipient = $"jürgen{id}@mail.example" };

    private static OutgoingMail Large(long id) =>
        TestMail.Timeless(id) with { Message = [.. TestMail.Digest(id).Message!, .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("A line more.\r\n", 200)))] };
}
