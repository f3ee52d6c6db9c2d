using System.Globalization;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Hosting;

/// <summary>
/// Spreads the tables over the servers of a Citus cluster: those of readers by bucket, colocated, and what every reader's
/// statements look into (papers, queries, topics and what belongs to them) as reference tables, whole on every server. What is neither
/// stays on the coordinator. Each table is a transaction of its own, and what is done is left alone: a run that
/// was broken off is taken up by the next.
/// </summary>
internal sealed class Distribution(NpgsqlConnection connection, Action<string> say)
{
    /// <summary>The oldest release of Citus that takes every statement of the program.</summary>
    public static readonly Version OldestCitus = new(12, 1);

    private const int Shards = 64;

    /// <summary>Spreads what is not spread yet.</summary>
    /// <returns>How many tables that were.</returns>
    /// <exception cref="OperatorException">The cluster is not ready, or what the database holds cannot be spread.</exception>
    public static async Task<int> RunAsync(Database database, Action<string> say, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await new Distribution(connection, say).CheckAsync(ct);
        await transaction.RollbackAsync(ct);
        var spread = await new Distribution(connection, say).SpreadAsync(ct);
        await database.LookForDistributionAsync(ct);
        return spread;
    }

    private async Task CheckAsync(CancellationToken ct)
    {
        if (await connection.QuerySingleOrDefaultAsync<string>(DistributionQueries.Version, null, ct) is not { } version)
        {
            throw new OperatorException(
                "This database lacks the extension citus. On every server citus has to be in shared_preload_libraries and 'create extension citus' to be run in a database of this name; docs/scale.md has the steps.");
        }

        CheckVersion("This server", version);
        if (await connection.QuerySingleAsync<int>(DistributionQueries.LocalGroup, null, ct) != 0)
            throw new OperatorException("This server is a worker of the Citus cluster: let ConnectionStrings__Digest lead to its coordinator.");
        var nodes = await connection.QueryAsync<Node>(DistributionQueries.Nodes, null, ct);
        if (nodes.All(node => node.GroupId != 0))
        {
            throw new OperatorException(
                "The coordinator is not among the nodes of the Citus cluster: run select citus_set_coordinator_host('its name', its port) on it, so that reference tables stand on it too.");
        }

        if (nodes.Count == 1 || nodes.All(node => !node.TakesShards))
            throw new OperatorException("The Citus cluster has no other node that takes tables: add each server by select citus_add_node('its name', its port) on the coordinator.");
        foreach (var answer in await connection.QueryAsync<NodeAnswer>(DistributionQueries.VersionOnNodes, null, ct))
        {
            if (!answer.Success)
                throw new OperatorException($"Node {answer.Name} of the Citus cluster does not answer ({answer.Result.ReplaceLineEndings(" ")}): start it, or take it out by citus_remove_node.");
            CheckVersion($"Node {answer.Name}", answer.Result);
        }

        if (await connection.QuerySingleAsync<bool>(DistributionQueries.HasLists, null, ct))
            throw new OperatorException("Lists of several addresses under one digest cannot be spread over several servers yet: end the lists first ('digest subscribers list' names them).");
    }

    private static void CheckVersion(string where, string version)
    {
        if (!Version.TryParse(version.Split('-')[0], out var parsed) || parsed < OldestCitus)
            throw new OperatorException($"{where} has Citus {version}; {OldestCitus} or later is needed.");
    }

    private async Task<int> SpreadAsync(CancellationToken ct)
    {
        await connection.ExecutePatientlyAsync(DistributionQueries.Lock, ct);
        try
        {
            var waiting = await WaitingAsync(ct);
            var isTakenUp = await connection.QuerySingleAsync<bool>(DistributionQueries.IsUnderWay, null, ct);
            if (waiting.Count == 0 && !isTakenUp)
                return 0;
            // From here on no program starts before a run has come to the end.
            await connection.ExecutePatientlyAsync(DistributionQueries.SetAside, ct);
            await connection.ExecutePatientlyAsync(string.Create(CultureInfo.InvariantCulture, $"set citus.shard_count = {Shards}; set client_min_messages = warning"), ct);
            for (var done = 0; done < waiting.Count; done++)
            {
                var table = waiting[done];
                say(string.Create(CultureInfo.InvariantCulture, $"{done + 1} of {waiting.Count}: {table.Name} ({table.Size}), {(table.IsReference ? "whole on every server" : "by bucket")}."));
                await connection.ExecutePatientlyAsync(table.Spreading, ct);
            }

            await connection.ExecutePatientlyAsync(DistributionQueries.PutBack, ct);
            foreach (var name in DistributionQueries.Readers.Concat(DistributionQueries.References))
                await connection.ExecutePatientlyAsync($"select truncate_local_data_after_distributing_table('{name}')", ct);
            await connection.ExecutePatientlyAsync(DistributionQueries.End, ct);
            return waiting.Count;
        }
        finally
        {
            await connection.ExecutePatientlyAsync(DistributionQueries.Unlock, CancellationToken.None);
        }
    }

    private Task<IReadOnlyList<Table>> WaitingAsync(CancellationToken ct) => connection.QueryAsync<Table>(
        DistributionQueries.Waiting, new { references = DistributionQueries.References, readers = DistributionQueries.Readers }, ct);

    private sealed record Node
    {
        public required int GroupId { get; init; }
        public required bool TakesShards { get; init; }
    }

    private sealed record NodeAnswer
    {
        public required string Name { get; init; }
        public required bool Success { get; init; }
        public required string Result { get; init; }
    }

    private sealed record Table
    {
        public required string Name { get; init; }
        public required string Size { get; init; }
        public required bool IsReference { get; init; }

        /// <summary>Names are of the schema, never from outside.</summary>
        public string Spreading => this switch
        {
            { IsReference: true } => $"select create_reference_table('{Name}')",
            { Name: "subscribers" } => "select create_distributed_table('subscribers', 'bucket', colocate_with => 'none')",
            _ => $"select create_distributed_table('{Name}', 'bucket', colocate_with => 'subscribers')",
        };
    }
}
