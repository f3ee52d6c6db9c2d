using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Scale.Spread;

/// <summary>What is guaranteed of the outbox, where it is spread over several servers.</summary>
[Collection(CitusFixture.OneAfterTheOther)]
public sealed class CitusOutboxTests(CitusFixture citus) : IClassFixture<CitusFixture>
{
    private static readonly DeliveryOptions Options = new();

    [Fact]
    public async Task Mails_of_all_buckets_go_out_once_those_that_somebody_waits_for_first_and_none_while_sending_is_held()
    {
        var database = await EmptyAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var digests = await TestMail.EnqueueAsync(database, 130);
        var confirmations = await TestMail.EnqueueAsync(database, 5, TestMail.Confirmation);
        var claims = ClaimsOf(database);

        await Senders.Hold(database).HoldAsync("a test", default);
        (await claims.ClaimAsync(50, 50)).ShouldBeEmpty();
        await Senders.Hold(database).ReleaseAsync(default);
        var first = await claims.ClaimAsync(50, 8);
        var overtakers = first.Where(mail => mail.Mail.Priority == 0).ToList();
        await claims.ReleaseAsync(first, default);
        var sent = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        overtakers.Select(mail => mail.Mail.Id).ShouldBe(confirmations, ignoreOrder: true);
        first.Count.ShouldBe(13);
        sent.ShouldBe(new SendCounts { Sent = 135 });
        Senders.Counted(relay).ShouldBe(digests.Concat(confirmations).ToDictionary(id => id, _ => 1), ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_worker_that_falls_silent_others_take_over_what_it_had_and_its_late_words_find_no_row()
    {
        var database = await EmptyAsync();
        await TestMail.EnqueueAsync(database, 12);
        var (silent, other) = (ClaimsOf(database), ClaimsOf(database));
        var had = await silent.ClaimAsync(12, 12);
        await using var connection = new OutcomeConnection(database, Senders.Hold(database), Options, new TestClock(TestMail.Monday));
        var (_, marked) = await connection.CommitAsync([], [.. had.Take(4).Select(mail => new Mark(mail.Mail, "relay:25"))], default);

        (await other.TakeOverLapsedAsync(default)).ShouldBeEmpty();
        await database.ExecuteAsync("update deliveries set lease_until = now() - interval '1 second' where state in ('claimed', 'sending')", null, default);
        await silent.RenewAsync(had, default);
        var (_, again) = await connection.CommitAsync([], [.. had.Skip(4).Select(mail => new Mark(mail.Mail, "relay:25"))], default);
        var taken = await other.TakeOverLapsedAsync(default);
        var now = await other.ClaimAsync(12, 12);

        marked.Values.ShouldBe(Enumerable.Repeat("sending", 4));
        had.ShouldAllBe(mail => !mail.IsHeld);
        again.ShouldBeEmpty();
        taken.Order(StringComparer.Ordinal).ShouldBe([.. Enumerable.Repeat("claimed", 8), .. Enumerable.Repeat("sending", 4)]);
        now.Count.ShouldBe(12);
        now.Count(mail => mail.Mail.Doubts == 1).ShouldBe(4);
        (await connection.CommitAsync([new Verdict { Mail = had[0].Mail, State = "sent", Reply = "250 ok" }], [], default)).Known.ShouldBeEmpty();
    }

    // A worker's clock may be off; only what is due is measured by it.
    [Fact]
    public async Task Leases_are_measured_by_the_coordinators_clock()
    {
        var database = await EmptyAsync();
        await TestMail.EnqueueAsync(database, 3, id => TestMail.Digest(id) with { ExpiresAt = null });
        var ahead = new Claims(database, new LoadedFragments(database), Options, new TestClock(TestMail.Monday + Duration.FromDays(10_000)));

        var claimed = await ahead.ClaimAsync(3, 3);
        var afterClaim = await WellHeldAsync(database);
        await ahead.RenewAsync(claimed, default);
        var afterRenewal = await WellHeldAsync(database);
        await using var connection = new OutcomeConnection(database, Senders.Hold(database), Options, new TestClock(TestMail.Monday + Duration.FromDays(10_000)));
        await connection.CommitAsync([], [.. claimed.Select(mail => new Mark(mail.Mail, "relay:25"))], default);

        claimed.ShouldAllBe(mail => mail.IsHeld);
        (afterClaim, afterRenewal, await WellHeldAsync(database)).ShouldBe((3, 3, 3));
    }

    private static Task<long> WellHeldAsync(Database database) => database.QuerySingleOrDefaultAsync<long>(
        "select count(*) from deliveries where lease_until between now() + interval '10 seconds' and now() + interval '30 seconds'", null, default);

    [Fact]
    public async Task Nothing_begins_to_be_sent_once_an_unsubscription_has_committed()
    {
        var database = await EmptyAsync();
        var readers = Enumerable.Range(0, 200).Select(n => (long)(100_000 + n)).ToArray();
        await database.ExecuteAsync(
            """
            insert into subscribers (bucket, id, address, address_key, state, next_due_at, next_due_on, created_at)
            select id & 63, id, id || '@mail.example', id || '@mail.example', 'active', '2026-03-03 07:00Z', '2026-03-03', '2026-03-01Z'
            from unnest(@readers) as r (id)
            """,
            new { readers },
            default);
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, readers.Length, id => TestMail.Digest(id, $"{ReaderOf(id)}@mail.example", ReaderOf(id)));
        var left = new Dictionary<long, string>();
        long ReaderOf(long mail) => readers[TestMail.Number(mail) % readers.Length];

        var sending = Senders.Over(database, Senders.To(relay)).DrainAsync(default);
        foreach (var reader in readers.OrderByDescending(reader => reader & 63).Where(reader => reader % 3 == 0))
        {
            await database.ExecuteAsync(
                "update subscribers set state = 'unsubscribed', next_due_at = null, next_due_on = null, ended_at = now() where bucket = @reader & 63 and id = @reader", new { reader }, default);
            left[reader] = await database.QuerySingleOrDefaultAsync<string>("select state from deliveries where subscriber_id = @reader", new { reader }, default) ?? "";
        }

        await sending;
        var ends = (await database.QueryAsync<(long Reader, string State)>("select subscriber_id, state from deliveries", null, default)).ToDictionary(row => row.Reader, row => row.State);
        left.Where(pair => pair.Value is "queued" or "claimed").Select(pair => ends[pair.Key]).ShouldAllBe(state => state == "suppressed");
        ends.Where(pair => !left.ContainsKey(pair.Key)).ShouldAllBe(pair => pair.Value == "sent");
    }

    [Fact]
    public async Task The_operators_orders_reach_the_oldest_mails_first_and_late_ones_end()
    {
        var database = await EmptyAsync();
        var ids = await TestMail.EnqueueAsync(database, 100);
        await database.ExecuteAsync("update deliveries set state = 'failed', next_attempt_at = null, finished_at = now()", null, default);
        var clock = new TestClock(TestMail.Monday);

        (await new OutboxRetry(database, clock).RunAsync(RetryOf.Failed, null, 30, default)).ShouldHaveSingleItem().Count.ShouldBe(30);
        var retried = await database.QueryAsync<long>("select id from deliveries where state = 'queued' order by id", null, default);
        await database.ExecuteAsync("update deliveries set expires_at = @now - interval '1 hour' where state = 'queued'", new { now = TestMail.Monday }, default);

        retried.ShouldBe(ids.Take(30));
        (await new Outbox(new LinkSigner(new byte[32])).ExpireLateAsync(database, TestMail.Monday, default)).ShouldBe((30, 0));
    }

    [Fact]
    public async Task Digests_to_a_slow_domain_step_out_of_the_way_and_are_claimed_as_it_takes_them()
    {
        var database = await EmptyAsync();
        await TestMail.EnqueueAsync(database, 128, id => TestMail.Digest(id) with { Recipient = TestMail.Number(id) % 2 == 0 ? $"r{id}@slow.example" : $"r{id}@fast.example" });
        await database.ExecuteAsync("update deliveries set priority = 11", null, default);
        var claims = ClaimsOf(database);

        var moved = await claims.QueueByDomainAsync(["slow.example"], 1_000, default);
        var domains = await claims.QueuedDomainsAsync("", 10, default);
        var slow = await claims.ClaimOfDomainsAsync(["slow.example"], [9], default);
        var others = await claims.ClaimAsync(200, 200);

        moved.ShouldBe(64);
        domains.ShouldBe(["slow.example"]);
        slow.Count.ShouldBe(9);
        others.Count.ShouldBe(64);
        others.ShouldAllBe(mail => mail.Mail.RecipientDomain == "fast.example");
    }

    [Fact]
    public async Task Old_finished_deliveries_go_with_their_partition_and_mails_that_are_written_next_find_the_next()
    {
        var database = await EmptyAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions { KeepDays = 30 }, NullLogger<Retention>.Instance);
        var sender = Senders.Over(database, Senders.To(relay));
        await TestMail.EnqueueAsync(database, 70);
        await sender.DrainAsync(default);

        await RetentionTests.AgeAsync(database, days: 5);
        await retention.RunAsync(default);
        await TestMail.EnqueueAsync(database, 2);
        await RetentionTests.AgeAsync(database, days: 40);
        await retention.RunAsync(default);

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["queued"] = 2 });
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2 });
        var partitions = await database.QueryAsync<(string Name, int Shards, string Compression)>(
            """
            select p.logicalrelid::text, count(*)::int, min(a.attcompression::text)
            from pg_dist_shard p
            join pg_inherits i on i.inhrelid = p.logicalrelid and i.inhparent = 'deliveries'::regclass
            join pg_attribute a on a.attrelid = p.logicalrelid and a.attname = 'message'
            group by 1
            """,
            null,
            default);
        var compression = await database.QuerySingleOrDefaultAsync<string>(
            "select case when 'lz4' = any (enumvals) then 'l' else '' end from pg_settings where name = 'default_toast_compression'", null, default);
        partitions.Count.ShouldBe(2);
        partitions.ShouldAllBe(partition => partition.Name != "deliveries_1" && partition.Shards == 64 && partition.Compression == compression);
    }

    private static Claims ClaimsOf(Database database) => new(database, new LoadedFragments(database), Options, new TestClock(TestMail.Monday));

    private async Task<Database> EmptyAsync()
    {
        var database = await citus.DatabaseAsync();
        await database.ExecuteAsync("delete from deliveries; delete from subscribers", null, default);
        return database;
    }
}
