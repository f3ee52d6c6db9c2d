using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>How fast, over which relay, and when not at all.</summary>
public sealed class PaceTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_rate_holds_to_its_limit()
    {
        var rate = new AdaptiveRate(10, _time);

        CountIn(rate, TimeSpan.FromSeconds(5)).ShouldBeInRange(49, 51);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(1_000)]
    public void A_rate_reaches_its_limit_though_timers_come_late_and_saves_nothing_up(int limit)
    {
        var rate = new AdaptiveRate(limit, _time);

        CountIn(rate, TimeSpan.FromSeconds(5)).ShouldBeInRange(5 * limit - limit / 100, 5 * limit + limit / 50 + 1);
        _time.Advance(TimeSpan.FromHours(1));
        CountIn(rate, TimeSpan.FromSeconds(1)).ShouldBeInRange(limit - limit / 100, limit + limit / 50 + 1);
    }

    [Fact]
    public void A_rate_halves_when_asked_repeatedly_and_recovers_with_success()
    {
        var rate = new AdaptiveRate(0, _time);
        CountIn(rate, TimeSpan.FromSeconds(5), most: 100);

        rate.PushedBack();
        rate.IsUnlimited.ShouldBeTrue();
        rate.PushedBack();
        rate.PerSecond.ShouldBeLessThan(60);
        for (var i = 0; i < 500; i++)
            rate.Succeeded();

        rate.IsUnlimited.ShouldBeTrue();
    }

    [Fact]
    public void Replies_within_one_second_are_one_request()
    {
        var rate = new AdaptiveRate(100, _time);
        for (var i = 0; i < 10; i++)
            rate.PushedBack();
        var once = rate.PerSecond;
        _time.Advance(TimeSpan.FromSeconds(2));

        rate.PushedBack();

        rate.PerSecond.ShouldBe(once / 2);
    }

    [Fact]
    public void A_breaker_lets_one_try_through_after_its_pause_and_closes_on_success()
    {
        var breaker = new CircuitBreaker(_time);
        breaker.Failed();
        breaker.Failed();
        breaker.Failures.ShouldBe(1);
        breaker.TryEnter(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        breaker.TryEnter(out _).ShouldBeTrue();
        breaker.TryEnter(out _).ShouldBeFalse();
        breaker.Failed();
        _time.Advance(TimeSpan.FromSeconds(0.7));
        breaker.TryEnter(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        breaker.TryEnter(out _).ShouldBeTrue();
        breaker.Succeeded();

        breaker.IsOpen.ShouldBeFalse();
    }

    [Theory]
    [InlineData(100, 30, 16)]
    [InlineData(10, 10, 8)]
    public void A_try_that_waited_long_counts_from_when_something_last_worked_and_is_not_made_again_sooner(int lull, int expected, int pause)
    {
        var breaker = new CircuitBreaker(_time);
        breaker.Succeeded();
        _time.Advance(TimeSpan.FromSeconds(lull));

        breaker.Failed(waited: TimeSpan.FromSeconds(30));

        breaker.FailedFor.ShouldBe(TimeSpan.FromSeconds(expected));
        breaker.Pause.ShouldBeInRange(TimeSpan.FromSeconds(pause), TimeSpan.FromSeconds(pause * 1.5));
        breaker.Succeeded();
        breaker.FailedFor.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(421, SendStage.RcptTo, "4.7.0 slow down", nameof(Pushback.FromRelay))]
    [InlineData(451, SendStage.MailFrom, "later", nameof(Pushback.FromRelay))]
    [InlineData(451, SendStage.RcptTo, "too many connections", nameof(Pushback.FromDomain))]
    [InlineData(452, SendStage.AfterDot, "no space", nameof(Pushback.FromDomain))]
    [InlineData(450, SendStage.RcptTo, "mailbox busy", nameof(Pushback.Silent))]
    [InlineData(452, SendStage.RcptTo, "4.2.2 The account that you tried to reach is over quota", nameof(Pushback.Silent))]
    [InlineData(452, SendStage.RcptTo, "4.2.2 Sending quota exceeded", nameof(Pushback.FromDomain))]
    [InlineData(452, SendStage.RcptTo, "4.3.1 Insufficient system storage", nameof(Pushback.FromDomain))]
    [InlineData(451, SendStage.RcptTo, "you are Greylisted", nameof(Pushback.Silent))]
    public void Answers_that_ask_for_patience_speak_for_a_relay_or_a_domain(int code, SendStage stage, string text, string expected)
    {
        var outcome = new SendOutcome(stage, SendResult.RejectedTemporarily, new SmtpReply(code, null, text), null);

        PushbackRules.Read(outcome).ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task A_relay_gets_no_more_a_second_than_it_is_set_to()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 21);
        var smtp = Senders.To(relay);
        smtp.Relays[0].MessagesPerSecond = 20;
        var started = TimeProvider.System.GetTimestamp();

        (await Senders.Over(database, smtp).DrainAsync(default)).Sent.ShouldBe(21);

        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task A_slow_domain_does_not_hold_up_the_others()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 100, id => TestMail.Digest(id) with { Recipient = TestMail.Number(id) <= 90 ? $"r{id}@slow.example" : $"r{id}@fast{id}.example" });
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, Senders.To(relay), new DeliveryOptions { MessagesPerDomainPerSecond = 1 }).RunAsync(stop.Token);
        await relay.HasReceivedAsync(12, TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await running;

        relay.Received.Count(mail => mail.Recipient.Contains("fast", StringComparison.Ordinal)).ShouldBe(10);
    }

    [Fact]
    public async Task Relays_share_the_mail_by_weight_and_a_reserve_stays_idle()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var heavy = ScriptedSmtpServer.Start();
        await using var light = ScriptedSmtpServer.Start();
        await using var reserve = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 60);
        var smtp = Senders.To(heavy, light, reserve);
        (smtp.Relays[0].Weight, smtp.Relays[1].Weight, smtp.Relays[2].Weight) = (3, 1, 0);
        // Mails come one at a time, so that every relay waits for each of them: choice and not speed decides.
        var options = new DeliveryOptions { MessagesPerDomainPerSecond = 80 };

        await Senders.Over(database, smtp, options).DrainAsync(default);

        reserve.Received.ShouldBeEmpty();
        (heavy.Received.Count + light.Received.Count).ShouldBe(60);
        heavy.Received.Count.ShouldBeGreaterThan(light.Received.Count);
    }

    [Fact]
    public async Task A_connection_is_used_again_and_replaced_after_421()
    {
        var database = await postgres.CreateDatabaseAsync();
        var seen = 0;
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && Interlocked.Increment(ref seen) == 5 ? SmtpAnswer.Reply("421 4.3.2 closing").ThenHangUp() : null);
        await TestMail.EnqueueAsync(database, 10);
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 1;

        (await Senders.Over(database, smtp).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 9, Deferred = 1 });

        relay.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_is_replaced_after_many_mails_and_closed_when_idle()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { MaxKeptBytes = 512 });
        await TestMail.EnqueueAsync(database, 501);
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 1;
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, smtp).RunAsync(stop.Token);
        await Eventually.TrueAsync(() => relay.Received.Count == 501, "all mails arrive");
        var connections = relay.Connections;
        await Eventually.TrueAsync(() => relay.OpenConnections == 0, "the idle connection is closed");
        await stop.CancelAsync();
        await running;

        connections.ShouldBe(2);
        relay.Received.GroupBy(mail => mail.Connection).Select(group => group.Count()).ShouldBe([500, 1]);
    }

    [Fact]
    public async Task A_relay_that_refuses_our_sender_burns_a_few_mails_and_not_all()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Mail, SmtpAnswer.Reply("530 5.7.0 authentication required"));
        await TestMail.EnqueueAsync(database, 500);

        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);

        (await Senders.StatesAsync(database))["queued"].ShouldBeGreaterThan(440);
    }

    private int CountIn(AdaptiveRate rate, TimeSpan period, int most = int.MaxValue)
    {
        var count = 0;
        for (var passed = TimeSpan.Zero; passed < period; passed += TimeSpan.FromMilliseconds(10), _time.Advance(TimeSpan.FromMilliseconds(10)))
        {
            while (count < most && rate.Wait() == TimeSpan.Zero && count < 100_000)
            {
                rate.Take();
                count++;
            }
        }

        return count;
    }
}
