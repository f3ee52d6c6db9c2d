using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

public sealed class SenderTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Every_due_mail_goes_out_once_under_its_own_envelope_sender()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var ids = await TestMail.EnqueueAsync(database, 50);

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Sent = 50 });
        Senders.Counted(relay).ShouldBe(ids.ToDictionary(id => id, _ => 1), ignoreOrder: true);
        relay.Received.ShouldAllBe(mail => mail.Sender == $"bounces+{mail.Header("X-Digest-Delivery")}@service.example");
        relay.PeakConnections.ShouldBeLessThanOrEqualTo(4);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 50 });
    }

    [Fact]
    public async Task Running_again_sends_nothing_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 3);
        await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        var again = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        again.ShouldBe(new SendCounts());
        relay.Received.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_mail_for_later_waits_and_one_that_is_too_late_is_not_sent()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1);
        var early = new TestClock(TestMail.Monday - Duration.FromMinutes(1));
        var late = new TestClock(TestMail.Monday + Duration.FromDays(1));

        (await Senders.Over(database, Senders.To(relay), clock: early).DrainAsync(default)).ShouldBe(new SendCounts());
        (await Senders.Over(database, Senders.To(relay), clock: late).DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1 });

        relay.Received.ShouldBeEmpty();
        (await database.QuerySingleOrDefaultAsync<string>("select reply from deliveries", null, default)).ShouldBe("Expired unsent.");
    }

    [Fact]
    public async Task Greylisting_delays_each_mail_and_delivers_one_copy()
    {
        var database = await postgres.CreateDatabaseAsync();
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && seen.TryAdd(step.Recipient, true) ? SmtpAnswer.Reply("451 4.7.1 Greylisted, come back later") : null);
        await TestMail.EnqueueAsync(database, 20);
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Deferred = 20 });
        clock.Advance(Duration.FromMinutes(2));
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 20 });

        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
    }

    [Fact]
    public async Task A_refusal_for_good_is_never_tried_again_and_counts_as_a_bounce()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("550 5.1.1 no such user"));
        var id = (await TestMail.EnqueueAsync(database, 1))[0];
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1 });
        clock.Advance(Duration.FromHours(5));
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts());

        var bounce = await database.QuerySingleOrDefaultAsync<(long Delivery, string Status, bool Permanent, string Reason)>(
            "select delivery_id, status, permanent, reason from bounces", null, default);
        bounce.ShouldBe((id, "5.1.1", true, "[RcptTo] 550 5.1.1 no such user"));
    }

    [Fact]
    public async Task Hard_bounces_on_two_different_days_suppress_an_address()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("550 5.1.1 no such user"));
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);
        await TestMail.EnqueueAsync(database, 2, id => TestMail.Confirmation(id) with { Recipient = "gone@mail.example" });

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Failed = 2 });
        clock.Advance(Duration.FromDays(1));
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Confirmation(id) with { Recipient = "GONE@mail.example" });
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1 });
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Confirmation(id) with { Recipient = "gone@mail.example" });

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Suppressed = 1 });
    }

    [Fact]
    public async Task Neither_a_suppression_nor_the_mail_of_an_erased_reader_keeps_the_address()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("550 5.1.1 <gone@mail.example>: no such user"));
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);
        for (var day = 0; day < 2; day++, clock.Advance(Duration.FromDays(1)))
        {
            await TestMail.EnqueueAsync(database, 1, id => TestMail.Confirmation(id) with { Recipient = "gone@mail.example" });
            await sender.DrainAsync(default);
        }

        await TestMail.EnqueueAsync(database, 1, id => TestMail.Timeless(id) with { Recipient = "erased@mail.example", SubscriberId = 77 });
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Suppressed = 1 });

        (await database.QueryAsync<string>("select detail from suppressions", null, default)).ShouldBe(["5.1.1"]);
        (await database.QueryAsync<string>("select recipient from deliveries where state = 'suppressed'", null, default)).ShouldBe([""]);
    }

    [Fact]
    public async Task A_mail_in_doubt_is_sent_once_more_byte_for_byte_and_a_second_doubt_waits_for_the_operator()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.HangUp.ButTakesTheMail());
        await TestMail.EnqueueAsync(database, 1);
        var sender = Senders.Over(database, Senders.To(relay));

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Unknown = 1 });

        relay.Received.Count.ShouldBe(2);
        relay.Received.Select(mail => mail.Text).Distinct().ShouldHaveSingleItem();
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts());
        (await database.QuerySingleOrDefaultAsync<(string, int)>("select state, doubts from deliveries", null, default)).ShouldBe(("unknown", 2));
    }

    [Fact]
    public async Task In_doubt_a_mail_is_held_where_the_operator_chose_so()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.HangUp.ButTakesTheMail());
        await TestMail.EnqueueAsync(database, 1);

        var counts = await Senders.Over(database, Senders.To(relay), new DeliveryOptions { OnUnknown = OnUnknown.Hold }).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Unknown = 1 });
        relay.Received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_dot_costs_another_try_and_no_doubt()
    {
        var database = await postgres.CreateDatabaseAsync();
        var breaks = 2;
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Data && Interlocked.Decrement(ref breaks) >= 0 ? SmtpAnswer.HangUp : null);
        await TestMail.EnqueueAsync(database, 1);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });

        relay.Received.Count.ShouldBe(1);
        (await database.QuerySingleOrDefaultAsync<(int, int)>("select attempts, doubts from deliveries", null, default)).ShouldBe((3, 0));
    }

    [Fact]
    public async Task Confirmations_overtake_digests()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 300);
        var confirmation = (await TestMail.EnqueueAsync(database, 1, TestMail.Confirmation))[0];
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 1;

        await Senders.Over(database, smtp).DrainAsync(default);

        relay.Received.First().Header("X-Digest-Delivery").ShouldBe($"{confirmation}");
    }

    [Theory]
    [InlineData("unsubscribed", false, true)]
    [InlineData("erased", false, true)]
    [InlineData("bounced", false, false)]
    [InlineData("complained", false, false)]
    [InlineData("operator", false, false)]
    public async Task A_suppressed_address_gets_no_digest_and_a_confirmation_only_after_leaving_by_itself(
        string reason, bool digestGoes, bool confirmationGoes)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id) with { Recipient = "left@mail.example" });
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Confirmation(id) with { Recipient = "left@mail.example" });
        var list = new DigestService.Suppressions.SuppressionList(new LinkSigner(new byte[32]));
        await database.InTransactionAsync(
            connection => list.AddAsync(connection, "left@mail.example", reason, null, TestMail.Monday, default), default);

        await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        var sent = await database.QueryAsync<string>("select kind from deliveries where state = 'sent' order by id", null, default);
        sent.ShouldBe(new[] { digestGoes ? "digest" : null, confirmationGoes ? "confirmation" : null }.OfType<string>());
        (await database.QueryAsync<byte[]>("select message from deliveries where message is not null", null, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_who_left_after_planning_gets_nothing()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var readers = await TestSubscribers.AddAsync(database, "active", "unsubscribed", "paused", "suppressed");
        await TestMail.EnqueueAsync(database, 5, id => TestMail.Digest(id, $"reader{TestMail.Number(id)}@mail.example", TestMail.Number(id) <= 4 ? readers[(int)TestMail.Number(id) - 1] : 999));

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Sent = 1, Suppressed = 4 });
        var replies = await database.QueryAsync<string>("select reply from deliveries where state = 'suppressed' order by id", null, default);
        replies.ShouldBe(["The reader is unsubscribed.", "The reader is paused.", "The reader is suppressed.", "The reader is gone."]);
    }

    [Fact]
    public async Task A_mail_whose_bytes_changed_is_quarantined_after_three_tries()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1);
        await database.ExecuteAsync("update deliveries set message = message || 'x'::bytea", null, default);
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Deferred = 1 });
        clock.Advance(Duration.FromHours(1));
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Deferred = 1 });
        clock.Advance(Duration.FromHours(1));
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1 });

        relay.Connections.ShouldBeGreaterThan(0);
        relay.Received.ShouldBeEmpty();
        (await database.QuerySingleOrDefaultAsync<string>("select reply from deliveries", null, default))!.ShouldStartWith("Quarantined:");
    }

    [Fact]
    public async Task With_no_relay_in_reach_a_run_ends_and_loses_nothing()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 5);
        var smtp = new SmtpOptions { Host = "127.0.0.1", Port = 9 };

        var counts = await Senders.Over(database, smtp).DrainAsync(default);

        counts.Deferred.ShouldBe(5);
        counts.Hindrance!.ShouldStartWith("No relay can be used now; 127.0.0.1:9 cannot be reached: ");
        counts.Hindrance!.ShouldEndWith(RelayTroubles.WhatToDo);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["queued"] = 5 });
    }

    [Fact]
    public async Task When_one_relay_is_gone_the_other_takes_everything()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 30);
        var smtp = Senders.To(relay);
        smtp.Relays.Add(new SmtpRelayOptions { Host = "127.0.0.1", Port = 9, Weight = 100 });

        (await Senders.Over(database, smtp).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 30 });
    }
}
