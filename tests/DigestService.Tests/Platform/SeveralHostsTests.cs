using DigestService.Platform;
using DigestService.Tests.Hosting;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Platform;

/// <summary>A connection string that names a primary and its standby, as after a failover from which the former primary came back.</summary>
[Collection(OneServerOfTheProcess.Name)]
public sealed class SeveralHostsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_standby_that_is_named_first_is_passed_over_unless_it_is_asked_for()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        await using var primary = await StartAsync(TestDirectory.Create("primary"));
        await using var standby = await StartStandbyAsync(TestDirectory.Create("standby"));
        var settings = new NpgsqlConnectionStringBuilder(primary.ConnectionString) { Host = $"{standby.Server.Address},{primary.Server.Address}" };

        (await IsStandbyAsync(settings.ConnectionString)).ShouldBeFalse();
        settings.TargetSessionAttributes = "any";
        (await IsStandbyAsync(settings.ConnectionString)).ShouldBeTrue();
        (await IsStandbyAsync(standby.ConnectionString)).ShouldBeTrue();

        (settings.TargetSessionAttributes, settings.Host) = (null, $"{standby.Server.Address},127.0.0.1:1");
        var none = await Should.ThrowAsync<NpgsqlException>(() => IsStandbyAsync(settings.ConnectionString));
        Verb.Sentence(none).ShouldStartWith("No host in ConnectionStrings__Digest takes the connection");
        Outage.IsOutOfReach(none).ShouldBeTrue();
    }

    private static async Task<bool> IsStandbyAsync(string connectionString)
    {
        await using var database = Database.Connect(connectionString);
        return await database.QuerySingleOrDefaultAsync<bool>("select pg_is_in_recovery()", null, CancellationToken.None);
    }

    private static async Task<PrivatePostgres> StartStandbyAsync(string directory)
    {
        await (await StartAsync(directory)).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(directory, "postgres", "cluster", "data", "standby.signal"), "");
        return await StartAsync(directory);
    }

    // One password for both, as a primary and its standby have it.
    private static async Task<PrivatePostgres> StartAsync(string directory)
    {
        PrivatePostgres.MakeHome(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "postgres", "password"), "shared");
        return await PrivatePostgres.StartAsync(directory, CancellationToken.None, durable: false);
    }
}
