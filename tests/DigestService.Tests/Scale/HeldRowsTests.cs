using System.Text.RegularExpressions;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Scale;

/// <summary>
/// What readers wish for and what papers match refer to queries, topics and papers without a foreign key: whoever writes such a row
/// holds what it names, and whoever removes that holds it first and looks again (<c>migrations/0130_held_rows.sql</c>).
/// </summary>
public sealed class HeldRowsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Orphans = """
        select (select count(*) from preferences where query_id not in (select id from queries))
             + (select count(*) from preferences where topic_id not in (select id from topics))
             + (select count(*) from topic_matches where query_id not in (select id from queries))
             + (select count(*) from topic_matches where paper_id not in (select id from papers))
        """;

    /// <summary>The statements that remove queries, topics and papers: each is asked for rows that its transaction holds.</summary>
    private static readonly string[] Removing = ["hidden_papers.take_out", "papers.move_merged", "topics.remove_queries"];

    /// <summary>The statements that give somebody a query, or a query a paper.</summary>
    private static readonly string[] Naming = ["lists.copy_wishes", "papers.move_merged", "preferences.replace", "topics.merge_matches", "topics.move_readers"];

    [Fact]
    public void No_other_statement_removes_what_is_referred_to_without_a_foreign_key() =>
        Named(@"\b(delete from|truncate)( table)? (queries|topics|papers)\b").ShouldBe(Removing);

    [Fact]
    public void No_other_statement_refers_to_a_query_or_a_paper_without_a_foreign_key() =>
        Named(@"insert into (preferences|topic_matches)\b|update preferences\b").ShouldBe(Naming);

    [Fact]
    public async Task A_query_that_somebody_is_being_given_stays_although_the_last_reader_who_had_it_is_erased()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddOwnQueryAsync(await bed.AddReaderAsync("first@mail.example"), "shared words");
        var second = await bed.AddReaderAsync("second@mail.example");
        Task erasing = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                await bed.Service<SubscriberRows>().ReplaceWishesAsync(connection, [new ReaderWishes(second, Wishing("shared words"))], default);
                erasing = EraseAsync(bed, "first@mail.example");
                await bed.Database.EndsOrWaitsAsync(erasing);
            },
            default);
        await erasing;

        (await OwnQueriesAsync(bed)).ShouldBe(["shared words"]);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task A_query_that_goes_with_its_last_reader_is_made_anew_for_somebody_who_comes_meanwhile()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddOwnQueryAsync(await bed.AddReaderAsync("first@mail.example"), "shared words");
        var second = await bed.AddReaderAsync("second@mail.example");
        Task giving = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                await bed.Service<Erasure>().EraseAsync(connection, Address("first@mail.example"), default);
                giving = bed.Database.InTransactionAsync(
                    other => bed.Service<SubscriberRows>().ReplaceWishesAsync(other, [new ReaderWishes(second, Wishing("shared words"))], default), default);
                await bed.Database.EndsOrWaitsAsync(giving);
            },
            default);
        await giving;

        (await OwnQueriesAsync(bed)).ShouldBe(["shared words"]);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_who_goes_on_alone_keeps_a_query_whose_last_other_reader_is_erased_meanwhile()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var leader = await bed.AddReaderAsync("leader@mail.example");
        var member = await bed.AddReaderAsync("member@mail.example");
        await bed.AddOwnQueryAsync(leader, "shared words");
        Task erasing = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(SubscriberListQueries.CopyWishes, new { id = member, leader }, default);
                erasing = EraseAsync(bed, "leader@mail.example");
                await bed.Database.EndsOrWaitsAsync(erasing);
            },
            default);
        await erasing;

        (await OwnQueriesAsync(bed)).ShouldBe(["shared words"]);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task Who_leads_a_list_on_keeps_a_query_whose_last_other_reader_is_erased_meanwhile()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var leader = await bed.AddReaderAsync("leader@mail.example");
        var member = await bed.AddReaderAsync("member@mail.example");
        await bed.AddOwnQueryAsync(leader, "shared words");
        Task erasing = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                var list = await SubscriberLists.CreateAsync(connection, "Reading group", leader, DigestTestBed.Hour, default);
                await connection.ExecuteAsync("select hand_list_on(@list, @leader, @member)", new { list, leader, member }, default);
                erasing = EraseAsync(bed, "leader@mail.example");
                await bed.Database.EndsOrWaitsAsync(erasing);
            },
            default);
        await erasing;

        (await OwnQueriesAsync(bed)).ShouldBe(["shared words"]);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task Matches_of_a_paper_that_is_hidden_while_they_are_written_go_with_it()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var (paper, query) = (await bed.AddPaperAsync("Pruning"), await QueryAsync(bed, "pruning"));
        Task hiding = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                var batch = Matching(query, paper);
                await batch.HoldAsync(connection, [], [], default);
                hiding = bed.Service<HiddenPapers>().HideAsync(paper, null, default);
                await bed.Database.EndsOrWaitsAsync(hiding);
                await batch.InsertAsync(connection, default);
            },
            default);
        await hiding;

        (await CountAsync(bed, "select count(*)::int from papers")).ShouldBe(0);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_is_written_of_a_paper_or_a_query_that_is_gone_when_matches_are_to_be_written()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var (gone, paper, query) = (await bed.AddPaperAsync("Pruning trees"), await bed.AddPaperAsync("Pruning"), await QueryAsync(bed, "pruning"));
        var batch = Matching(query, gone);
        batch.Add(query, paper, DigestTestBed.Today, new QueryMatch(0.5, ["pruning"]));
        batch.Add(query + 1_000, paper, DigestTestBed.Today, new QueryMatch(0.5, ["pruning"]));
        await bed.Service<HiddenPapers>().HideAsync(gone, null, default);

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                await batch.HoldAsync(connection, [], [], default);
                await batch.InsertAsync(connection, default);
            },
            default);

        (await CountAsync(bed, "select count(*)::int from topic_matches")).ShouldBe(1);
        (await OrphansAsync(bed)).ShouldBe(0);
    }

    [Fact]
    public async Task A_query_goes_with_its_matches()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var paper = await bed.AddPaperAsync("Pruning");
        await bed.AddOwnQueryAsync(await bed.AddReaderAsync("ada@mail.example"), "private words");
        var query = await QueryAsync(bed, "private words");
        await bed.Database.ExecuteAsync("insert into topic_matches (query_id, paper_id, relevance) values (@query, @paper, 1)", new { query, paper }, default);

        await EraseAsync(bed, "ada@mail.example");

        (await CountAsync(bed, "select count(*)::int from topic_matches")).ShouldBe(0);
    }

    private static IEnumerable<string> Named(string pattern) => NamedStatements.All
        .Where(statement => Regex.IsMatch(statement.Sql, pattern))
        .Select(statement => statement.Name)
        .Order(StringComparer.Ordinal);

    private static MatchBatch Matching(long query, long paper)
    {
        var batch = new MatchBatch();
        batch.Add(query, paper, DigestTestBed.Today, new QueryMatch(0.5, ["pruning"]));
        return batch;
    }

    private static WishLists Wishing(string query) => new SettingsParser([], new DigestOptions()).Read(new SettingsForm { Queries = [query] }).Change.Wishes!; // it names one

    private static Task EraseAsync(DigestTestBed bed, string address) => bed.Service<Erasure>().EraseAsync(Address(address), default);

    private static EmailAddress Address(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }

    private static Task<long> QueryAsync(DigestTestBed bed, string canonical) =>
        bed.Database.QuerySingleOrDefaultAsync<long>("select id from queries where canonical = @canonical", new { canonical }, default);

    private static Task<IReadOnlyList<string>> OwnQueriesAsync(DigestTestBed bed) => bed.Database.QueryAsync<string>(
        "select canonical from queries q where not exists (select from topics t where t.query_id = q.id)", null, default);

    private static Task<int> CountAsync(DigestTestBed bed, string sql) => bed.Database.QuerySingleOrDefaultAsync<int>(sql, null, default);

    private static Task<long> OrphansAsync(DigestTestBed bed) => bed.Database.QuerySingleOrDefaultAsync<long>(Orphans, null, default);
}
