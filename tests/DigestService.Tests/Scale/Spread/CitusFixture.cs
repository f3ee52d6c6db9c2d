using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Scale.Spread;

/// <summary>
/// A database on the Citus cluster whose coordinator <c>DIGEST_TEST_CITUS</c> names, spread by <c>migrate --distributed</c>; one for
/// the tests of a class. The setting leads to a database that has the extension and knows the cluster's nodes; its role may make
/// databases and extensions on every node with the same password.
/// </summary>
public sealed class CitusFixture : IAsyncLifetime
{
    /// <summary>The collection of its tests, because each database keeps connections from every node to every other.</summary>
    public const string OneAfterTheOther = "Citus";

    private readonly Lazy<Task<Database>> _spread;
    private readonly List<(string Server, string Name)> _made = [];
    private readonly List<Database> _databases = [];

    /// <summary>Nothing is made before a test asks for it.</summary>
    public CitusFixture()
    {
        _spread = new(SpreadAsync);
        Apps = new AppFixture(() => _spread.Value);
    }

    /// <summary>Apps over the spread database, all over the same.</summary>
    internal AppFixture Apps { get; }

    private static string Coordinator => Environment.GetEnvironmentVariable("DIGEST_TEST_CITUS") is { Length: > 0 } configured
        ? configured
        : throw Skip.Because("needs a Citus cluster: DIGEST_TEST_CITUS with a connection string to its coordinator");

    /// <summary>The spread database; skips the test where there is no cluster.</summary>
    internal Task<Database> DatabaseAsync() => _spread.Value;

    /// <summary>A database of its own with the extension on every node and all of them known, and without the schema.</summary>
    internal async Task<Database> CreateEmptyAsync(bool knowsNodes = true)
    {
        var coordinator = Coordinator;
        await using var given = NpgsqlDataSource.Create(coordinator);
        var nodes = new List<(string Host, int Port, int Group, bool TakesShards)>();
        await using (var command = given.CreateCommand("select nodename, nodeport, groupid, shouldhaveshards from pg_dist_node where noderole = 'primary' order by groupid"))
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                nodes.Add((reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetBoolean(3)));
        var name = $"digest_spread_{Guid.NewGuid():n}"[..30];
        foreach (var (host, port, _, _) in nodes)
        {
            var server = new NpgsqlConnectionStringBuilder(coordinator) { Host = host, Port = port, Pooling = false }.ConnectionString;
            await RunAsync(server, $"create database {name}");
            _made.Add((server, name));
            await RunAsync(new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString, "create extension citus");
        }

        var database = Database.Connect(new NpgsqlConnectionStringBuilder(coordinator) { Database = name, MaxPoolSize = 20, PersistSecurityInfo = true }.ConnectionString);
        _databases.Add(database);
        if (!knowsNodes)
            return database;
        foreach (var (host, port, group, takesShards) in nodes)
        {
            await database.ExecuteAsync(
                group == 0 ? "select citus_set_coordinator_host(@host, @port)" : "select citus_add_node(@host, @port)", new { host, port }, default);
            await database.ExecuteAsync("select citus_set_node_property(@host, @port, 'shouldhaveshards', @takesShards)", new { host, port, takesShards }, default);
        }

        return database;
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => Apps.InitializeAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Apps.DisposeAsync();
        foreach (var database in _databases)
            await database.DisposeAsync();
        foreach (var (server, name) in _made)
            await RunAsync(server, $"drop database if exists {name} with (force)");
    }

    private async Task<Database> SpreadAsync()
    {
        var database = await CreateEmptyAsync();
        await Migrator.MigrateAsync(database, default);
        await Scheduling.ProvisionAsync(database, default);
        await Distribution.RunAsync(database, _ => { }, default);
        return database;
    }

    private static async Task RunAsync(string server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
