using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>Workers that sleep through their leases, and clocks that are wrong.</summary>
public sealed class LeaseFaultTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int LeaseSeconds = 2;

    [Theory]
    [OneTransferInShort(Transfer.Bdat)]
    public async Task A_worker_stopped_for_three_leases_starts_nothing_anew_and_its_stale_word_is_refused(Transfer transfer)
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs SIGSTOP");
        var database = await postgres.CreateDatabaseAsync();
        // Connection 1 is the worker's: its first mail waits for the reply to its dot until the worker has been stopped.
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(), step =>
            step is { Point: SmtpPoint.Dot, Connection: 1 } ? SmtpAnswer.Drip("250 2.0.0 taken", TimeSpan.FromMilliseconds(400)) : null);
        await TestMail.EnqueueAsync(database, 40, TestMail.Timeless);
        using var worker = WorkerProcess.Serve(
            database, relay, ("Smtp__Connections", "1"), ("Delivery__LeaseSeconds", $"{LeaseSeconds}"));
        (await relay.HasReceivedAsync(1, TimeSpan.FromSeconds(20))).ShouldBeTrue();

        worker.Signal("STOP");
        var inHand = await database.QueryAsync<long>("select id from deliveries where state in ('claimed', 'sending')", null, default);
        var options = new DeliveryOptions { LeaseSeconds = LeaseSeconds };
        var counts = await Senders.Over(database, Senders.To(relay), options).DrainAsync(default);
        await Task.Delay(TimeSpan.FromSeconds(Full.IsAsked ? 3 * LeaseSeconds : 1));
        var before = relay.Received.Count(mail => mail.Connection == 1);
        worker.Signal("CONT");
        worker.Signal("TERM");
        await worker.ExitAsync(TimeSpan.FromSeconds(30));

        var audit = await OutboxAudit.CloseAsync(database, relay);
        output.WriteLine($"{transfer}, {inHand.Count} rows in the hand of the stopped worker; the other one: {counts}; {audit}");
        inHand.Count.ShouldBeGreaterThan(20);
        counts.Sent.ShouldBe(40);
        relay.Received.Count(mail => mail.Connection == 1).ShouldBe(before);
        (audit.Arrived, audit.Doubled, audit.DoubledSilently, audit.Doubted).ShouldBe((40, 1, 0, 1));
        (await worker.ErrorsAsync()).ShouldContain("came too late");
    }

    [Theory]
    [OneTransferInShort(Transfer.Data)]
    public async Task Clocks_that_are_wrong_by_ten_minutes_change_nothing(Transfer transfer)
    {
        var faketime = Directory.Exists("/usr/lib") ? Directory.GetFiles("/usr/lib", "libfaketime.so.1", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 3 }).FirstOrDefault() : null;
        if (faketime is null)
            throw Skip.Because("needs libfaketime");
        var mails = Full.IsAsked ? 5_000 : 200;
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script());
        await TestMail.EnqueueAsync(database, mails, TestMail.Timeless);

        // What it does to waits for the sake of old releases of glibc has the runtime's threads spin.
        var workers = new[] { "+600s", "-600s", "+0s" }
            .Select(offset => WorkerProcess.Drain(
                database,
                relay,
                ("LD_PRELOAD", faketime),
                ("FAKETIME", offset),
                ("DONT_FAKE_MONOTONIC", "1"),
                ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
                ("Delivery__LeaseSeconds", "5")))
            .ToArray();
        foreach (var worker in workers)
            (await worker.ExitAsync(TimeSpan.FromSeconds(90))).ShouldBe(0, await worker.ErrorsAsync());

        var audit = await OutboxAudit.CloseAsync(database, relay);
        output.WriteLine($"{transfer}, three workers, +10, -10 and 0 minutes: {audit}");
        (audit.Arrived, audit.Doubled, audit.Doubted).ShouldBe((mails, 0, 0));
        foreach (var worker in workers)
            worker.Dispose();
    }

    [Theory]
    [OneTransferInShort(Transfer.Bdat)]
    public async Task A_slow_mail_keeps_its_lease_as_long_as_its_worker_lives(Transfer transfer)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Drip("250 2.0.0 taken", TimeSpan.FromMilliseconds(300)), transfer.Script());
        await TestMail.EnqueueAsync(database, 1);
        var options = new DeliveryOptions { LeaseSeconds = LeaseSeconds };

        var counts = await Task.WhenAll(
            Senders.Over(database, Senders.To(relay), options).DrainAsync(default),
            Senders.Over(database, Senders.To(relay), options).DrainAsync(default));

        counts.Sum(count => count.Sent).ShouldBe(1);
        relay.Received.Count.ShouldBe(1);
        (await database.QuerySingleOrDefaultAsync<int>("select doubts from deliveries", null, default)).ShouldBe(0);
    }
}
