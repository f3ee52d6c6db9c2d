using System.Diagnostics;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Platform;

public sealed class PrivatePostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly string _directory = TestDirectory.Create("private");

    [Fact]
    public async Task A_crashed_server_is_found_shared_and_stopped_by_the_last_one_out()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var first = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        await WriteAsync(first.ConnectionString);

        var second = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        second.ConnectionString.ShouldBe(first.ConnectionString);
        await first.DisposeAsync();
        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
        var server = Server();
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => !server.IsAlive(), "the last one out stops the server");

        var third = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        (await ReadAsync(third.ConnectionString)).ShouldBe("kept");
        using (var killed = Process.GetProcessById(Server().Process))
            killed.Kill();
        await using var fourth = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        (await ReadAsync(fourth.ConnectionString)).ShouldBe("kept");
        await third.DisposeAsync();
    }

    [Fact]
    public async Task Text_is_unicode_whatever_the_machine_speaks()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        var lowered = await database.QuerySingleOrDefaultAsync<string>("select lower('ÀÉÎŁ') || current_setting('server_encoding')", null, CancellationToken.None);

        lowered.ShouldBe("àéîłUTF8");
    }

    private PostmasterPid Server() => PostmasterPid
        .Read(Directory.GetDirectories(_directory, "data", SearchOption.AllDirectories)[0])
        .ShouldNotBeNull();

    private static async Task WriteAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("create table memory as select 'kept' as word");
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> ReadAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("select word from memory");
        return (string?)await command.ExecuteScalarAsync();
    }
}
