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
        var reserved = await outbox.ReserveIdsAsync(connection, TestMail.SomeBuckets(2), default);
        await AgeAsync(database, days: 9);

        await retention.RunAsync(default);
        await outbox.EnqueueAsync(connection, [TestMail.Digest(reserved[0]), TestMail.Digest(reserved[1])], TestMail.Monday, default);
        await TestMail.EnqueueAsync(database, 1);

        var tables = await database.QueryAsync<string>("select tableoid::regclass::text from deliveries order by id", null, default);
        tables.Take(3).ShouldAllBe(table => table == "deliveries_1");
        tables[3].ShouldNotBe("deliveries_1");
        // Marks find room beside the rows in each partition.
        (await database.QueryAsync<string>(
            "select reloptions::text from pg_class where oid in (select tableoid from deliveries) order by oid", null, default))
            .ShouldBe(["{fillfactor=40,toast_tuple_target=1024}", "{fillfactor=40,toast_tuple_target=1024}"]);
    }

    [Fact]
    public async Task Upkeep_that_dies_between_skipping_ids_and_noting_it_leaves_a_place_for_every_new_mail()
    {
        var database = await postgres.CreateDatabaseAsync();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        await TestMail.EnqueueAsync(database, 1);
        await AgeAsync(database, days: 9);
        await database.ExecuteAsync(
            "create function die() returns trigger language plpgsql as 'begin raise exception ''killed''; end'; create trigger die before insert on delivery_partitions for each row execute function die()", null, default);

        (await Should.ThrowAsync<Npgsql.PostgresException>(retention.RunAsync(default))).MessageText.ShouldBe("killed");

        (await TestMail.EnqueueAsync(database, 1)).Count.ShouldBe(1);
        await database.ExecuteAsync("drop trigger die on delivery_partitions", null, default);
        await retention.RunAsync(default);
        (await TestMail.EnqueueAsync(database, 1)).Count.ShouldBe(1);
        (await database.QueryAsync<string>("select name from delivery_partitions where closed_at is null", null, default)).ShouldHaveSingleItem().ShouldNotBe("deliveries_1");
    }

    [Fact]
    public async Task A_quiet_outbox_keeps_its_open_partition()
    {
        var database = await postgres.CreateDatabaseAsync();
        await AgeAsync(database, days: 400);

        await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);

        (await database.QueryAsync<string>("select name from delivery_partitions", null, default)).ShouldBe(["deliveries_1"]);
    }

    [Fact]
    public async Task Upkeep_closes_a_partition_beside_a_dump_and_drops_none_until_it_has_ended_while_mail_goes_out()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        var sender = Senders.Over(database, Senders.To(relay));
        await TestMail.EnqueueAsync(database, 2);
        await sender.DrainAsync(default);
        await using var dump = await database.OpenAsync(default);
        await using var snapshot = await dump.BeginTransactionAsync();
        await dump.ExecuteAsync("lock table deliveries in access share mode", null, default);

        await AgeAsync(database, days: 9);
        await retention.RunAsync(default);
        var partitions = await database.QueryAsync<string>("select name from delivery_partitions order by opened_at", null, default);
        await AgeAsync(database, days: 40);
        var started = TimeProvider.System.GetTimestamp();
        await retention.RunAsync(default);
        var waited = TimeProvider.System.GetElapsedTime(started);
        await TestMail.EnqueueAsync(database, 1);

        partitions.Count.ShouldBe(2);
        waited.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 3 });
        await snapshot.RollbackAsync();
        await retention.RunAsync(default);
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1 });
    }

    [Fact]
    public async Task A_partition_that_runs_out_of_ids_is_closed_before_its_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await database.ExecuteAsync("select setval('delivery_ids', (select until_id - 20 * 64 from delivery_partitions))", null, default);
        await TestMail.EnqueueAsync(database, 5);

        await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);
        await TestMail.EnqueueAsync(database, 40);

        (await database.QueryAsync<long>("select count(*) from deliveries group by tableoid order by min(id)", null, default)).ShouldBe([20, 26]);
    }

    [Fact]
    public async Task Old_bounces_and_handled_mails_go_and_what_nobody_has_handled_stays()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            insert into bounces (address_hash, permanent, occurred_on, received_at)
            select 'a', true, current_date, now() - make_interval(days => d) from unnest(array[1, 89, 91]) d
            """,
            null,
            default);
        await database.ExecuteAsync(
            """
            insert into inbound_messages (raw, content_hash, source, received_at, handled_at)
            select 'x', d::text::bytea, 'pipe', now() - make_interval(days => d), case when d <> 50 then now() end from unnest(array[1, 29, 31, 50]) d
            """,
            null,
            default);

        await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);

        const string ages = "select extract(day from now() - received_at)::int from ";
        (await database.QueryAsync<int>(ages + "bounces order by 1", null, default)).ShouldBe([1, 89]);
        (await database.QueryAsync<int>(ages + "inbound_messages order by 1", null, default)).ShouldBe([1, 29, 50]);
    }

    internal static Task AgeAsync(Database database, int days) => database.ExecuteAsync(
        """
        update delivery_partitions
        set opened_at = opened_at - make_interval(days => @days), closed_at = closed_at - make_interval(days => @days)
        """,
        new { days },
        default);
}
