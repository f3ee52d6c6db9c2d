using System.Net;
using System.Text.Json.Nodes;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Quartz;

namespace DigestService.Tests.Hosting;

public sealed class ServeHostTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task The_running_service_is_alive_ready_and_measured()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };

        var alive = await client.GetStringAsync("/healthz");
        var ready = JsonNode.Parse(await client.GetStringAsync("/readyz"))!;
        await Eventually.TrueAsync(
            async () => (await client.GetStringAsync("/metrics")).Contains("digest_subscribers{state=\"active\"} 0\n", StringComparison.Ordinal),
            "the gauges of the database's state are told");

        alive.ShouldBe($"ok {ProgramVersion.Text}\n");
        ready["ready"]!.GetValue<bool>().ShouldBeTrue();
        ready["schema"]!.GetValue<string>().ShouldBe("ok");
        ready["sender"]!["due"]!.GetValue<int>().ShouldBe(0);
        var metrics = await client.GetStringAsync("/metrics");
        metrics.ShouldContain("http_server_request_duration_seconds_bucket{");
    }

    [Fact]
    public async Task A_service_whose_schema_is_behind_is_alive_but_not_ready()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        await host.Services.GetRequiredService<Database>().ExecuteAsync(
            "delete from schema_migrations where version = (select max(version) from schema_migrations)", null, CancellationToken.None);

        var ready = await client.GetAsync("/readyz");

        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldContain("this program needs");
        (await client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_planners_share_the_schedule_of_one_database()
    {
        var configuration = await apps.CreateConfigurationAsync();
        await using var first = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Plan, CancellationToken.None);
        await using var second = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Plan, CancellationToken.None);
        var database = first.Services.GetRequiredService<Database>();

        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<long>("select count(*) from quartz.qrtz_scheduler_state", null, CancellationToken.None) == 2,
            "both have checked in");

        (await database.QueryAsync<string>("select trigger_name from quartz.qrtz_triggers", null, CancellationToken.None)).ShouldBe(["plan-tick", "digest-retention"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("running", null)]
    [InlineData("failed", "It was stopped.")]
    public async Task A_fetch_that_was_interrupted_is_made_up_when_the_service_starts(string outcome, string? detail)
    {
        await using var source = await RecordedServer.AlwaysAsync("[]");
        var configuration = await apps.CreateConfigurationAsync(
            ("Sources__HuggingFace__Enabled", "true"), ("Sources__HuggingFace__BaseUrl", source.Url), ("Sources__HuggingFace__Cron", "0 0 0 1 1 ? 2099"));
        await using (var database = Database.Connect(configuration.GetConnectionString("Digest")!)) // CreateConfigurationAsync sets it
            await database.ExecuteAsync(
                "insert into source_runs (source, started_at, outcome, detail) values ('huggingface', now(), @outcome, @detail)",
                new { outcome, detail },
                CancellationToken.None);

        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Ingest, CancellationToken.None);

        await Eventually.TrueAsync(() => Task.FromResult(source.Asked.Count > 0), "the source is asked again");
    }

    [Fact]
    public async Task A_crashed_part_ends_the_service_with_a_failure()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None, addServices: services => services.AddHostedService<CrashingPart>());

        (await host.RunAsync(CancellationToken.None)).ShouldBe(1);
    }

    [Fact]
    public async Task A_stop_that_was_asked_for_is_no_failure()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.All, CancellationToken.None);

        (await host.RunAsync(new CancellationToken(canceled: true))).ShouldBe(0);
    }

    [Fact]
    public async Task A_taken_address_is_told_with_the_setting_that_mends_it()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        var configuration = await apps.CreateConfigurationAsync(("Urls", host.Urls[0]));

        var refusal = await Should.ThrowAsync<OperatorException>(
            () => ServeHost.StartAsync(configuration, new TestClock(), Roles.Web, CancellationToken.None));

        refusal.Message.ShouldContain("Set Urls to a free address");
    }

    private sealed class CrashingPart(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource();
            await using (lifetime.ApplicationStarted.Register(started.SetResult))
                await started.Task;
            throw new InvalidOperationException("The part is broken.");
        }
    }
}
