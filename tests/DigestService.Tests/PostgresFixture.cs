using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests;

/// <summary>
/// Fresh, migrated databases on a real PostgreSQL, as a class fixture: each is a copy of one migrated template and is
/// dropped with the class. The server is the one DIGEST_TEST_POSTGRES names, else a private one for the whole run.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly List<Database> _databases = [];

    /// <summary>A database of its own for one test; skips the test where there is no PostgreSQL, fails it on CI.</summary>
    internal async Task<Database> CreateDatabaseAsync()
    {
        var server = await TestPostgres.SharedAsync();
        var database = Database.Connect(await server.CloneTemplateAsync());
        lock (_databases)
            _databases.Add(database);
        return database;
    }

    /// <summary>An empty database, without the schema.</summary>
    internal async Task<Database> CreateEmptyDatabaseAsync()
    {
        var server = await TestPostgres.SharedAsync();
        var database = Database.Connect(await server.CreateAsync(template: "template1"));
        lock (_databases)
            _databases.Add(database);
        return database;
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var database in _databases)
        {
            var name = new NpgsqlConnectionStringBuilder(database.Source.ConnectionString).Database;
            await database.DisposeAsync();
            var server = await TestPostgres.SharedAsync();
            await server.DropAsync(name!);
        }
    }
}
