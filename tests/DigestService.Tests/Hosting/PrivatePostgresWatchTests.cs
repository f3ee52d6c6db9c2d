using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DigestService.Tests.Hosting;

[Collection(OneServerOfTheProcess.Name)]
public sealed class PrivatePostgresWatchTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    public void Dispose() => DatabaseWords.Own = null;

    [Fact]
    public async Task A_service_whose_own_server_lost_its_files_makes_no_empty_database_and_stops_in_order()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var directory = TestDirectory.Create("moved");
        var lines = new LinesOf<PrivatePostgresWatch>();
        await using var host = await StartAsync(directory, services => services.AddSingleton<ILogger<PrivatePostgresWatch>>(lines));
        var cluster = Path.Combine(directory, "postgres", "cluster");
        var server = PostmasterPid.Read(Path.Combine(cluster, "data")).ShouldNotBeNull();

        Directory.Move(cluster, cluster + ".moved");
        using (var process = Process.GetProcessById(server.Process))
            process.Kill();
        await Eventually.TrueAsync(() => lines.Told.Count > 0, "what is wrong is told");

        lines.Told[0].ShouldBe($"Error: The private PostgreSQL cannot be started again: its files are no longer in {Path.Combine(cluster, "data")}: bring them back");
        Directory.Exists(cluster).ShouldBeFalse();
        Directory.Delete(Path.Combine(directory, "postgres"), recursive: true);
        (await host.RunAsync(new CancellationToken(canceled: true))).ShouldBe(0);
    }

    [Fact]
    public async Task Files_that_come_back_are_told_as_their_loss_was()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var directory = TestDirectory.Create("back");
        var lines = new LinesOf<PrivatePostgresWatch>();
        await using var host = await StartAsync(directory, services => services.AddSingleton<ILogger<PrivatePostgresWatch>>(lines));
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var home = Path.Combine(directory, "postgres");

        Directory.Move(home, home + ".moved");
        await Eventually.TrueAsync(() => lines.Told.Count > 0, "their loss is told");
        (await (await client.GetAsync("/readyz")).Content.ReadAsStringAsync()).ShouldContain($"are no longer in {Path.Combine(home, "cluster", "data")}: bring them back");
        Should.Throw<OperatorException>(() => ServeHost.ThrowIfDatabaseIsLost(Configuration(directory))).Message
            .ShouldBe($"'digest serve' runs on {directory}, and the files of its PostgreSQL are no longer in {home}: bring them back.");
        Directory.Move(home + ".moved", home);

        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        ServeHost.ThrowIfDatabaseIsLost(Configuration(directory));
        await Eventually.TrueAsync(() => lines.Told.Any(line => line == "Information: The private PostgreSQL runs, and what kept it from being started again is gone"), "their return is told");
    }

    [Fact]
    public async Task A_server_that_hangs_is_told_of_before_whoever_asks_gives_up_and_holds_up_nobody_who_does()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs SIGSTOP");
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var directory = TestDirectory.Create("frozen");
        var lines = new LinesOf<FaultLog>();
        await using var host = await StartAsync(directory, services => services.AddSingleton<ILogger<FaultLog>>(lines));
        var gauges = host.Services.GetServices<IHostedService>().OfType<StateGauges>().Single();
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]), Timeout = TimeSpan.FromSeconds(20) };
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var server = PostmasterPid.Read(Path.Combine(directory, "postgres", "cluster", "data")).ShouldNotBeNull();

        await SignalAllAsync("STOP", server.Process);
        try
        {
            var visitors = Task.WhenAll(
                client.GetAsync("/topics"), client.GetAsync("/api/v1/topics"),
                client.PostAsync("/manage", new FormUrlEncodedContent([KeyValuePair.Create("email", "ada@example.org")])),
                client.PostAsJsonAsync("/api/v1/subscribe", new { email = "ada@example.org" }));
            using var stopped = new CancellationTokenSource();
            var asked = host.Services.GetRequiredService<Database>().QueryAsync<int>("select 1", null, stopped.Token);
            await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(stopped.CancelAsync(), asked).WaitAsync(client.Timeout));
            (await (await client.GetAsync("/readyz")).Content.ReadAsStringAsync()).ShouldContain("does not answer in time: is this machine overloaded?");
            await Should.ThrowAsync<NpgsqlException>(() => gauges.TellAsync(default).WaitAsync(TimeSpan.FromSeconds(20)));
            lines.Told.ShouldContain(line => line.Contains("does not answer in time", StringComparison.Ordinal));
            (await visitors).Select(answer => answer.StatusCode).ShouldAllBe(status => status == HttpStatusCode.ServiceUnavailable);
        }
        finally
        {
            await SignalAllAsync("CONT", server.Process);
        }
    }

    private static Task<ServeHost> StartAsync(string directory, Action<IServiceCollection>? addServices = null) =>
        ServeHost.StartAsync(Configuration(directory), new TestClock(), Roles.Web, CancellationToken.None, addServices: addServices);

    private static IConfiguration Configuration(string directory) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Data:Directory"] = directory, ["Urls"] = "http://127.0.0.1:0" })
        .Build();

    private static async Task SignalAllAsync(string signal, int server)
    {
        var sent = await ChildProcess.RunAsync("sh", ["-c", $"kill -{signal} {server}; pkill -{signal} -P {server}"], "/", null, CancellationToken.None);
        sent.ExitCode.ShouldBeLessThan(2);
    }

    [Fact]
    public async Task A_service_whose_own_server_was_killed_is_ready_again_by_itself()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var directory = TestDirectory.Create("watched");
        await using var host = await StartAsync(directory);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var killed = PostmasterPid.Read(Path.Combine(directory, "postgres", "cluster", "data")).ShouldNotBeNull();

        using (var server = Process.GetProcessById(killed.Process))
            server.Kill();
        var told = new List<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                told.Add(await (await client.GetAsync("/readyz")).Content.ReadAsStringAsync());
                return told[^1].Contains("has stopped", StringComparison.Ordinal);
            },
            "what happened is told");

        await Eventually.TrueAsync(
            () => Task.FromResult(PostmasterPid.Read(Path.Combine(directory, "postgres", "cluster", "data")) is { } pid && pid.Process != killed.Process),
            "the server is started again");
        await Eventually.TrueAsync(async () => (await client.GetAsync("/readyz")).StatusCode is HttpStatusCode.OK, "the service is ready again");
        told.ShouldAllBe(report => !report.Contains("ConnectionStrings", StringComparison.Ordinal));
        var log = Path.Combine(directory, "postgres", "cluster", "log");
        told[^1].ShouldContain($"is told in {log} and {log}.before.");
        File.Exists(log + ".before").ShouldBeTrue();
    }
}

/// <summary>Tests of the sentences about the database, which say something else in a process that has a PostgreSQL of its own.</summary>
[CollectionDefinition(Name)]
public sealed class OneServerOfTheProcess
{
    public const string Name = "One server of the process";
}
