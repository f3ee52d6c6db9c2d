using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>A relay that does everything a relay can do to a mail: every outcome lands in its row of the table.</summary>
public sealed class RelayFaultTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int OneIn = 20;

    /// <summary>What the relay does to the first try of a mail, where, and the state it must leave for good or until the next try.</summary>
    private static readonly (SmtpPoint Point, SmtpAnswer Answer, string[] States)[] Mix =
    [
        // Over a new connection it goes through, unless this one was new.
        (SmtpPoint.Mail, SmtpAnswer.Reply("421 4.3.2 closing").ThenHangUp(), ["sent", "deferred"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Reply("421 4.7.0 slow down").ThenHangUp(), ["deferred"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Reply("450 4.2.1 mailbox busy"), ["deferred"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Reply("451 4.3.0 local error"), ["deferred"]),
        (SmtpPoint.Data, SmtpAnswer.Reply("451 4.3.0 not now"), ["deferred"]),
        (SmtpPoint.Dot, SmtpAnswer.Reply("452 4.3.1 no space"), ["deferred"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Reply("550 5.1.1 no such user"), ["failed"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Reply("552 5.2.2 mailbox full"), ["failed"]),
        (SmtpPoint.Dot, SmtpAnswer.Reply("554 5.7.1 spam"), ["failed"]),
        (SmtpPoint.Data, SmtpAnswer.HangUp, ["sent"]),
        (SmtpPoint.Content, SmtpAnswer.ResetAfter(1), ["sent"]),
        (SmtpPoint.Dot, SmtpAnswer.HangUp.ButTakesTheMail(), ["sent"]),
        (SmtpPoint.Dot, SmtpAnswer.Reset, ["sent"]),
        (SmtpPoint.Dot, SmtpAnswer.HalfClose.ButTakesTheMail(), ["sent"]),
        (SmtpPoint.Rcpt, SmtpAnswer.Raw("\u0000\u00ff garbage\r\n"), ["sent"]),
        (SmtpPoint.Dot, SmtpAnswer.Raw("999 who knows\r\n").ButTakesTheMail(), ["sent"]),
        (SmtpPoint.Data, SmtpAnswer.Stall, ["sent"]),
        (SmtpPoint.Dot, SmtpAnswer.Stall.ButTakesTheMail(), ["sent"]),
    ];

    [Theory]
    [EachTransfer]
    public async Task Every_outcome_of_a_bad_relay_lands_in_its_row_and_nothing_is_lost(Transfer transfer)
    {
        var mails = Full.IsAsked ? 20_000 : 1_000;
        var database = await postgres.CreateDatabaseAsync();
        var tries = new System.Collections.Concurrent.ConcurrentDictionary<long, int>();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(new SmtpScript { MaxKeptBytes = 1024 }), step => Misbehave(step, tries));
        var ids = await TestMail.EnqueueAsync(database, mails, id => TestMail.Timeless(id) with { Recipient = $"r{id}@d{id % 50}.example" });
        var clock = new TestClock(TestMail.Monday);
        var smtp = Senders.To(relay);
        (smtp.Relays[0].SendTimeoutSeconds, smtp.Relays[0].AfterDotTimeoutSeconds) = (4, 4);
        var sender = Senders.Over(database, smtp, clock: clock);

        var first = await sender.DrainAsync(default);
        var after = (await database.QueryAsync<(long Id, string State, string Reply)>("select id, state, reply from deliveries", null, default))
            .ToDictionary(row => row.Id);
        clock.Advance(Duration.FromHours(1));
        var second = await sender.DrainAsync(default);

        var audit = await OutboxAudit.CloseAsync(database, relay);
        output.WriteLine($"{transfer}, first {first}; second {second}; {audit}");
        foreach (var group in ids.Where(id => Sin(id) is not null).GroupBy(id => Sin(id)!.Value)) // filtered just before
        {
            var (point, _, states) = Mix[group.Key];
            output.WriteLine($"{transfer}, {group.Key}: {point} -> {string.Join(", ", group.GroupBy(id => after[id].State).Select(state => $"{state.Key} {state.Count()}"))}, e.g. {after[group.First()].Reply}");
            group.ShouldAllBe(id => states.Contains(after[id].State));
        }

        var failed = ids.Where(id => Sin(id) is { } sin && Mix[sin].States[0] == "failed").ToArray();
        failed.ShouldAllBe(id => tries[id] == 1);
        (audit.Lost, audit.DoubledSilently, audit.Parked.Count).ShouldBe((0, 0, 0));
        audit.Arrived.ShouldBe(mails - failed.Length);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = mails - failed.Length, ["failed"] = failed.Length }, ignoreOrder: true);
    }

    [Theory]
    [EachTransfer]
    public async Task A_reply_of_one_octet_a_second_frees_its_slot_at_the_deadline_and_is_a_doubt(Transfer transfer)
    {
        var database = await postgres.CreateDatabaseAsync();
        var drips = 1;
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(), step =>
            step.Point == SmtpPoint.Dot && Interlocked.Decrement(ref drips) == 0
                ? SmtpAnswer.Drip("250 2.0.0 taken, " + new string('.', 300), TimeSpan.FromSeconds(1)) : null);
        await TestMail.EnqueueAsync(database, 5);
        var smtp = Senders.To(relay);
        (smtp.Relays[0].Connections, smtp.Relays[0].AfterDotTimeoutSeconds) = (1, 2);

        (await Senders.Over(database, smtp).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 5 });

        var audit = await OutboxAudit.CloseAsync(database, relay);
        (audit.Arrived, audit.Doubled, audit.DoubledSilently, audit.Doubted).ShouldBe((5, 1, 0, 1));
    }

    [Fact]
    public void Unless_set_otherwise_a_relay_has_ten_minutes_for_its_reply_to_the_dot() =>
        new SmtpRelayOptions { Host = "relay.example" }.ToRelay("service.example").AfterDotTimeout.ShouldBe(TimeSpan.FromMinutes(10));

    [Theory]
    [EachTransfer]
    public async Task A_reply_of_one_octet_a_second_frees_its_slot_when_the_worker_is_stopped_and_stays_in_doubt(Transfer transfer)
    {
        if (!Full.IsAsked)
            throw Skip.Because("waits twenty seconds for a deadline: scripts/test --full");
        var database = await postgres.CreateDatabaseAsync();
        var drips = 1;
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(), step =>
            step.Point == SmtpPoint.Dot && Interlocked.Decrement(ref drips) == 0
                ? SmtpAnswer.Drip("250 2.0.0 taken, at last, after all this time", TimeSpan.FromSeconds(1)) : null);
        await TestMail.EnqueueAsync(database, 20);
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);
        (await relay.HasReceivedAsync(20, TimeSpan.FromSeconds(10))).ShouldBeTrue();
        await OutboxAudit.SettleExceptAsync(database, 1, TimeSpan.FromSeconds(10));
        var started = TimeProvider.System.GetTimestamp();
        await stop.CancelAsync();
        await running;

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(25));
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 19, ["unknown"] = 1 }, ignoreOrder: true);
    }

    [Theory]
    [EachTransfer]
    public async Task Stopping_finishes_what_is_in_hand_and_gives_the_rest_back(Transfer transfer)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(), step =>
            step.Point == SmtpPoint.Dot ? SmtpAnswer.Drip("250 ok", TimeSpan.FromMilliseconds(30)) : null);
        await TestMail.EnqueueAsync(database, 200);
        using var stop = new CancellationTokenSource();

        var running = Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);
        await relay.HasReceivedAsync(8, TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await running;

        var states = await Senders.StatesAsync(database);
        states.Keys.ShouldBe(["sent", "queued"], ignoreOrder: true);
        states["sent"].ShouldBe(relay.Received.Count);
    }

    /// <summary>Which of the sins befalls a mail; most go unharmed.</summary>
    private static int? Sin(long id) => id % OneIn == 0 ? (int)(id / OneIn % Mix.Length) : null;

    private static SmtpAnswer? Misbehave(SmtpStep step, System.Collections.Concurrent.ConcurrentDictionary<long, int> tries)
    {
        if (step.Sender.Length == 0 || !long.TryParse(step.Sender.Split('+', '@')[1], out var id))
            return null;
        var attempt = step.Point == SmtpPoint.Mail ? tries.AddOrUpdate(id, 1, (_, n) => n + 1) : tries.GetValueOrDefault(id);
        return attempt == 1 && Sin(id) is { } sin && Mix[sin].Point == step.Point ? Mix[sin].Answer : null;
    }
}
