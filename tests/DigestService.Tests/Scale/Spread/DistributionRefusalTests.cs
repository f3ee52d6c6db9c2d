using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;

namespace DigestService.Tests.Scale.Spread;

/// <summary><c>migrate --distributed</c> where there is no cluster.</summary>
public sealed class DistributionRefusalTests(PostgresFixture postgres, AppFixture apps) : IClassFixture<PostgresFixture>, IClassFixture<AppFixture>
{
    // What such a run leaves behind, and the table by which the extension is known.
    private const string BreakOff = """
        create table pg_dist_partition (logicalrelid regclass primary key, partmethod "char" not null);
        insert into pg_dist_partition values ('subscribers', 'h');
        create table set_aside_by_distribution (relation text not null, name text not null, definition text not null, is_trigger boolean not null);
        delete from schema_migrations where version = (select max(version) from schema_migrations)
        """;

    [Fact]
    public async Task While_tables_are_spread_in_part_no_start_and_no_plain_migrate_touches_them()
    {
        var configuration = await apps.CreateConfigurationAsync();
        await using var database = Database.Connect(configuration["ConnectionStrings:Digest"]!); // CreateConfigurationAsync sets it
        await database.ExecuteAsync(BreakOff, null, default);
        var before = await database.QuerySingleOrDefaultAsync<int>("select max(version) from schema_migrations", null, default);

        var refusal = await Should.ThrowAsync<OperatorException>(() => App.StartAsync(configuration, new TestClock(), default));
        var plain = await WorkerProcess.RunAsync(database, "migrate");

        refusal.Message.ShouldBe("The tables are spread over several servers in part: 'digest migrate --distributed' goes on where it was broken off.");
        plain.Code.ShouldNotBe(0);
        plain.Errors.ShouldContain("'digest migrate --distributed' goes on where it was broken off");
        (await database.QuerySingleOrDefaultAsync<int>("select max(version) from schema_migrations", null, default)).ShouldBe(before);
    }

    [Fact]
    public async Task A_database_without_citus_is_left_as_it_is_with_a_sentence()
    {
        var database = await postgres.CreateDatabaseAsync();

        (await Should.ThrowAsync<OperatorException>(() => Distribution.RunAsync(database, _ => { }, default)))
            .Message.ShouldStartWith("This database lacks the extension citus.");

        await database.LookForDistributionAsync(default);
        (database.IsDistributed, database.IsHalfDistributed).ShouldBe((false, false));
    }
}
