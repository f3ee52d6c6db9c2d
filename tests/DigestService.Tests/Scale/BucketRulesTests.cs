using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Tests.Scale;

/// <summary>
/// What the tables of readers and their mails keep to so that they can be spread over several servers by bucket, as the extension Citus does
/// it: checked on a plain PostgreSQL.
/// </summary>
public sealed partial class BucketRulesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly string[] ReaderTables =
        ["subscribers", "subscriber_addresses", "preferences", "feedback", "hidden_feedback", "earlier_papers", "digests", "address_changes", "deliveries"];

    /// <summary>Statements that look into every bucket, and why they may: nothing asks them once a reader.</summary>
    private static readonly Dictionary<string, string> MayLookEverywhere = new(StringComparer.Ordinal)
    {
        ["address_changes.forget_old"] = "once an hour, of a small table",
        ["address_changes.other_askers"] = "how many readers wish for one address, when one of them asks for it",
        ["personal_data.forget_wishes"] = "an erasure: somebody else's wish for the erased address",
        ["admin.search_outbox"] = "the operator looks for few mails by whatever they know",
        ["admin.find_readers"] = "the operator looks for a part of an address",
        ["admin.international_domains"] = "the operator looks for a part of an address as it is shown",
        ["admin.readers_by_state"] = "counts everybody",
        ["subscribers.list"] = "the operator's list",
        ["subscribers.unknown_zones"] = "the doctor and the operator's first page look at everybody",
        ["subscribers.count"] = "the operator's list",
        ["suppressions.addresses"] = "walks through everybody, bucket by bucket",
        ["hourly_counts.count"] = "counts all digests of an hour, each five minutes",
        ["digests.set_aside_lately"] = "the few digests with a fault",
        ["lists.lock_followers"] = "the readers of one list",
        ["lists.size"] = "the readers of one list",
        ["digests.reader_had"] = "which of the pool's papers anybody had in a digest that is kept no more",
        ["relevance.likes"] = "what everybody likes, once for a pool of candidates",
        ["relevance.likes_of_active_readers"] = "what everybody likes, once for a pool of candidates",
        ["relevance.newest_opinion"] = "what everybody likes, once for a pool of candidates",
        ["papers.move_merged"] = "what readers said of a paper that turns out to be another",
        ["hidden_papers.take_out"] = "what readers said of a paper that the operator hides",
        ["hidden_papers.put_back"] = "what readers said of a paper that the operator hid",
        ["query_vectors.written"] = "a query by the words of whoever asked it first",
        ["topics.move_readers"] = "the followers of a topic whose query the operator or a new release changes",
        ["topics.asked_by_readers"] = "whether anybody follows a query that comes round again, or that an erased reader had",
        ["deliveries.choose_failed"] = "several servers: the operator's order, the oldest mails first",
        ["deliveries.choose_unknown"] = "several servers: the operator's order, the oldest mails first",
        ["deliveries.choose_deferred"] = "several servers: the operator's order, the oldest mails first",
        ["deliveries.choose_parked"] = "several servers: the operator's order, the oldest mails first",
        ["deliveries.urgent_buckets"] = "several servers: in which buckets mails are due that overtake digests, once a second",
        ["deliveries.lapsed_buckets"] = "several servers: in which buckets leases have ended, once a second",
        ["deliveries.late_buckets"] = "several servers: in which buckets mails are late, once a second",
        ["deliveries.spread_queued_domains"] = "several servers: which domains have a queue, once a second",
        ["deliveries.spread_is_anything_left"] = "several servers: whether anybody has mails in hand, at the end of a run",
        ["relay_troubles.spread_last"] = "several servers: whether anything waits, for /readyz",
        ["suppressions.sent_to"] = "several servers: mails to an address, by its hash",
        ["suppressions.spread_page"] = "several servers: the operator's page: readers by the hashes of addresses",
        ["deliveries.queued_domains"] = "which domains have a queue, once a second",
        ["deliveries.is_anything_left"] = "whether anybody has mails in hand, at the end of a run",
        ["deliveries.count_due"] = "what is left at the end of a run",
        ["deliveries.count_unfinished"] = "counts for the operator",
        ["deliveries.count_finished"] = "counts for the operator",
        ["deliveries.count_parked"] = "counts for the operator",
        ["deliveries.last_hour"] = "how sending goes, for /readyz",
        ["relay_troubles.last"] = "whether anything waits, for /readyz",
        ["deliveries.waiting"] = "how much waits, for /metrics",
        ["deliveries.count_failed"] = "the operator's order, the oldest mails first",
        ["deliveries.count_unknown"] = "the operator's order, the oldest mails first",
        ["deliveries.count_deferred"] = "the operator's order, the oldest mails first",
        ["deliveries.retry_failed"] = "the operator's order, the oldest mails first",
        ["deliveries.retry_unknown"] = "the operator's order, the oldest mails first",
        ["deliveries.retry_deferred"] = "the operator's order, the oldest mails first",
        ["deliveries.dismiss_unknown"] = "the operator's order, the oldest mails first",
        ["deliveries.count_answers"] = "what an address was answered, by its hash: mails to one address stand in several buckets",
        ["deliveries.had_lately"] = "mails of one reader, those from before there were buckets among them",
        ["personal_data.export"] = "an export: mails by the hash of their address",
        ["personal_data.erase"] = "an erasure: mails by the hash of their address",
        ["suppressions.suppress_bounced"] = "mails to an address between two bounces, by its hash",
        ["suppressions.suppress_soft"] = "mails to an address between two bounces, by its hash",
        ["suppressions.page"] = "the operator's page: a reader by the hash of an address",
        ["subscribers.forget_pending"] = "the mails of sign-ups that nobody confirmed",
        ["fragments.delete_unused"] = "which fragments unfinished mails name, once an hour",
    };

    [Fact]
    public async Task Every_key_of_a_readers_table_holds_the_bucket_and_the_primary_key_begins_with_it()
    {
        var database = await postgres.CreateDatabaseAsync();

        var faults = await database.QueryAsync<string>(
            """
            select i.indexrelid::regclass::text
            from pg_index i
            where i.indrelid::regclass::text = any(@tables)
              and i.indisunique
              and not exists (
                  select
                  from pg_attribute a
                  where a.attrelid = i.indrelid
                    and a.attname = 'bucket'
                    and a.attnum = any(i.indkey)
                    and (a.attnum = i.indkey[0] or not i.indisprimary))
            """,
            new { tables = ReaderTables },
            default);

        faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_bucket_is_a_small_number_that_is_never_null_nor_computed()
    {
        var database = await postgres.CreateDatabaseAsync();

        var tables = await database.QueryAsync<string>(
            """
            select attrelid::regclass::text
            from pg_attribute
            where attrelid::regclass::text = any(@tables)
              and attname = 'bucket'
              and atttypid = 'smallint'::regtype
              and attnotnull
              and attgenerated = ''
              and attidentity = ''
            """,
            new { tables = ReaderTables },
            default);

        tables.ShouldBe(ReaderTables, ignoreOrder: true);
    }

    // The reader of an address may stand in another bucket than the address, and where the tables are spread nothing holds them together.
    [Fact]
    public async Task References_between_readers_tables_hold_the_bucket_on_both_sides_and_no_other_table_refers_to_them()
    {
        var database = await postgres.CreateDatabaseAsync();

        var faults = await database.QueryAsync<string>(
            """
            select conname
            from pg_constraint
            where contype = 'f'
              and confrelid::regclass::text = any(@tables)
              and not (
                  conrelid::regclass::text = any(@tables)
                  and exists (
                      select
                      from unnest(conkey, confkey) as k (own, other)
                      join pg_attribute a on a.attrelid = conrelid and a.attnum = k.own
                      join pg_attribute b on b.attrelid = confrelid and b.attnum = k.other
                      where a.attname = 'bucket'
                        and b.attname = 'bucket'))
            """,
            new { tables = ReaderTables },
            default);

        faults.ShouldBe(["subscriber_addresses_subscriber_bucket_subscriber_id_fkey"]);
    }

    [Fact]
    public void Every_statement_that_adds_rows_of_readers_names_their_bucket() =>
        NamedStatements.All
            .SelectMany(statement => Insertion().Matches(statement.Sql), (statement, match) => (statement.Name, Table: match.Groups["table"].Value, Columns: match.Groups["columns"].Value))
            .Where(insertion => ReaderTables.Contains(insertion.Table, StringComparer.Ordinal) && !insertion.Columns.StartsWith("bucket", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Fact]
    public async Task Every_statement_of_a_tick_a_sender_or_a_page_asks_for_buckets()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off", null, default);
        foreach (var (_, temporary) in NamedStatements.All.Where(other => other.Sql.Contains("create temporary table", StringComparison.Ordinal)))
            await connection.ExecuteAsync(temporary, null, default);

        var faults = new List<string>();
        foreach (var (name, sql) in StatementPlanTests.Explained().Where(statement => ReaderTables.Any(table => Regex.IsMatch(statement.Sql, $@"\b{table}\b|digest_items|seen_papers"))))
            foreach (var part in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                faults.AddRange((await ScansAsync(connection, name, part)).Where(scan => !scan.HasBucket).Select(scan => $"{name}: {scan.Table} by {scan.Condition}"));

        faults.Where(fault => !MayLookEverywhere.ContainsKey(fault.Split(':')[0])).Order(StringComparer.Ordinal).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<Scan>> ScansAsync(NpgsqlConnection connection, string name, string sql)
    {
        var filled = NamedStatements.Fill(sql, parameter => StatementSamples.Find(name, parameter) ?? throw new InvalidOperationException(parameter));
        await using var command = new NpgsqlCommand("explain (format json) " + filled, connection);
        var plan = JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)![0]!["Plan"]!; // explain always answers
        return [.. Scans(plan)];
    }

    private static IEnumerable<Scan> Scans(JsonNode node, string joined = "")
    {
        joined += $" {node["Join Filter"]}";
        if (TableOf(node) is { } table && ReaderTables.Contains(table, StringComparer.Ordinal) && node["Node Type"]?.GetValue<string>() is not "ModifyTable")
            yield return new Scan(table, node["Alias"]?.GetValue<string>() ?? table, $"{node["Index Cond"]} {node["Filter"]}", joined);
        foreach (var below in node["Plans"]?.AsArray().SelectMany(child => Scans(child!, joined)) ?? [])
            yield return below;
    }

    /// <summary>The table that a node reads; that of the outbox where it reads one of its partitions.</summary>
    private static string? TableOf(JsonNode node) =>
        node["Relation Name"]?.GetValue<string>() is { } name ? Partition().Replace(name, "deliveries") : null;

    private readonly record struct Scan(string Table, string Alias, string Condition, string Joined)
    {
        public bool HasBucket =>
            Regex.IsMatch(Condition, @"\bbucket = ") || Joined.Contains($"{Alias}.bucket", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?:insert into|copy) (?<table>\w+)(?: as \w+)?\s*\((?<columns>[^)]*)\)")]
    private static partial Regex Insertion();

    [GeneratedRegex(@"^deliveries_\d+$")]
    private static partial Regex Partition();
}
