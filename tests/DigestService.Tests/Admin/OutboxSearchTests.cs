using System.Text.Json.Nodes;
using DigestService.Admin;
using DigestService.Platform;
using DigestService.Tests.Scale;
using NodaTime;

namespace DigestService.Tests.Admin;

/// <summary>What the operator finds in an outbox of many mails.</summary>
public sealed class OutboxSearchTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly LocalDate Day = new(2026, 3, 4);

    // One mail in each state a mail can be in, among many that were sent; id, state, and the stage that follows from it.
    private const string Fill = """
        insert into deliveries (bucket, id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash,
            state, owner, lease_until, next_attempt_at, reply, created_at)
        select n & 63, n, 'digest', 's@mail.example', n || '@many.example', '\x00'::bytea, case when n % 5000 = 0 then 'few.example' else 'many.example' end,
               '<' || n || '>', '\x00'::bytea, '\x00'::bytea, 'sent', null, null::timestamptz, null::timestamptz, case when n % 5000 = 1 then '250 Greylisted no more' else '250 ok' end,
               timestamptz '2026-03-02' + n * interval '1 second'
        from generate_series(1, @mails) n
        union all
        select n & 63, n, 'digest', 's@mail.example', n || '@odd.example', '\x00', 'odd.example', '<' || n || '>', '\x00', '\x00', state,
               case when state in ('claimed', 'sending') then 'worker' end, case when state in ('claimed', 'sending') then timestamptz '2026-03-04' end,
               at::timestamptz, null, timestamptz '2026-03-04 06:00Z'
        from (values (100001, 'queued', '2026-03-04'), (100002, 'deferred', '2026-03-05'), (100003, 'claimed', '2026-03-04'),
                     (100004, 'sending', '2026-03-04'), (100005, 'failed', null), (100006, 'unknown', '2026-03-04'), (100007, 'unknown', null),
                     (100008, 'suppressed', null), (100009, 'queued', 'infinity'), (100010, 'unknown', 'infinity')) as odd (n, state, at)
        """;

    [Theory]
    [InlineData("queued", 100009L, 100001L)]
    [InlineData("held", 100010L, 100009L)]
    [InlineData("deferred", 100002L)]
    [InlineData("claimed", 100003L)]
    [InlineData("sending", 100004L)]
    [InlineData("failed", 100005L)]
    [InlineData("unknown", 100010L, 100007L, 100006L)]
    [InlineData("suppressed", 100008L)]
    public async Task Mails_are_found_by_each_state_they_can_be_in(string state, params long[] ids)
    {
        var search = new OutboxSearch(await FillAsync(mails: 100));

        (await IdsAsync(search, new(state, null, "", ""))).ShouldBe(ids);
        (await IdsAsync(search, new(state, Day, "odd.example", ""))).ShouldBe(ids);
        (await IdsAsync(search, new(state, Day.PlusDays(1), "", ""))).ShouldBeEmpty();
        (await IdsAsync(search, new(state, null, "many.example", ""))).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_latest_mails_of_all_buckets_come_first_and_pages_go_on_where_the_last_one_ended()
    {
        var search = new OutboxSearch(await FillAsync(mails: 300));
        var sent = new OutboxFilter("sent", null, "", "");

        (await IdsAsync(search, new("", null, "", ""))).ShouldBe([.. Enumerable.Range(100001, 10).Reverse(), .. Enumerable.Range(111, 190).Reverse()]);
        (await IdsAsync(search, sent)).ShouldBe(Enumerable.Range(101, 200).Reverse().Select(id => (long)id));
        (await search.FindAsync(sent, before: 101, limit: 200, default)).Select(mail => mail.Id).ShouldBe(Enumerable.Range(1, 100).Reverse().Select(id => (long)id));
        (await IdsAsync(search, sent with { Day = new LocalDate(2026, 3, 2), Domain = "many.example", Reply = "OK" })).Count.ShouldBe(200);
    }

    [Theory]
    [InlineData("failed", null, null)]
    [InlineData("held", null, null)]
    [InlineData("suppressed", null, null)]
    [InlineData("", "few.example", null)]
    [InlineData("", null, "greylisted")]
    [InlineData("sent", "nobody.example", null)]
    public async Task A_search_that_few_mails_match_looks_at_each_mail_once_at_the_most(string state, string? domain, string? reply)
    {
        var database = await FillAsync(mails: 20_000);
        var search = new OutboxSearch(database);
        using var seen = new SeenStatements(database);

        await search.FindAsync(new OutboxFilter(state, null, domain ?? "", reply ?? ""), before: null, OutboxActions.Most, default);

        var sql = NamedStatements.All.Single(statement => statement.Name == seen.Names.Single(name => name.StartsWith("admin.", StringComparison.Ordinal))).Sql;
        var filled = NamedStatements.Fill(sql, parameter => parameter switch
        {
            "state" => $"'{state}'",
            "stages" => new OutboxFilter(state, null, "", "").Stages is { } stages ? $"'{{{string.Join(',', stages)}}}'::text[]" : "null",
            "domain" => $"'{domain}'",
            "reply" => $"'{reply}'",
            "limit" => "200",
            "buckets" => "array(select generate_series(0, 63)::smallint)",
            _ => "null",
        });
        var plan = await database.QuerySingleOrDefaultAsync<string>("explain (analyze, buffers, format json) " + filled, null, default);
        var read = JsonNode.Parse(plan!)![0]!["Plan"]!["Shared Hit Blocks"]!.GetValue<long>() + JsonNode.Parse(plan!)![0]!["Plan"]!["Shared Read Blocks"]!.GetValue<long>(); // explain always answers
        var pages = await database.QuerySingleOrDefaultAsync<long>("select pg_table_size('deliveries_1') / 8192", null, default);
        read.ShouldBeLessThan(2 * pages, $"{pages} pages");
    }

    private async Task<Database> FillAsync(int mails)
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(Fill, new { mails }, default);
        await database.ExecuteAsync("analyze deliveries", null, default);
        return database;
    }

    private static async Task<IReadOnlyList<long>> IdsAsync(OutboxSearch search, OutboxFilter filter) =>
        [.. (await search.FindAsync(filter, before: null, OutboxActions.Most, default)).Select(mail => mail.Id)];
}
