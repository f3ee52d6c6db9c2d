using System.Diagnostics;
using System.Text.Json.Nodes;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;
using Xunit.Abstractions;

namespace DigestService.Tests.Scale;

public sealed class StatementPlanTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int SmallTable = 20_000;
    private const double MostOfTable = 0.2;

    /// <summary>Statements that are asked by no tick, page or sender, or seldom and once a process, and why they may read much.</summary>
    private static readonly Dictionary<string, string> MayReadMuch = new(StringComparer.Ordinal)
    {
        ["admin.search_outbox"] = "the operator searches by whatever they know",
        ["admin.find_readers"] = "the operator looks for a part of an address",
        ["subscribers.list"] = "the operator's list",
        ["subscribers.count"] = "the operator's list",
        ["papers.list"] = "a verb's answer",
        ["papers.count"] = "a verb's answer",
        ["topics.all_queries"] = "new papers are held against every query: 10 ms for 50,000",
        ["query_vectors.due"] = "each minute in the role ingest, over the primary keys of two tables that have a row a query",
        ["query_vectors.forget_other_models"] = "once a process",
        ["paper_vectors.forget_other_models"] = "once, after the model has changed",
        ["deliveries.count_finished"] = "the operator's count of what was sent, given up after three seconds",
        ["inbound_messages.figures"] = "counts what came in, for the operator's page",
        ["topic_rates.count"] = "once in ten minutes at the most, for pages that list the topics: 84 ms",
        ["subscribers.unknown_zones"] = "the doctor and the operator's first page look at everybody",
        ["admin.readers_by_state"] = "counts everybody, for the operator and twice a minute for /metrics: 20 ms",
        ["admin.suppressions_by_reason"] = "counts everybody, for the operator: 8 ms",
    };

    [Fact]
    public void Every_parameter_of_every_statement_has_a_sample() =>
        Explained()
            .SelectMany(statement => NamedStatements.Parameters(statement.Sql)
                .Where(parameter => StatementSamples.Find(statement.Name, parameter) is null)
                .Select(parameter => $"{statement.Name} @{parameter}"))
            .ShouldBeEmpty("a new parameter wants a line in StatementSamples");

    [Fact]
    public async Task No_statement_of_a_tick_a_page_or_a_sender_reads_a_whole_table_that_grows()
    {
        if (!Full.IsAsked)
            throw Skip.Because("fills a large database; runs with --full");
        var database = await postgres.CreateDatabaseAsync();
        var filling = Stopwatch.StartNew();
        await LargeDatabase.FillAsync(database, CancellationToken.None);
        output.WriteLine($"Filled in {filling.Elapsed.TotalSeconds:0} s");
        var sizes = (await database.QueryAsync<TableSize>(
            "select relname as name, reltuples::float8 as rows from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace", null, CancellationToken.None))
            .ToDictionary(table => table.Name, table => table.Rows, StringComparer.Ordinal);

        var faults = new List<string>();
        foreach (var (name, sql) in Explained())
            faults.AddRange(await ExplainAsync(database, name, sql, sizes));

        faults.Where(fault => !MayReadMuch.ContainsKey(fault.Split(' ')[0])).ShouldBeEmpty();
    }

    /// <summary>All but what has no plan (COPY, locks, temporary tables), the demo's own, what is asked of Citus alone, and of Quartz's table that has a row a process.</summary>
    internal static IEnumerable<(string Name, string Sql)> Explained() =>
        from statement in NamedStatements.All
        let body = statement.Sql[(statement.Sql.IndexOf('\n', StringComparison.Ordinal) + 1)..].TrimStart()
        where !statement.Name.StartsWith("demo.", StringComparison.Ordinal)
            && !statement.Name.StartsWith("schema_migrations.", StringComparison.Ordinal)
            && !statement.Name.StartsWith("service_secrets.", StringComparison.Ordinal)
            && !statement.Name.StartsWith("delivery_partitions.", StringComparison.Ordinal)
            && !statement.Name.StartsWith("distribution.", StringComparison.Ordinal)
            && !statement.Name.StartsWith("scheduler_state.", StringComparison.Ordinal)
            && (body.StartsWith("select", StringComparison.Ordinal) || body.StartsWith("with", StringComparison.Ordinal)
                || body.StartsWith("insert", StringComparison.Ordinal) || body.StartsWith("update", StringComparison.Ordinal)
                || body.StartsWith("delete", StringComparison.Ordinal))
        select statement;

    private async Task<IReadOnlyList<string>> ExplainAsync(Database database, string name, string sql, Dictionary<string, double> sizes)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, "set local max_parallel_workers_per_gather = 0; set local jit = off; set local statement_timeout = '5min'");
        foreach (var (_, temporary) in NamedStatements.All.Where(other => other.Sql.Contains("create temporary table", StringComparison.Ordinal)))
            await RunAsync(connection, temporary);
        var faults = new List<string>();
        foreach (var part in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var filled = NamedStatements.Fill(part, parameter => StatementSamples.Find(name, parameter) ?? throw new InvalidOperationException(parameter));
            try
            {
                var plan = JsonNode.Parse(await ReadAsync(connection, "explain (analyze, buffers, format json) " + filled))![0]!;
                output.WriteLine($"{plan["Execution Time"]!.GetValue<double>(),10:0.0} ms  {name}");
                faults.AddRange(from scan in Scans(plan["Plan"]!)
                                let rows = sizes.GetValueOrDefault(scan.Table)
                                where rows > SmallTable && scan.Rows > rows * MostOfTable
                                select $"{name} reads {scan.Rows:0} of {rows:0} rows of {scan.Table} ({scan.Kind})");
            }
            catch (PostgresException refused)
            {
                faults.Add($"{name} was refused: {refused.MessageText} at {refused.Position}");
                break;
            }
        }

        foreach (var fault in faults)
            output.WriteLine("              " + fault);
        return faults;
    }

    /// <summary>Rows that each scan looked at: those it returned and those a filter threw away.</summary>
    private static IEnumerable<(string Table, string Kind, double Rows)> Scans(JsonNode node)
    {
        if (node["Relation Name"]?.GetValue<string>() is { } table && node["Node Type"]!.GetValue<string>() is not "ModifyTable" and var kind)
        {
            var perLoop = Number(node, "Actual Rows") + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck");
            yield return (table, kind!, perLoop * Number(node, "Actual Loops"));
        }

        foreach (var below in node["Plans"]?.AsArray().SelectMany(child => Scans(child!)) ?? [])
            yield return below;
    }

    private static double Number(JsonNode node, string key) => node[key]?.GetValue<double>() ?? 0;

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> ReadAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (string)(await command.ExecuteScalarAsync())!; // explain always answers
    }

    private sealed record TableSize
    {
        public required string Name { get; init; }

        public required double Rows { get; init; }
    }
}
