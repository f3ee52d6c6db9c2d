using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Delivery;

public sealed class RetentionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Old_finished_deliveries_go_with_their_partition_and_unfinished_ones_stay()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions { KeepDays = 30 }, NullLogger<Retention>.Instance);
        var sender = Senders.Over(database, Senders.To(relay));
        await TestMail.EnqueueAsync(database, 3);
        await sender.DrainAsync(default);
        await AgeAsync(database, days: 5);
        await retention.RunAsync(default);
        await TestMail.EnqueueAsync(database, 2);
        await AgeAsync(database, days: 5);
        await retention.RunAsync(default);

        await AgeAsync(database, days: 40);
        await retention.RunAsync(default);

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["queued"] = 2 });
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2 });
        await retention.RunAsync(default);
        (await Senders.StatesAsync(database)).ShouldBeEmpty();
        (await TestMail.EnqueueAsync(database, 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ids_reserved_before_a_partition_closes_find_it_afterwards()
    {
        var database = await postgres.CreateDatabaseAsync();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        var outbox = new Outbox(new LinkSigner(new byte[32]));
        await TestMail.EnqueueAsync(database, 1);
        await using var connection = await database.OpenAsync(default);
        var reserved = await outbox.ReserveIdsAsync(connection, 2, default);
        await AgeAsync(database, days: 9);

        await retention.RunAsync(default);
        await outbox.EnqueueAsync(connection, [TestMail.Digest(reserved[0]), TestMail.Digest(reserved[1])], TestMail.Monday, default);
        await TestMail.EnqueueAsync(database, 1);

        var tables = await database.QueryAsync<string>("select tableoid::regclass::text from deliveries order by id", null, default);
        tables.Take(3).ShouldAllBe(table => table == "deliveries_1");
        tables[3].ShouldNotBe("deliveries_1");
    }

    [Fact]
    public async Task A_quiet_outbox_keeps_its_open_partition()
    {
        var database = await postgres.CreateDatabaseAsync();
        await AgeAsync(database, days: 400);

        await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);

        (await database.QueryAsync<string>("select name from delivery_partitions", null, default)).ShouldBe(["deliveries_1"]);
    }

    private static Task AgeAsync(Database database, int days) => database.ExecuteAsync(
        """
        update delivery_partitions
        set opened_at = opened_at - make_interval(days => @days), closed_at = closed_at - make_interval(days => @days)
        """,
        new { days },
        default);
}
