using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Scale.Spread;

/// <summary><c>migrate --distributed</c> on a Citus cluster.</summary>
[Collection(CitusFixture.OneAfterTheOther)]
public sealed class CitusDistributionTests(CitusFixture citus) : IClassFixture<CitusFixture>
{
    [Fact]
    public async Task A_run_that_was_broken_off_is_taken_up_and_a_further_one_finds_nothing_to_do()
    {
        var database = await citus.CreateEmptyAsync();
        await Migrator.MigrateAsync(database, default);
        await database.ExecuteAsync("insert into subscribers (bucket, id, address, address_key, state, created_at) values (7, 71, 'a@mail.example', 'a@mail.example', 'pending', now())", null, default);
        using (var broken = new CancellationTokenSource())
            await Should.ThrowAsync<OperationCanceledException>(() => Distribution.RunAsync(
                database, line => { if (line.Contains(": preferences", StringComparison.Ordinal)) broken.Cancel(); }, broken.Token));
        await database.LookForDistributionAsync(default);
        database.IsHalfDistributed.ShouldBeTrue();
        (await Should.ThrowAsync<OperatorException>(() => StartAsync(database))).Message.ShouldContain("'digest migrate --distributed' goes on");

        var lines = new List<string>();
        var verb = await WorkerProcess.RunAsync(database, "migrate --distributed");
        verb.ShouldSucceed();
        lines.AddRange(verb.Errors.Split('\n'));

        (await Distribution.RunAsync(database, lines.Add, default)).ShouldBe(0);

        (database.IsDistributed, database.IsHalfDistributed).ShouldBe((true, false));
        lines[0].ShouldStartWith("1 of ");
        (await database.QuerySingleOrDefaultAsync<string>("select address from subscribers where bucket = 7 and id = 71", null, default)).ShouldBe("a@mail.example");
        (await database.QueryAsync<string>(
            "select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'subscribers'::regclass order by 1", null, default))
            .ShouldBe(["address_changes", "digests", "earlier_papers", "feedback", "hidden_feedback", "preferences"]);
    }

    private static async Task StartAsync(Database database)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["ConnectionStrings:Digest"] = database.Source.ConnectionString })
            .Build();
        await using var app = await App.StartAsync(configuration, new TestClock(), default);
    }

    [Fact]
    public async Task What_changes_the_catalogue_is_noticed_as_on_one_server()
    {
        var database = await citus.DatabaseAsync();

        var query = await database.QuerySingleOrDefaultAsync<long>("insert into queries (canonical, created_at) values ('a query', now()) returning id", null, default);
        var before = await CatalogueChanges.ReadAsync(database, default);
        var paper = await database.QuerySingleOrDefaultAsync<long>(
            "insert into papers (title, original_title, abstract, authors, first_listed_on, created_at, updated_at) values ('A', 'A', 'B', '{C}', current_date, now(), now()) returning id", null, default);
        var added = await CatalogueChanges.ReadAsync(database, default);
        await database.ExecuteAsync("insert into votes (paper_id, observed_at, upvotes) values (@paper, now(), 3)", new { paper }, default);
        var voted = await CatalogueChanges.ReadAsync(database, default);
        await database.ExecuteAsync("insert into topic_matches (query_id, paper_id, relevance) values (@query, @paper, 1)", new { query, paper }, default);
        var matched = await CatalogueChanges.ReadAsync(database, default);
        await database.ExecuteAsync("update papers set title = 'D' where id = @paper", new { paper }, default);
        var waiting = await database.QuerySingleOrDefaultAsync<long>("select count(*) from unindexed_papers where paper_id = @paper", new { paper }, default);

        added.ShouldNotBe(before);
        voted.ShouldNotBe(added);
        matched.ShouldNotBe(voted);
        waiting.ShouldBe(2);
    }

    [Fact]
    public async Task A_cluster_whose_nodes_are_not_known_and_a_database_with_lists_are_refused()
    {
        var alone = await citus.CreateEmptyAsync(knowsNodes: false);
        await Migrator.MigrateAsync(alone, default);

        (await Should.ThrowAsync<OperatorException>(() => Distribution.RunAsync(alone, _ => { }, default)))
            .Message.ShouldContain("citus_set_coordinator_host");

        var known = await citus.CreateEmptyAsync();
        await Migrator.MigrateAsync(known, default);
        await known.ExecuteAsync("insert into lists (name, leader_id, created_at) values ('a list', 71, now())", null, default);
        (await Should.ThrowAsync<OperatorException>(() => Distribution.RunAsync(known, _ => { }, default))).Message.ShouldContain("Lists of several addresses");
    }
}
