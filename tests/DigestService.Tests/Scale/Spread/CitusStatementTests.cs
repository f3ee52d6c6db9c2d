using System.Text.Json;
using System.Globalization;
using System.Text.Json.Nodes;
using DigestService.Platform;
using Npgsql;
using Xunit.Abstractions;

namespace DigestService.Tests.Scale.Spread;

/// <summary>What Citus makes of each statement of the program.</summary>
[Collection(CitusFixture.OneAfterTheOther)]
public sealed class CitusStatementTests(CitusFixture citus, ITestOutputHelper output) : IClassFixture<CitusFixture>
{
    // Readers of one bucket, as planning, composing and sending give them where the tables are spread.
    private static readonly Dictionary<string, string> OfOneBucket = new(StringComparer.Ordinal)
    {
        ["onlyBucket"] = "7::bigint",
        ["buckets"] = "'{7}'::smallint[]",
        ["ids"] = "'{7,71,135}'::bigint[]",
        ["relevance.opinions_of_readers/readers"] = "'{7,71,135}'::bigint[]",
        ["preferences.replace/readers"] = "'{7}'::bigint[]",
        ["subscriberIds"] = "'{7}'::bigint[]",
        ["holders"] = "'{7}'::bigint[]",
        ["holder"] = "7::bigint",
        ["id"] = "7::bigint",
        ["deliveries.hold_readers/subscribers"] = "'{7,71,135}'::bigint[]",
        ["readerBucket"] = "7::smallint",
        ["bucket"] = "7::smallint",
        ["leaseUntil"] = "timestamptz '2026-03-02 06:00:30Z'",
        ["mailBucket"] = "7::smallint",
        ["digests.lost_mails/mails"] = "'{7,71,135}'::bigint[]",
        ["digests.let_lost_mails_go/mails"] = "'{7,71,135}'::bigint[]",
        ["address_changes.remember/since"] = "timestamptz '2026-03-01 06:00:00Z'",
        ["address_changes.remember/now"] = "timestamptz '2026-03-02 06:00:00Z'",
    };

    /// <summary>What is asked once a batch of digests or of mails, or once a minute and bucket.</summary>
    private static readonly string[] Hot =
    [
        "digests.planned_days", "digests.plan_due", "digests.claim_spread_planned", "digests.claim_spread_planned_of_ready_days", "digests.reader_topics", "digests.reader_had",
        "digests.reader_judged", "relevance.opinions_of_readers", "digests.record", "digests.close", "digests.set_aside", "subscribers.first_unplanned",
        "digests.latest_mails", "digests.call_undelivered", "digests.lost_mails", "digests.let_lost_mails_go", "deliveries.hold_readers",
        "deliveries.spread_claim_due", "deliveries.spread_claim_of_domains", "deliveries.queue_by_domain", "deliveries.spread_mark_sending", "deliveries.record",
        "deliveries.spread_renew", "deliveries.release", "deliveries.spread_take_over_lapsed", "deliveries.expire_late", "deliveries.bring_forward", "deliveries.shorten_leases", "deliveries.find_reported",
        "deliveries.retry_failed", "deliveries.retry_unknown", "deliveries.retry_deferred", "deliveries.dismiss_unknown",
    ];

    [Fact]
    public async Task Citus_takes_every_statement_and_sends_those_of_planning_and_composing_to_one_shard()
    {
        var database = await citus.DatabaseAsync();
        await using var connection = await database.OpenAsync(default);
        foreach (var (_, temporary) in NamedStatements.All.Where(other => other.Sql.Contains("create temporary table", StringComparison.Ordinal)))
            await connection.ExecuteAsync(temporary.Replace("on commit drop", "", StringComparison.Ordinal), null, default);

        var faults = new List<string>();
        foreach (var (name, sql) in StatementPlanTests.Explained().Where(statement => !SpreadRulesTests.AskedOfOneServer.ContainsKey(statement.Name)))
            foreach (var part in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var shards = await ShardsAsync(connection, name, part);
                output.WriteLine($"{name}: {shards}");
                if (!int.TryParse(shards, out var most) || Hot.Contains(name, StringComparer.Ordinal) && most > 1)
                    faults.Add($"{name}: {shards}");
            }

        faults.ShouldBeEmpty();
    }

    /// <summary>
    /// To how many shards the widest part of a statement goes, or why it is refused. It is run as well and taken back, because some of what
    /// Citus refuses it refuses only then; that a row is there already, or one that it needs is not, is nothing of Citus's.
    /// </summary>
    private static async Task<string> ShardsAsync(NpgsqlConnection connection, string name, string sql)
    {
        var filled = NamedStatements.Fill(
            sql,
            parameter => OfOneBucket.GetValueOrDefault($"{name}/{parameter}") ?? OfOneBucket.GetValueOrDefault(parameter)
                ?? StatementSamples.Find(name, parameter) ?? throw new InvalidOperationException(parameter));
        try
        {
            await using var command = new NpgsqlCommand("explain (format json) " + filled, connection);
            var tasks = Tasks(JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)).ToList(); // explain always answers
            await using var takenBack = await connection.BeginTransactionAsync();
            await RunAsync(connection, filled);
            // Citus 12.1 plans an insert from a function joined to a reference table as one from nothing.
            return tasks.Contains(0) ? "a part of it reads nothing" : tasks.DefaultIfEmpty().Max().ToString(CultureInfo.InvariantCulture);
        }
        catch (PostgresException refused)
        {
            return refused.MessageText;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException data) when (data.SqlState.StartsWith("22", StringComparison.Ordinal) || data.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
        }
    }

    private static IEnumerable<int> Tasks(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => field.Key == "Task Count" ? [field.Value!.GetValue<int>()] : Tasks(field.Value)),
        JsonArray items => items.SelectMany(Tasks),
        _ => [],
    };
}
