using System.Diagnostics;
using System.Net;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Hosting;

public sealed class PrivatePostgresWatchTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_service_whose_own_server_was_killed_is_ready_again_by_itself()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var directory = TestDirectory.Create("watched");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Data:Directory"] = directory, ["Urls"] = "http://127.0.0.1:0" })
            .Build();
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Web, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var killed = PostmasterPid.Read(Path.Combine(directory, "postgres", "cluster", "data")).ShouldNotBeNull();

        using (var server = Process.GetProcessById(killed.Process))
            server.Kill();

        await Eventually.TrueAsync(
            () => Task.FromResult(PostmasterPid.Read(Path.Combine(directory, "postgres", "cluster", "data")) is { } pid && pid.Process != killed.Process),
            "the server is started again");
        await Eventually.TrueAsync(async () => (await client.GetAsync("/readyz")).StatusCode is HttpStatusCode.OK, "the service is ready again");
    }
}
