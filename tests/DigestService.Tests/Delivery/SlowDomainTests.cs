using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>Domains that take fewer mails than are due for them, and everybody else beside them.</summary>
public sealed class SlowDomainTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(100)]
    public async Task However_many_mails_wait_for_a_slow_domain_and_whatever_it_takes_the_others_go_out_at_once(int limit)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 4_100, id => TestMail.Digest(id) with { Recipient = TestMail.Number(id) <= 4_000 ? $"r{id}@slow.example" : $"r{id}@fast{id}.example" });
        using var stop = new CancellationTokenSource();
        var started = TimeProvider.System.GetTimestamp();

        var running = Senders.Over(database, Senders.To(relay), new DeliveryOptions { MessagesPerDomainPerSecond = limit }).RunAsync(stop.Token);
        await Eventually.TrueAsync(() => Count(relay, "fast") == 100, "every mail to the other domains arrives");
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await stop.CancelAsync();
        await running;

        // Sent in the order of their ids, the slow domain's 4,000 would all have come before.
        Count(relay, "slow").ShouldBeLessThan(3_000);
        Count(relay, "slow").ShouldBeLessThanOrEqualTo((int)(limit * (seconds + 2)) + 2);
        (await Senders.StatesAsync(database)).Keys.ShouldBe(["sent", "queued"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_slow_domain_gets_all_its_mail_as_fast_as_it_takes_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 400, id => TestMail.Digest(id) with { Recipient = $"r{id}@slow.example" });
        var started = TimeProvider.System.GetTimestamp();

        (await Senders.Over(database, Senders.To(relay), new DeliveryOptions { MessagesPerDomainPerSecond = 80 }).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 400 });

        TimeProvider.System.GetElapsedTime(started).ShouldBeInRange(TimeSpan.FromSeconds(4.9), TimeSpan.FromSeconds(20));
        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
    }

    [Fact]
    public async Task A_confirmation_to_a_slow_domain_does_not_wait_behind_its_digests()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1_000, id => TestMail.Digest(id) with { Recipient = $"r{id}@slow.example" });
        using var stop = new CancellationTokenSource();
        var running = Senders.Over(database, Senders.To(relay), new DeliveryOptions { MessagesPerDomainPerSecond = 1 }).RunAsync(stop.Token);
        await Eventually.TrueAsync(() => relay.Received.Count > 0, "the domain's first digest arrives");

        var confirmation = (await TestMail.EnqueueAsync(database, 1, id => TestMail.Confirmation(id) with { Recipient = "new@slow.example" }))[0];
        var before = relay.Received.Count;
        await Eventually.TrueAsync(() => Senders.Counted(relay).ContainsKey(confirmation), "the confirmation arrives");

        relay.Received.Count.ShouldBeLessThanOrEqualTo(before + 6);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Two_senders_share_the_queue_of_a_domain_and_send_each_mail_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 300, id => TestMail.Digest(id) with { Recipient = $"r{id}@slow{TestMail.Number(id) % 3}.example" });
        var options = new DeliveryOptions { MessagesPerDomainPerSecond = 20 };

        var counts = await Task.WhenAll(
            Senders.Over(database, Senders.To(relay), options).DrainAsync(default), Senders.Over(database, Senders.To(relay), options).DrainAsync(default));

        counts.Sum(count => count.Sent).ShouldBe(300);
        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
    }

    [Fact]
    public async Task What_was_queued_for_a_slow_domain_is_sent_by_a_later_sender_without_a_limit_and_expires_like_any_other()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 50, id => TestMail.Digest(id) with { Recipient = $"r{id}@slow.example" });
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id) with { Recipient = "late@slow.example", ExpiresAt = TestMail.Monday });
        await database.ExecuteAsync("update deliveries set in_domain_queue = true", null, default);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 50, Failed = 1 });
    }

    [Fact]
    public async Task A_thousand_slow_domains_each_get_their_mail_without_a_round_for_each()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1_200, id => TestMail.Digest(id) with { Recipient = $"r{id}@slow{TestMail.Number(id) % 600}.example" });
        await database.ExecuteAsync("update deliveries set in_domain_queue = true", null, default);
        var started = TimeProvider.System.GetTimestamp();

        (await Senders.Over(database, Senders.To(relay), new DeliveryOptions { MessagesPerDomainPerSecond = 1 }).DrainAsync(default)).Sent.ShouldBe(1_200);

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    private static int Count(ScriptedSmtpServer relay, string part) =>
        relay.Received.Count(mail => mail.Recipient.Contains(part, StringComparison.Ordinal));
}
