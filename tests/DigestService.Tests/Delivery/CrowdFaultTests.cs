using System.Diagnostics;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>Many mails, several workers, and a hand that pulls the plug: issue "exactly the mails that are owed", faults 1 and 2.</summary>
public sealed class CrowdFaultTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private static readonly SmtpScript Brief = new() { MaxKeptBytes = 1024 };

    [Theory]
    [EachTransfer(1)]
    [EachTransfer(2)]
    [EachTransfer(4)]
    public async Task Each_of_many_mails_arrives_once_however_many_workers_send(Transfer transfer, int workers)
    {
        var mails = Full.IsAsked ? 20_000 : 1_000;
        for (var run = 1; run <= (Full.IsAsked && workers > 1 ? 10 : 1); run++)
        {
            var database = await postgres.CreateDatabaseAsync();
            await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
            await TestMail.EnqueueAsync(database, mails);
            var watch = Stopwatch.StartNew();

            var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Senders.Over(database, Senders.To(relay)).DrainAsync(default)));

            var audit = await OutboxAudit.CloseAsync(database, relay);
            output.WriteLine($"{transfer}, {workers} workers, run {run}: {audit} in {watch.Elapsed.TotalSeconds:0.0} s, shares {string.Join("/", counts.Select(count => count.Sent))}");
            (audit.Arrived, audit.Lost, audit.Doubled, audit.Doubted).ShouldBe((mails, 0, 0, 0));
            counts.Sum(count => count.Sent).ShouldBe(mails);
        }
    }

    [Theory]
    [OneTransferInShort(Transfer.Data, OnUnknown.Resend)]
    [OneTransferInShort(Transfer.Bdat, OnUnknown.Hold)]
    public async Task Killed_workers_lose_nothing_and_double_at_most_one_mail_a_connection(Transfer transfer, OnUnknown onUnknown)
    {
        var kills = Full.IsAsked ? 25 : 2;
        const int connections = 4;
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        await TestMail.EnqueueAsync(database, kills * 500, TestMail.Timeless);
        var random = new Random(7);
        var workers = Enumerable.Range(0, 2).Select(_ => Start()).ToArray();
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                var victim = random.Next(workers.Length);
                await relay.HasReceivedAsync(relay.Received.Count + random.Next(50, 350), TimeSpan.FromSeconds(20));
                workers[victim].Kill();
                workers[victim].Dispose();
                workers[victim] = Start();
            }

            await OutboxAudit.SettleAsync(database, TimeSpan.FromSeconds(90));
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }

        var audit = await OutboxAudit.CloseAsync(database, relay);
        output.WriteLine($"{transfer}, {kills} kills, {onUnknown}: {audit}");
        (audit.Lost, audit.DoubledSilently).ShouldBe((0, 0));
        audit.Doubted.ShouldBeLessThanOrEqualTo(kills * connections);
        audit.Arrived.ShouldBeGreaterThanOrEqualTo(audit.Owed - audit.Parked.Count);
        if (onUnknown == OnUnknown.Hold)
        {
            audit.Doubled.ShouldBe(0);
            audit.Parked.Count.ShouldBe(audit.Doubted);
        }

        WorkerProcess Start() => WorkerProcess.Serve(database, relay, ("Delivery__OnUnknown", $"{onUnknown}"), ("Smtp__Connections", $"{connections}"));
    }
}
