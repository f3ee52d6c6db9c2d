using System.Diagnostics;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>A worker that dies at each step of one mail, and the exact state that leaves.</summary>
[WaitsForMinutes]
public sealed class FailpointTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    [Theory]
    [OneTransferInShort(Transfer.Data, "claimed", "claimed", 0, 1, 0)]
    [OneTransferInShort(Transfer.Bdat, "marked", "sending", 0, 1, 1)]
    [EachTransfer("MAIL", "sending", 0, 1, 1)]
    [EachTransfer("DATA", "sending", 0, 1, 1)]
    [EachTransfer("after the dot", "sending", 1, 2, 1)]
    [OneTransferInShort(Transfer.Data, "answered", "sending", 1, 2, 1)]
    [OneTransferInShort(Transfer.Bdat, "before-record", "sending", 1, 2, 1)]
    [OneTransferInShort(Transfer.Bdat, "after-record", "sent", 1, 1, 0)]
    public async Task A_worker_that_dies_leaves_the_mail_in_a_state_the_next_one_can_act_on(
        Transfer transfer, string point, string state, int taken, int copiesInTheEnd, int doubts)
    {
        for (var run = 1; run <= (Full.IsAsked ? 20 : 1); run++)
        {
            var database = await postgres.CreateDatabaseAsync();
            WorkerProcess? worker = null;
            await using var relay = ScriptedSmtpServer.Start(transfer.Script(), step => AtServer(point, step, () => worker!.Kill())); // runs after the start below
            await TestMail.EnqueueAsync(database, 1, TestMail.Timeless);

            using (worker = WorkerProcess.Drain(database, relay, ("DIGEST_FAILPOINT", $"{point}:1"), ("Delivery__LeaseSeconds", "2")))
                await worker.ExitAsync(TimeSpan.FromSeconds(30));
            var left = await database.QuerySingleOrDefaultAsync<string>("select state from deliveries", null, default);
            // The server that killed the worker may still be putting the mail away.
            await relay.HasReceivedAsync(taken, TimeSpan.FromSeconds(10));
            var received = relay.Received.Count;
            relay.Answers = _ => null;
            await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

            var audit = await OutboxAudit.CloseAsync(database, relay);
            output.WriteLine($"{transfer}, {point}, run {run}: left '{left}' with {received} taken; then {audit}");
            (left, received).ShouldBe((state, taken));
            relay.Received.Count.ShouldBe(copiesInTheEnd);
            relay.Received.Select(mail => mail.Text).Distinct().ShouldHaveSingleItem();
            (await database.QuerySingleOrDefaultAsync<(string, int)>("select state, doubts from deliveries", null, default)).ShouldBe(("sent", doubts));
        }
    }

    /// <summary>The steps the worker cannot see itself: the server kills it just before it would answer.</summary>
    private static SmtpAnswer? AtServer(string point, SmtpStep step, Action kill)
    {
        var isHere = (point, step.Point) is ("MAIL", SmtpPoint.Mail) or ("DATA", SmtpPoint.Data) or ("after the dot", SmtpPoint.Dot);
        if (!isHere)
            return null;
        kill();
        return step.Point == SmtpPoint.Dot ? SmtpAnswer.HangUp.ButTakesTheMail() : SmtpAnswer.HangUp;
    }
}
