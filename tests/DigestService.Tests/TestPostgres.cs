using System.Globalization;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests;

/// <summary>The PostgreSQL server that one run of the tests uses, found or started at the first database test.</summary>
internal sealed class TestPostgres
{
    private static readonly Lazy<Task<TestPostgres>> Shared = new(() => Task.Run(StartAsync));
    private readonly string _server;
    private readonly NpgsqlDataSource _maintenance;
    private readonly string _prefix = $"digest_test_{Environment.ProcessId}";
    private readonly Lazy<Task<string>> _template;
    private int _created;

    private TestPostgres(string server)
    {
        _server = server;
        _maintenance = NpgsqlDataSource.Create(server);
        _template = new Lazy<Task<string>>(() => Task.Run(MigrateTemplateAsync));
    }

    /// <summary>The run's server.</summary>
    public static Task<TestPostgres> SharedAsync() => Shared.Value;

    /// <summary>A new database with the whole schema; its connection string.</summary>
    public async Task<string> CloneTemplateAsync() => await CreateAsync(await _template.Value);

    /// <summary>A new database, copied from <paramref name="template"/>; its connection string.</summary>
    public async Task<string> CreateAsync(string template)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}_{Interlocked.Increment(ref _created)}");
        // Since release 15 PostgreSQL writes a copy page by page into its log, which takes twice the processor time of copied files.
        await using var connection = await _maintenance.OpenConnectionAsync();
        var strategy = connection.PostgreSqlVersion.Major >= 15 ? "strategy file_copy" : "";
        await using var command = new NpgsqlCommand($"create database {name} template {template} {strategy}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Drops a database, sessions or not.</summary>
    public Task DropAsync(string name) => RunAsync($"drop database if exists {name} with (force)");

    private static async Task<TestPostgres> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("DIGEST_TEST_POSTGRES") is { Length: > 0 } configured)
        {
            var given = new TestPostgres(configured);
            SkippingTestFramework.AtEnd(given.DropTemplateAsync);
            return given;
        }

        try
        {
            var server = await PrivatePostgres.StartAsync(TestDirectory.CreateForDatabases("postgres"), CancellationToken.None, durable: false);
            SkippingTestFramework.AtEnd(() => server.DisposeAsync().AsTask());
            return new TestPostgres(server.ConnectionString);
        }
        catch (OperatorException missing)
        {
            throw Skip.UnlessOnCI($"needs PostgreSQL (or DIGEST_TEST_POSTGRES with a connection string): {missing.Message}");
        }
    }

    private async Task<string> MigrateTemplateAsync()
    {
        var name = _prefix + "_template";
        await DropAsync(name);
        await RunAsync($"create database {name}");
        await using var database = Database.Connect(ConnectionString(name) + ";Pooling=false");
        await Migrator.MigrateAsync(database, CancellationToken.None);
        return name;
    }

    private Task DropTemplateAsync() => _template.IsValueCreated ? DropAsync(_prefix + "_template") : Task.CompletedTask;

    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder(_server)
    {
        Database = database,
        MaxPoolSize = 20,
        // A run has hundreds of databases, each with a pool of its own; the server has two hundred connections.
        ConnectionIdleLifetime = 3,
        ConnectionPruningInterval = 1,
        PersistSecurityInfo = true,
    }.ConnectionString;

    private async Task RunAsync(string sql)
    {
        await using var command = _maintenance.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
