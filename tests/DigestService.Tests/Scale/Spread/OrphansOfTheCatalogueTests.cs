using DigestService.Hosting;
using DigestService.Platform;

namespace DigestService.Tests.Scale.Spread;

/// <summary>
/// Before tables are spread, names and places whose paper or listing is gone are removed, for they get foreign keys again. The statement is
/// the one of <c>migrate --distributed</c>; here it runs where nothing is spread yet, beside an empty table of what is.
/// </summary>
public sealed class OrphansOfTheCatalogueTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string NothingSpread = """create table pg_dist_partition (logicalrelid regclass primary key, partmethod "char" not null)""";

    // Papers 1 and 2 and listings 1 and 2 are there; 8 and 9 never were.
    private const string Catalogue = """
        insert into papers (id, title, original_title, abstract, authors, first_listed_on, created_at, updated_at) overriding system value
        select id, 'A', 'A', 'B', '{C}', current_date, now(), now() from generate_series(1, 2) as p (id);
        insert into listings (id, source, listed_on, imported_at) overriding system value
        select id, 'a source', current_date - id, now() from generate_series(1, 2) as l (id);
        insert into paper_keys (key, paper_id) values ('of 1', 1), ('of 2', 2), ('also of 2', 2), ('of 8', 8), ('of 9', 9);
        insert into listing_entries (listing_id, paper_id) values (1, 1), (1, 2), (2, 1), (2, 2), (1, 9), (9, 1), (9, 8)
        """;

    [Fact]
    public async Task Names_and_places_of_what_is_gone_are_removed_and_all_others_stay()
    {
        var database = await SetAsideAsync();

        (await NamesAsync(database)).ShouldBe(["also of 2", "of 1", "of 2"]);
        (await PlacesAsync(database)).ShouldBe(["1/1", "1/2", "2/1", "2/2"]);
    }

    [Fact]
    public async Task From_then_on_foreign_keys_remove_what_belongs_to_a_paper_or_a_listing_and_refuse_what_belongs_to_none()
    {
        var database = await SetAsideAsync();

        await database.ExecuteAsync("delete from papers where id = 2", null, default);
        await database.ExecuteAsync("delete from listings where id = 2", null, default);

        (await NamesAsync(database)).ShouldBe(["of 1"]);
        (await PlacesAsync(database)).ShouldBe(["1/1"]);
        foreach (var orphan in (string[])["paper_keys (key, paper_id) values ('x', 9)", "listing_entries (listing_id, paper_id) values (1, 9)", "listing_entries (listing_id, paper_id) values (9, 1)"])
        {
            (await Should.ThrowAsync<Npgsql.PostgresException>(() => database.ExecuteAsync($"insert into {orphan}", null, default)))
                .SqlState.ShouldBe(Npgsql.PostgresErrorCodes.ForeignKeyViolation);
        }
    }

    [Fact]
    public async Task A_run_that_is_taken_up_removes_nothing_more()
    {
        var database = await SetAsideAsync();
        var kept = await KeptAsync(database);

        await database.ExecuteAsync(DistributionQueries.SetAside, null, default);

        (await NamesAsync(database)).Count.ShouldBe(3);
        (await PlacesAsync(database)).Count.ShouldBe(4);
        (await KeptAsync(database)).ShouldBe(kept);
        kept.ShouldContain("papers_added");
        kept.ShouldNotContain("papers_removed");
    }

    private async Task<Database> SetAsideAsync()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(NothingSpread, null, default);
        await database.ExecuteAsync(Catalogue, null, default);
        await database.ExecuteAsync(DistributionQueries.SetAside, null, default);
        return database;
    }

    private static Task<IReadOnlyList<string>> NamesAsync(Database database) =>
        database.QueryAsync<string>("select key from paper_keys order by key", null, default);

    private static Task<IReadOnlyList<string>> PlacesAsync(Database database) =>
        database.QueryAsync<string>("select listing_id || '/' || paper_id from listing_entries order by 1", null, default);

    private static Task<IReadOnlyList<string>> KeptAsync(Database database) =>
        database.QueryAsync<string>("select name from set_aside_by_distribution order by relation, name", null, default);
}
