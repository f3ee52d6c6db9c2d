using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>A relay that treats all mails alike is at fault, not the mails.</summary>
public sealed class RefusingRelayTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("550 5.1.1 User unknown")]
    [InlineData("550 5.7.1 Relaying denied")]
    public async Task A_few_refusals_among_many_mails_stop_nothing(string reply)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.Contains("5@", StringComparison.Ordinal) ? SmtpAnswer.Reply(reply) : null);
        await TestMail.EnqueueAsync(database, 200, id => TestMail.Digest(id, $"reader{TestMail.Number(id)}@mail.example"));

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.Hindrance.ShouldBeNull();
        counts.Sent.ShouldBe(180);
        (counts.Failed + counts.Deferred).ShouldBe(20);
    }

    [Fact]
    public async Task A_row_of_dead_addresses_fails_and_does_not_keep_the_others_waiting()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.StartsWith("dead", StringComparison.Ordinal) ? SmtpAnswer.Reply($"550 5.1.1 <{step.Recipient}>: User unknown") : null);
        await TestMail.EnqueueAsync(database, 12, id => TestMail.Digest(id, $"dead{id}@mail.example"));
        await TestMail.EnqueueAsync(database, 20);

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Sent = 20, Failed = 12 });
    }

    [Fact]
    public async Task Forty_dead_addresses_before_all_others_hold_them_up_for_a_few_tries_and_fail_in_the_end()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.StartsWith("dead", StringComparison.Ordinal) ? SmtpAnswer.Reply("550 5.1.1 User unknown") : null);
        await TestMail.EnqueueAsync(database, 40, id => TestMail.Digest(id, $"dead{id}@mail.example"));
        await TestMail.EnqueueAsync(database, 200);
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);

        // Probes are drawn by lot, so a run may draw none but dead ones; the next draws again.
        for (var run = 0; run < 6; run++)
        {
            await sender.DrainAsync(default);
            clock.Advance(Duration.FromMinutes(40));
        }

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 200, ["failed"] = 40 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Greylisting_of_everybody_opens_nothing()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("450 4.2.0 Recipient address rejected: Greylisted"));
        await TestMail.EnqueueAsync(database, 100);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Deferred = 100 });
    }

    [Theory]
    [InlineData(SmtpPoint.Dot)]
    [InlineData(SmtpPoint.Content)]
    [InlineData(SmtpPoint.Rcpt)]
    public async Task A_relay_that_breaks_every_connection_is_left_alone_after_a_few_mails(SmtpPoint point)
    {
        var database = await postgres.CreateDatabaseAsync();
        var isMended = false;
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point != point || isMended ? null : point == SmtpPoint.Dot ? SmtpAnswer.HangUp.ButTakesTheMail() : SmtpAnswer.HangUp);
        await TestMail.EnqueueAsync(database, 400);
        var clock = new TestClock(TestMail.Monday);

        var counts = await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default);

        counts.Hindrance.ShouldNotBeNull();
        counts.Unknown.ShouldBeLessThan(20);
        relay.Received.Count.ShouldBeLessThan(20);
        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
        isMended = true;
        clock.Advance(Duration.FromMinutes(30));
        (await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 400 });
    }

    [Fact]
    public async Task While_one_relay_refuses_all_the_other_takes_the_mail()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var refusing = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("550 Relaying denied"));
        await using var working = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 300);
        var clock = new TestClock(TestMail.Monday);

        var counts = await Senders.Over(database, Senders.To(refusing, working), clock: clock).DrainAsync(default);

        counts.Sent.ShouldBeGreaterThan(280);
        counts.Failed.ShouldBe(0);
        counts.Hindrance.ShouldNotBeNull().ShouldContain($"127.0.0.1:{refusing.Port} takes no mail: 550 Relaying denied");
    }

    [Fact]
    public async Task A_relay_that_offers_less_room_than_any_mail_takes_fails_none()
    {
        var database = await postgres.CreateDatabaseAsync();
        var size = 100;
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Hello ? SmtpAnswer.Reply("250-relay.example", $"250 SIZE {size}") : null);
        await TestMail.EnqueueAsync(database, 60);
        var clock = new TestClock(TestMail.Monday);

        var counts = await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default);

        counts.Failed.ShouldBe(0);
        counts.Hindrance.ShouldNotBeNull().ShouldContain($"127.0.0.1:{relay.Port} takes no mail: The mail has ");
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from bounces", null, default)).ShouldBe(0);
        size = 1_000_000;
        clock.Advance(Duration.FromMinutes(40));
        (await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 60 });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_few_mails_that_are_too_large_among_many_fail_alone(int large)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { Keywords = ["PIPELINING", "SIZE 1000"] });
        await TestMail.EnqueueAsync(database, 60, id => TestMail.Number(id) % 10 == 5 && TestMail.Number(id) / 10 < large ? TestMail.Digest(id) with { Message = new byte[2_000].Select(_ => (byte)'x').ToArray() } : TestMail.Digest(id));

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 60 - large, Failed = large });
    }

    [Fact]
    public async Task Mails_that_need_what_the_relay_does_not_offer_fail_in_the_end_and_hold_up_no_others()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { Keywords = ["PIPELINING", "8BITMIME"] });
        await TestMail.EnqueueAsync(database, 8, id => TestMail.Digest(id, $"дарья{id}@mail.example"));
        await TestMail.EnqueueAsync(database, 40);
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);

        for (var run = 0; run < 6; run++)
        {
            await sender.DrainAsync(default);
            clock.Advance(Duration.FromMinutes(40));
        }

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 40, ["failed"] = 8 }, ignoreOrder: true);
    }

    [Fact]
    public void A_relay_that_refused_all_is_tried_at_growing_intervals_however_often_it_lets_us_in()
    {
        var time = new ManualTime();
        var health = new RelayHealth(time);
        var refused = Refused("550 Relaying denied");
        for (var i = 0; i < 5; i++)
            health.Note(Mail(i), refused);
        var pauses = new List<double>();

        for (var probe = 0; probe < 15; probe++)
        {
            health.Breaker.TryEnter(out _).ShouldBeFalse();
            var pause = health.Breaker.Pause;
            time.Advance(pause + TimeSpan.FromMilliseconds(1));
            health.Breaker.TryEnter(out var isProbe).ShouldBeTrue();
            isProbe.ShouldBeTrue();
            health.Connected();
            health.Breaker.TryEnter(out _).ShouldBeFalse();
            health.Note(Mail(probe), refused).ShouldBe(RelayVerdict.OfTheRelay);
            pauses.Add(pause.TotalSeconds);
        }

        pauses[0].ShouldBeLessThan(1);
        pauses[^1].ShouldBeInRange(200, 400);
        health.Note(Mail(1), new SendOutcome(SendStage.AfterDot, SendResult.Accepted, new SmtpReply(250, null, "ok"), null));
        health.Trouble.ShouldBeNull();
        health.Breaker.IsOpen.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false, true, 1, 2)]
    [InlineData(true, false, 1, 2)]
    [InlineData(true, true, 25, 38)]
    public void A_run_waits_half_a_minute_for_a_relay_that_has_worked_and_is_gone_and_seconds_for_any_other(bool hasWorked, bool isGone, int least, int most)
    {
        var time = new ManualTime();
        var relay = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", time) { HasBeenReached = hasWorked, LastFailure = isGone ? "It cannot be reached" : null };
        var waited = TimeSpan.Zero;

        for (relay.Breaker.Failed(); !relay.IsGivenUp; relay.Breaker.Failed())
        {
            var pause = relay.Breaker.Pause;
            waited += pause;
            time.Advance(pause);
            relay.Breaker.TryEnter(out _).ShouldBeTrue();
        }

        waited.TotalSeconds.ShouldBeInRange(least, most);
    }

    [Theory]
    [InlineData(false, 0, false)]
    [InlineData(false, 30, true)]
    [InlineData(true, 30, true)]
    public void One_try_at_a_relay_that_stays_silent_for_half_a_minute_is_enough(bool hasWorked, int waited, bool isEnough)
    {
        var relay = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", new ManualTime()) { HasBeenReached = hasWorked, LastFailure = "It is silent" };

        relay.Breaker.Failed(waited: TimeSpan.FromSeconds(waited));

        (relay.IsGivenUp, relay.Trouble is not null, relay.WhyNot is not null).ShouldBe((isEnough, isEnough, isEnough));
    }

    [Fact]
    public async Task A_try_that_ends_in_an_exception_leaves_the_relay_to_the_next_mail()
    {
        var time = new ManualTime();
        var relay = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", time);
        for (var i = 0; i < 5; i++)
            relay.Health.Note(Mail(i), Refused("550 Relaying denied"));
        time.Advance(TimeSpan.FromSeconds(1));
        await using var connection = new RelayConnection(relay);

        await Should.ThrowAsync<OperationCanceledException>(() => connection.OpenAsync(new CancellationToken(canceled: true)));

        relay.Breaker.TryEnter(out var isProbe).ShouldBeTrue();
        isProbe.ShouldBeTrue();
    }

    [Fact]
    public async Task A_probe_whose_mail_has_meanwhile_been_suppressed_leaves_the_relay_to_the_next_mail()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 3);
        await database.ExecuteAsync("insert into suppressions (address_hash, reason, created_at) select recipient_key, 'operator', now() from deliveries where id >> 6 < 3", null, default);
        await database.ExecuteAsync(RelayTroubleQueries.Begin, new { relay = $"127.0.0.1:{relay.Port}", answers = "ours", words = "no", now = TestMail.Monday }, default);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1, Suppressed = 2 });
    }

    [Fact]
    public void Half_of_the_last_fifty_refused_for_our_fault_open_the_breaker()
    {
        var health = new RelayHealth(new ManualTime());

        for (var i = 0; i < 50; i++)
            health.Note(Mail(i), i % 2 == 0 ? Accepted : Refused("550 5.7.1 Message rejected under suspicion of policy"));

        health.Trouble.ShouldNotBeNull();
    }

    [Fact]
    public void Refusals_of_one_recipient_count_less_than_those_of_five()
    {
        var health = new RelayHealth(new ManualTime());

        for (var i = 0; i < 6; i++)
            health.Note(Mail(1), Refused("550 5.7.1 not you"));

        health.Trouble.ShouldBeNull();
        for (var i = 0; i < 5; i++)
            health.Note(Mail(i), Refused("550 5.7.1 not you"));
        health.Trouble.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("550 5.7.1 not you")]
    [InlineData("550 5.1.1 User unknown")]
    public void What_an_earlier_run_found_is_held_against_the_relay_until_it_takes_a_mail(string reply)
    {
        var health = new RelayHealth(new ManualTime());
        health.Distrust(RelayAnswer.Of(Mail(1), Refused(reply)).Group!);
        health.Note(Mail(1), Accepted);

        health.Note(Mail(2), Refused(reply)).ShouldBe(RelayVerdict.OfTheMail);
    }

    private static SendOutcome Accepted { get; } = new(SendStage.AfterDot, SendResult.Accepted, new SmtpReply(250, null, "ok"), null);

    private static SendOutcome Refused(string reply) => new(
        SendStage.RcptTo,
        SendResult.RejectedPermanently,
        new SmtpReply(int.Parse(reply.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), null, reply[4..]),
        null);

    private static ClaimedMail Mail(int id) => new()
    {
        Id = id,
        Fence = 1,
        Priority = 10,
        Sender = "bounces@service.example",
        Recipient = $"reader{id}@mail.example",
        RecipientKey = [1],
        RecipientDomain = "mail.example",
        Message = [],
        ContentHash = [],
        Attempts = 0,
        Doubts = 0,
        Faults = 0,
    };
}
