using System.Text.RegularExpressions;
using DigestService.Papers;
using DigestService.Tests.Scale;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
using Npgsql;

namespace DigestService.Tests.Papers;

/// <summary>
/// Names of papers and places in listings refer to papers and listings without a foreign key: whoever writes them holds what they
/// name, and what is removed takes them with it (<c>migrations/0155_rows_of_the_catalogue_held.sql</c>).
/// </summary>
public sealed class HeldCatalogueTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Line = """{"title": "Cranes", "abstract": "They build.", "id": "2603.00001", "authors": ["Ada Lovelace"], "listed_on": "2026-03-02"}""";

    private const string Orphans = """
        select ((select count(*) from paper_keys where paper_id not in (select id from papers))
            + (select count(*) from listing_entries where paper_id not in (select id from papers))
            + (select count(*) from listing_entries where listing_id not in (select id from listings)))::integer
        """;

    /// <summary>The statements that name a paper or a listing in these tables; COPY does so in <see cref="CatalogueWriter"/> and <see cref="PlaceWriter"/>.</summary>
    private static readonly string[] Naming = ["hidden_papers.put_back", "listing_entries.upsert", "papers.move_merged"];

    [Fact]
    public void No_other_statement_refers_to_a_paper_or_a_listing_without_a_foreign_key() =>
        NamedStatements.All
            .Where(statement => Regex.IsMatch(statement.Sql, @"insert into (paper_keys|listing_entries)\b|update (paper_keys|listing_entries)\b"))
            .Select(statement => statement.Name)
            .Order(StringComparer.Ordinal)
            .ShouldBe(Naming);

    [Theory]
    [InlineData("delete from papers")]
    [InlineData("delete from listings")]
    [InlineData("truncate papers cascade")]
    [InlineData("truncate listings")]
    public async Task What_is_removed_by_hand_takes_its_names_and_places_and_comes_back_with_the_next_import(string removal)
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);

        await bed.App.Database.ExecuteAsync(removal, null, default);

        (await bed.OneAsync<int>("select count(*)::integer from listing_entries")).ShouldBe(0);
        (await bed.OneAsync<int>(Orphans)).ShouldBe(0);
        await bed.ImportLinesAsync(Line);
        (await bed.OneAsync<string>("select string_agg(key, ' ' order by key) from paper_keys join papers on id = paper_id")).ShouldBe("arxiv:2603.00001 title:cranes|lovelace");
        (await bed.OneAsync<int>("select count(*)::integer from listing_entries e join papers on id = paper_id join listings l on l.id = listing_id")).ShouldBe(1);
    }

    [Fact]
    public async Task A_name_that_was_left_behind_without_its_paper_is_given_to_the_paper_that_comes()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);
        await bed.App.Database.ExecuteAsync("alter table papers disable trigger papers_removed; delete from papers; alter table papers enable trigger papers_removed", null, default);
        (await bed.OneAsync<int>("select count(*)::integer from paper_keys")).ShouldBe(2);

        (await bed.ImportLinesAsync(Line)).Added.ShouldBe(1);

        (await bed.OneAsync<int>("select count(*)::integer from paper_keys join papers on id = paper_id")).ShouldBe(2);
    }

    [Fact]
    public async Task Nobody_but_the_owner_may_call_what_runs_with_the_owners_rights()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);

        (await bed.OneAsync<string>(
            """
            select coalesce(string_agg(p.proname, ' '), '')
            from pg_proc p
            where p.prosecdef
              and p.pronamespace = current_schema()::regnamespace
              and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
            """)).ShouldBe("");
    }

    [Fact]
    public async Task A_paper_that_is_removed_by_hand_while_an_import_names_it_is_made_anew()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);
        var before = await bed.OneAsync<long>("select id from papers");
        await using var byHand = await bed.App.Database.OpenAsync(default);
        await using var removal = await byHand.BeginTransactionAsync();
        await RunAsync(byHand, "delete from papers");

        var importing = bed.ImportLinesAsync(Line.Replace("2026-03-02", "2026-03-03", StringComparison.Ordinal));
        await bed.App.Database.EndsOrWaitsAsync(importing);
        await removal.CommitAsync();

        (await importing).Added.ShouldBe(1);
        (await bed.OneAsync<long>("select id from papers")).ShouldBeGreaterThan(before);
        (await bed.OneAsync<int>("select count(*)::integer from paper_keys")).ShouldBe(2);
        (await bed.OneAsync<int>(Orphans)).ShouldBe(0);
    }

    [Fact]
    public async Task A_listing_that_is_removed_by_hand_while_an_import_adds_to_it_is_made_anew()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);
        await using var byHand = await bed.App.Database.OpenAsync(default);
        await using var removal = await byHand.BeginTransactionAsync();
        await RunAsync(byHand, "delete from listings");

        var importing = bed.ImportLinesAsync(Line.Replace("2603.00001", "2603.00002", StringComparison.Ordinal).Replace("Cranes", "Storks", StringComparison.Ordinal));
        await bed.App.Database.EndsOrWaitsAsync(importing);
        await removal.CommitAsync();

        (await importing).Added.ShouldBe(1);
        (await bed.OneAsync<int>("select count(*)::integer from listing_entries e join listings l on l.id = listing_id")).ShouldBe(1);
        (await bed.OneAsync<int>(Orphans)).ShouldBe(0);
    }

    [Theory]
    [InlineData("delete from papers where title = 'Cranes'", 1)]
    [InlineData("delete from listings", 0)]
    public async Task What_is_removed_by_hand_waits_for_an_import_and_takes_what_it_has_written(string removal, int placesLeft)
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);
        var (renamed, added) = (Draft(bed, "Cranes of the north", "2603.00001"), Draft(bed, "Herons", "2603.00003"));
        await using var writer = new CatalogueWriter(bed.App.Database, bed.App.Clock);
        await writer.WriteAsync([renamed, added], default);

        var removing = bed.App.Database.ExecuteAsync(removal, null, default);
        await bed.App.Database.EndsOrWaitsAsync(removing);
        await writer.CommitAsync(default);
        await removing;

        (await bed.OneAsync<int>("select count(*)::integer from listing_entries")).ShouldBe(placesLeft);
        (await bed.OneAsync<int>(Orphans)).ShouldBe(0);
    }

    [Fact]
    public async Task A_transaction_that_sees_the_past_removes_no_papers()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportLinesAsync(Line);
        await using var byHand = await bed.App.Database.OpenAsync(default);
        await using var removal = await byHand.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);

        (await Should.ThrowAsync<PostgresException>(() => RunAsync(byHand, "delete from papers"))).MessageText.ShouldContain("read committed");
    }

    [Fact]
    public async Task What_is_imported_again_writes_nothing()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        const string voted = """{"title": "Storks", "id": "2603.00002", "listed_on": "2026-03-02", "upvotes": 7}""";
        await bed.ImportLinesAsync(Line, voted);
        var before = await MarksAsync(bed);

        (await bed.ImportLinesAsync(Line, voted)).Duplicates.ShouldBe(2);

        (await MarksAsync(bed)).ShouldBe(before);
    }

    // What has changed the catalogue, and which transactions wrote or locked its rows.
    private static Task<string?> MarksAsync(CatalogueTestBed bed) => bed.OneAsync<string>(
        """
        select concat_ws(' ', (select count(*) from candidate_changes), (select string_agg(concat(xmin, xmax), ' ' order by id) from papers),
            (select string_agg(concat(xmin, xmax), ' ' order by paper_id) from listing_entries), (select string_agg(concat(xmin, xmax), ' ' order by paper_id) from votes))
        """);

    private static PaperDraft Draft(CatalogueTestBed bed, string title, string arxiv) => new()
    {
        Source = SourceAuthority.JsonLines,
        Title = title,
        ArxivId = ArxivId.TryParse(arxiv, out var id) ? id : null,
        Authors = ["Ada Lovelace"],
        ListedOn = CatalogueTestBed.Day("2026-03-02"),
        Position = 2,
        IsRanked = true,
        ObservedAt = bed.App.Clock.Now,
    };

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
