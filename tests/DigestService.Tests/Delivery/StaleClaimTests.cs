using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>A worker that holds one row twice: under a claim that has lapsed, and under the one that came after it.</summary>
public sealed class StaleClaimTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly DeliveryOptions _options = new();
    private readonly TestClock _clock = new(TestMail.Monday);

    [Fact]
    public async Task Of_two_marks_for_one_row_in_one_commit_only_the_fresh_one_stands()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (stale, fresh) = await ClaimTwiceAsync(database);
        await using var outcomes = OutcomeWriter(database, _ => { });

        var marks = new[] { outcomes.MarkAsync(stale, "relay:25"), outcomes.MarkAsync(fresh, "relay:25") };
        outcomes.Start();

        (await Task.WhenAll(marks)).ShouldBe([MarkResult.Lost, MarkResult.Marked]);
        (stale.IsMarked, fresh.IsMarked).ShouldBe((false, true));
    }

    [Fact]
    public async Task Of_two_results_for_one_row_in_one_commit_only_the_fresh_one_counts()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (stale, fresh) = await ClaimTwiceAsync(database);
        var recorded = new List<string>();
        await using var outcomes = OutcomeWriter(database, verdict => recorded.Add(verdict.State));

        outcomes.Record(Refused(stale.Mail));
        outcomes.Record(new Verdict { Mail = fresh.Mail, State = "sent", Reply = "250 ok" });
        outcomes.Start();
        await outcomes.FinishAsync(TimeSpan.FromSeconds(30));

        recorded.ShouldBe(["sent"]);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1 });
        (await database.QueryAsync<long>("select delivery_id from bounces", null, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Renewing_both_extends_the_fresh_claim_and_ends_the_stale_one()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (stale, fresh) = await ClaimTwiceAsync(database);

        await new Claims(database, new LoadedFragments(database), _options, _clock).RenewAsync([stale, fresh], default);

        (stale.IsHeld, fresh.IsHeld).ShouldBe((false, true));
    }

    [Fact]
    public async Task A_worker_whose_marks_wait_longer_than_its_leases_sends_each_mail_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 100);
        // Marks look at the suppressions, claims do not: the same worker can take again what it still waits to mark.
        await using var blocker = await database.OpenAsync(default);
        await using var block = await blocker.BeginTransactionAsync();
        await blocker.ExecuteAsync("lock table suppressions in access exclusive mode", null, default);
        var smtp = Senders.To(relay);
        smtp.Relays[0].Connections = 16;
        var draining = Senders.Over(database, smtp, _options).DrainAsync(default);
        await ClaimedAsync(database, fence: 1);

        await LapseAsync(database);
        await ClaimedAsync(database, fence: 2);
        await block.CommitAsync();

        (await draining).ShouldBe(new SendCounts { Sent = 100 });
        var audit = await OutboxAudit.CloseAsync(database, relay);
        (audit.Arrived, audit.Doubled, audit.Doubted).ShouldBe((100, 0, 0));
    }

    private static Task ClaimedAsync(Database database, int fence) => Eventually.TrueAsync(
        () => database.QuerySingleOrDefaultAsync<bool>(
            "select bool_and(state = 'claimed' and fence = @fence) from deliveries", new { fence }, default),
        $"every mail is claimed, the {fence}. time");

    private OutcomeWriter OutcomeWriter(Database database, Action<Verdict> recorded) =>
        new(database, Senders.Hold(database), _options, _clock, recorded, NullLogger.Instance);

    private Verdict Refused(ClaimedMail mail) => DeliveryRules.Judge(
        mail,
        new SendOutcome(SendStage.RcptTo, SendResult.RejectedPermanently, new SmtpReply(550, "5.1.1", "no such user"), null),
        RelayVerdict.OfTheMail,
        _options.OnUnknown,
        TestMail.Monday,
        new Random(1));

    /// <summary>One worker's two claims of the only row: the first has lapsed by the database's clock, and the worker has not noticed.</summary>
    private async Task<(InFlightDelivery Stale, InFlightDelivery Fresh)> ClaimTwiceAsync(Database database)
    {
        await TestMail.EnqueueAsync(database, 1);
        var claims = new Claims(database, new LoadedFragments(database), _options, _clock);
        var stale = (await claims.ClaimAsync(1, 1)).ShouldHaveSingleItem();
        await LapseAsync(database);
        var fresh = (await claims.ClaimAsync(1, 1)).ShouldHaveSingleItem();
        return (stale, fresh);
    }

    /// <summary>The leases end and somebody takes the rows over, before their holder hears of it.</summary>
    private static Task LapseAsync(Database database) => database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync("update deliveries set lease_until = clock_timestamp() - interval '1 second'", null, default);
            await connection.ExecuteAsync(DeliveryQueries.TakeOverLapsed, new { buckets = Buckets.All, onlyBucket = (short?)null, resend = true }, default);
        },
        default);
}
