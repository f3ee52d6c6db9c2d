using System.Text.RegularExpressions;
using DigestService.Hosting;
using DigestService.Platform;

namespace DigestService.Tests.Scale;

/// <summary>
/// What statements on readers keep to so that Citus takes them and sends those of one bucket to one server, checked on a plain PostgreSQL.
/// <c>Spread/CitusStatementTests</c> holds each statement against a real cluster, where one is named.
/// </summary>
public sealed class SpreadRulesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>What no program asks of a spread database, and why not.</summary>
    internal static readonly Dictionary<string, string> AskedOfOneServer = new(StringComparer.Ordinal)
    {
        ["lists.lock_followers"] = "there are no lists",
        ["lists.lock_leaders"] = "there are no lists",
        ["lists.forget_verdicts_of_list"] = "there are no lists",
        ["digests.claim_planned"] = "digests.claim_spread_planned stands for it",
        ["digests.claim_planned_of_ready_days"] = "digests.claim_spread_planned_of_ready_days stands for it",
        ["deliveries.claim_due"] = "deliveries.spread_claim_due stands for it",
        ["deliveries.claim_of_domains"] = "deliveries.spread_claim_of_domains stands for it",
        ["deliveries.claim_again"] = "deliveries.spread_claim_again stands for it",
        ["deliveries.queued_domains"] = "deliveries.spread_queued_domains stands for it",
        ["deliveries.mark_sending"] = "deliveries.spread_mark_sending stands for it",
        ["deliveries.renew"] = "deliveries.spread_renew stands for it",
        ["deliveries.take_over_lapsed"] = "deliveries.spread_take_over_lapsed stands for it",
        ["deliveries.is_anything_left"] = "deliveries.spread_is_anything_left stands for it",
        ["suppressions.suppress_bounced"] = "suppressions.spread_suppress_bounced stands for it",
        ["suppressions.suppress_soft"] = "suppressions.spread_suppress_soft stands for it",
        ["relay_troubles.last"] = "relay_troubles.spread_last stands for it",
        ["suppressions.page"] = "suppressions.spread_page stands for it",
        ["admin.latest_of_outbox"] = "admin.search_outbox stands for it",
        ["papers.forget_names"] = "foreign keys leave no name behind",
        ["papers.update_from_staged"] = "papers.update_from_json stands for it",
    };

    private static readonly IReadOnlyList<(string Name, string Sql)> Asked =
        [.. StatementPlanTests.Explained().Where(statement => !AskedOfOneServer.ContainsKey(statement.Name))];

    private static readonly IReadOnlyList<(string Name, string Sql)> OnReaders =
        [.. Asked.Where(statement => DistributionQueries.Readers.Any(table => Is(statement.Sql, $@"\b(?<!-- ){table}\b")))];

    // A limit inside a join with the buckets is refused, unless the bucket is a value beside it.
    [Fact]
    public void Who_takes_a_batch_from_the_buckets_may_be_given_one_bucket_by_its_value() =>
        OnReaders.Where(statement => Is(statement.Sql, @"unnest\(@buckets\)") && !statement.Sql.Contains("coalesce(@onlyBucket::smallint, b.bucket)", StringComparison.Ordinal))
            .Select(statement => statement.Name).ShouldBeEmpty();

    // Rows are locked on one server at a time.
    [Fact]
    public void Who_locks_readers_asks_for_one_bucket_by_its_value() =>
        OnReaders.Where(statement => Is(statement.Sql, @"\bfor (no key )?(update|share|key share)\b") && Is(statement.Sql, @"(from|join) (subscribers|digests|deliveries)\b")
                && statement.Name != "fragments.delete_unused") // it locks fragments, which the coordinator has
            .Where(statement => !Is(statement.Sql, @"\bbucket = (@bucket|@id & 63|@holder & 63|@onlyBucket|@readerBucket|coalesce\(@(onlyBucket|mailBucket))"))
            .Select(statement => statement.Name).ShouldBeEmpty();

    // A value is computed on the coordinator and sent along; what a server would compute for each row has to be the same on all.
    [Fact]
    public void Changes_of_readers_rows_compute_nothing_that_differs_from_session_to_session() =>
        OnReaders.SelectMany(statement => Regex.Matches(statement.Sql, @"update (subscribers|digests|preferences|feedback|deliveries)\b.*?\bset\b(?<set>.*?)(\bfrom\b|\bwhere\b)", RegexOptions.Singleline)
                .Select(match => (statement.Name, Set: match.Groups["set"].Value)))
            .Where(change => Is(change.Set, @"\b(format|jsonb_build_array|to_jsonb|concat_ws|clock_timestamp|random)\("))
            .Where(change => !Is(change.Set, @"jsonb_build_array\(@"))
            .Select(change => change.Name).ShouldBeEmpty();

    // Each server has its own clock, and leases have one.
    [Fact]
    public void Changes_of_the_outbox_are_told_the_time() =>
        Asked.Where(statement => Is(statement.Sql, @"\bupdate deliveries\b") && Is(statement.Sql, @"\bclock_timestamp\(")).Select(statement => statement.Name).ShouldBeEmpty();

    // A row without columns is nothing that one server could send to another.
    [Fact]
    public void Whoever_asks_whether_a_mail_exists_asks_for_a_column() =>
        Asked.Where(statement => Is(statement.Sql, @"select\s+from deliveries\b")).Select(statement => statement.Name).ShouldBeEmpty();

    // Citus 12.1 reads nothing from a function that is joined to a reference table in the select of an insert.
    [Fact]
    public void Inserts_into_tables_that_are_whole_on_every_server_join_no_function_to_one_of_them() =>
        StatementPlanTests.Explained()
            .SelectMany(statement => Regex.Matches(statement.Sql, @"insert into (?<into>\w+)[^;]*?\bselect\b(?<select>[^;]*)")
                .Select(match => (statement.Name, Into: match.Groups["into"].Value, Select: match.Groups["select"].Value)))
            .Where(insert => DistributionQueries.References.Contains(insert.Into, StringComparer.Ordinal)
                && Is(insert.Select, @"from unnest\(") && Is(insert.Select, $@"join ({string.Join('|', DistributionQueries.References)})\b"))
            .Select(insert => insert.Name).ShouldBeEmpty();

    [Fact]
    public async Task Readers_tables_refer_to_each_other_and_to_tables_that_are_whole_on_every_server_and_to_nothing_else()
    {
        var database = await postgres.CreateDatabaseAsync();

        var others = await database.QueryAsync<string>(
            """
            select conname
            from pg_constraint
            where contype = 'f'
              and conrelid::regclass::text = any(@readers)
              and confrelid::regclass::text <> all(@readers || @references)
            """,
            new { readers = DistributionQueries.Readers, references = DistributionQueries.References },
            default);

        others.ShouldBeEmpty();
    }

    // Their triggers are put on the coordinator's copy of each table, by name.
    [Fact]
    public async Task Every_trigger_of_a_table_that_is_spread_is_known_to_the_verb_that_spreads_it()
    {
        var database = await postgres.CreateDatabaseAsync();

        var triggers = await database.QueryAsync<string>(
            """
            select distinct tgname::text
            from pg_trigger
            where not tgisinternal
              and tgrelid::regclass::text = any(@tables || array['listings', 'listing_entries', 'votes', 'topic_matches'])
            order by 1
            """,
            new { tables = DistributionQueries.Readers.Concat(DistributionQueries.References).ToArray() },
            default);

        triggers.ShouldBe([
            "add_bucket", "add_reader_bucket", "candidates_changed", "candidates_changed_again", "forget_list", "keep_list_led", "keep_list_led_before_delete",
            "listings_emptied", "listings_removed", "paper_changed", "papers_added", "papers_emptied", "papers_removed"]);
    }

    private static bool Is(string sql, string pattern) => Regex.IsMatch(sql, pattern);
}
