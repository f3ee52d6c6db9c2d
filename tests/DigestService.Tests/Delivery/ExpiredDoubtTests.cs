using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>Mails in doubt that become too late to be sent once more by themselves, and faults that come late to them.</summary>
public sealed class ExpiredDoubtTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly TestClock _late = new(TestMail.Monday + Duration.FromDays(1));

    [Theory]
    [InlineData("unknown")]
    [InlineData("queued")]
    [InlineData("deferred")]
    public async Task A_mail_in_doubt_that_expires_waits_for_the_operator_who_can_still_send_it(string state)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1);
        await SetAsync(database, $"state = '{state}', doubts = 1, attempts = 1, reply = 'no reply'");
        var sender = Senders.Over(database, Senders.To(relay), clock: _late);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Unknown = 1 });

        var status = await OutboxStatus.ReadAsync(database, TimeSpan.FromSeconds(30), default);
        (status.Unknown, status.Parked, status.Failed).ShouldBe((1, 1, 0));
        (await database.QuerySingleOrDefaultAsync<string>("select reply from deliveries", null, default)).ShouldBe("Expired in doubt. no reply");
        (await new OutboxRetry(database, _late).RunAsync(RetryOf.Unknown, day: null, limit: null, default)).Sum(mails => mails.Count).ShouldBe(1);
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
    }

    [Fact]
    public async Task A_doubt_that_expired_while_no_sender_ran_is_in_the_operators_reach_at_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await SetAsync(database, "state = 'unknown', doubts = 1, attempts = 1");

        (await new OutboxRetry(database, _late).LookAsync(RetryOf.Unknown, day: null, limit: null, default)).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_that_waits_for_the_operator_does_not_keep_its_partition_for_ever()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        await TestMail.EnqueueAsync(database, 1);
        await SetAsync(database, "state = 'unknown', doubts = 1, attempts = 1");
        await Senders.Over(database, Senders.To(relay), clock: _late).DrainAsync(default);
        await RetentionTests.AgeAsync(database, days: 9);
        await retention.RunAsync(default);

        await RetentionTests.AgeAsync(database, days: 40);
        await retention.RunAsync(default);

        (await Senders.StatesAsync(database)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fault_that_comes_late_leaves_the_doubt_of_an_earlier_attempt_on_the_row()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await SetAsync(database, "state = 'unknown', doubts = 1, attempts = 1");
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var resend = (await Senders.ClaimAsync(database, options, clock, 1)).ShouldHaveSingleItem();
        await SetAsync(database, "lease_until = clock_timestamp() - interval '1 second'");
        await database.ExecuteAsync(DeliveryQueries.TakeOverLapsed, new { buckets = Buckets.All, onlyBucket = (short?)null, resend = true }, default);

        await RecordAsync(database, options, DeliveryRules.JudgeFault(resend.Mail, "The stored message does not match its hash.", TestMail.Monday, new Random(1)));

        (await database.QuerySingleOrDefaultAsync<(string State, int Doubts, int Faults)>("select state, doubts, faults from deliveries", null, default))
            .ShouldBe(("deferred", 1, 1));
    }

    [Fact]
    public async Task An_answer_that_comes_late_settles_the_doubt_of_its_own_attempt_and_no_other()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await SetAsync(database, "state = 'unknown', doubts = 1, attempts = 1");
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var resend = (await Senders.ClaimAsync(database, options, clock, 1)).ShouldHaveSingleItem();
        await SetAsync(database, "state = 'sending', attempts = 2, lease_until = clock_timestamp() - interval '1 second'");
        await database.ExecuteAsync(DeliveryQueries.TakeOverLapsed, new { buckets = Buckets.All, onlyBucket = (short?)null, resend = true }, default);

        await RecordAsync(database, options, new Verdict { Mail = resend.Mail, State = "sent", Reply = "250 ok" });

        (await database.QuerySingleOrDefaultAsync<(string State, int Doubts)>("select state, doubts from deliveries", null, default)).ShouldBe(("sent", 1));
    }

    private static async Task RecordAsync(Database database, DeliveryOptions options, Verdict verdict)
    {
        await using var outcomes = new OutcomeWriter(
            database, Senders.Hold(database), options, new TestClock(TestMail.Monday), _ => { }, NullLogger.Instance);
        outcomes.Record(verdict);
        outcomes.Start();
        await outcomes.FinishAsync(TimeSpan.FromSeconds(30));
    }

    private static Task SetAsync(Database database, string values) => database.ExecuteAsync($"update deliveries set {values}", null, default);
}
