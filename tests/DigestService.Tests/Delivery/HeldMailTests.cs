using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>One mail that the operator holds, releases or stops, beside a sender.</summary>
public sealed class HeldMailTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly TestClock _clock = new(TestMail.Monday);

    [Fact]
    public async Task A_held_mail_stays_while_the_others_go_and_goes_once_when_it_is_released()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var ids = await TestMail.EnqueueAsync(database, 3);

        (await DoAsync(database, OutboxAction.Hold, ids[1])).ShouldBe(1);
        (await DoAsync(database, OutboxAction.Hold, ids[1])).ShouldBe(0);
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2 });
        (await DoAsync(database, OutboxAction.Release, ids[1])).ShouldBe(1);
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });

        Senders.Counted(relay).ShouldBe(ids.ToDictionary(id => id, _ => 1), ignoreOrder: true);
        (await DoAsync(database, OutboxAction.Release, ids[1])).ShouldBe(0);
    }

    [Fact]
    public async Task A_held_mail_is_stopped_for_good()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var ids = await TestMail.EnqueueAsync(database, 1);

        await DoAsync(database, OutboxAction.Hold, ids[0]);
        (await DoAsync(database, OutboxAction.Stop, ids[0])).ShouldBe(1);
        (await DoAsync(database, OutboxAction.Release, ids[0])).ShouldBe(0);
        (await DoAsync(database, OutboxAction.Retry, ids[0])).ShouldBe(0);
        (await new OutboxRetry(database, _clock).RunAsync(RetryOf.Failed, day: null, limit: null, default)).ShouldBeEmpty();
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts());

        (await database.QuerySingleOrDefaultAsync<string>("select state || ': ' || reply from deliveries", null, default)).ShouldBe("failed: The operator stopped it.");
    }

    [Theory]
    [InlineData("hold", "queued")]
    [InlineData("stop", "failed")]
    public async Task A_sender_that_has_only_claimed_a_mail_finds_its_claim_lost(string action, string state)
    {
        var database = await postgres.CreateDatabaseAsync();
        var claimed = await ClaimAsync(database);
        await using var outcomes = OutcomeWriter(database);

        (await DoAsync(database, Enum.Parse<OutboxAction>(action, ignoreCase: true), claimed.Mail.Id)).ShouldBe(1);
        var marking = outcomes.MarkAsync(claimed, "relay:25");
        outcomes.Start();

        (await marking).ShouldBe(MarkResult.Lost);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { [state] = 1 });
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("stop")]
    public async Task A_mail_that_is_being_sent_is_left_to_its_sender(string action)
    {
        var database = await postgres.CreateDatabaseAsync();
        var claimed = await ClaimAsync(database);
        await using var outcomes = OutcomeWriter(database);
        outcomes.Start();

        (await outcomes.MarkAsync(claimed, "relay:25")).ShouldBe(MarkResult.Marked);
        (await DoAsync(database, Enum.Parse<OutboxAction>(action, ignoreCase: true), claimed.Mail.Id)).ShouldBe(0);
        outcomes.Record(new Verdict { Mail = claimed.Mail, State = "sent", Reply = "250 ok" });
        await outcomes.FinishAsync(TimeSpan.FromSeconds(30));

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1 });
    }

    [Fact]
    public async Task While_a_sender_is_at_work_each_mail_is_either_held_or_sent_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var ids = await TestMail.EnqueueAsync(database, 300);

        var draining = Senders.Over(database, Senders.To(relay)).DrainAsync(default);
        var held = 0;
        foreach (var id in ids.Reverse())
            held += await DoAsync(database, OutboxAction.Hold, id);
        var counts = await draining;

        counts.ShouldBe(new SendCounts { Sent = 300 - held });
        (await database.QueryAsync<long>("select id from deliveries where next_attempt_at = 'infinity' and state = 'queued'", null, default))
            .Concat(relay.Received.Select(mail => long.Parse(mail.Header("X-Digest-Delivery")!, null))) // each test mail has it
            .ShouldBe(ids, ignoreOrder: true);
    }

    [Fact]
    public async Task An_order_to_send_much_again_leaves_held_mails_alone()
    {
        var database = await postgres.CreateDatabaseAsync();
        var ids = await TestMail.EnqueueAsync(database, 3, TestMail.Timeless);
        await database.ExecuteAsync("update deliveries set state = case id when @id then 'unknown' else 'deferred' end, next_attempt_at = created_at + interval '1 hour'", new { id = ids[0] }, default);
        await DoAsync(database, OutboxAction.Hold, [.. ids.Take(2)]);
        // What is held and has come to its end is held all the same until a sender parks it.
        await database.ExecuteAsync("update deliveries set expires_at = created_at where id = @id", new { id = ids[0] }, default);

        (await new OutboxRetry(database, _clock).RunAsync(RetryOf.Deferred, day: null, limit: null, default)).Sum(mails => mails.Count).ShouldBe(1);
        (await new OutboxRetry(database, _clock).RunAsync(RetryOf.Unknown, day: null, limit: null, default)).ShouldBeEmpty();
        (await DoAsync(database, OutboxAction.Retry, [.. ids.Take(2)])).ShouldBe(0);
    }

    [Fact]
    public async Task A_held_confirmation_is_no_fault_of_the_outbox()
    {
        var database = await postgres.CreateDatabaseAsync();
        var ids = await TestMail.EnqueueAsync(database, 1, TestMail.Confirmation);
        _clock.Advance(NodaTime.Duration.FromHours(1));
        var health = new OutboxHealth(database, _clock);
        (await health.FindFaultsAsync(default)).ShouldNotBeEmpty();

        await DoAsync(database, OutboxAction.Hold, ids[0]);

        (await health.FindFaultsAsync(default)).ShouldBeEmpty();
    }

    private static Task<int> DoAsync(Database database, OutboxAction action, params long[] ids) =>
        new OutboxActions(database, NullLogger<OutboxActions>.Instance).DoAsync(action, ids, default);

    private async Task<InFlightDelivery> ClaimAsync(Database database)
    {
        await TestMail.EnqueueAsync(database, 1);
        return (await Senders.ClaimAsync(database, new DeliveryOptions(), _clock, 1)).ShouldHaveSingleItem();
    }

    private OutcomeWriter OutcomeWriter(Database database) =>
        new(database, Senders.Hold(database), new DeliveryOptions(), _clock, _ => { }, NullLogger.Instance);
}
