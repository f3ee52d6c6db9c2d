using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
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
        ready.Headers.RetryAfter.ShouldNotBeNull();
        (await ready.Content.ReadAsStringAsync()).ShouldContain("this program needs");
        (await client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_planner_ticks_at_the_start_and_then_at_each_full_minute()
    {
        var configuration = await apps.CreateConfigurationAsync();
        await using var database = Database.Connect(configuration.GetConnectionString("Digest")!); // CreateConfigurationAsync sets it
        await database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, send_at, frequency, next_due_at, next_due_on, created_at, confirmed_at)
            values ('a@example.org', 'a@example.org', 'active', 'UTC', '04:00', 'daily', '2026-03-04 04:00Z', '2026-03-04', '2026-03-01', '2026-03-01')
            """,
            null,
            CancellationToken.None);

        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Plan, CancellationToken.None);

        var next = await database.QuerySingleOrDefaultAsync<long>(
            "select next_fire_time from quartz.qrtz_triggers where trigger_name = 'plan-tick'", null, CancellationToken.None);
        var every = await database.QuerySingleOrDefaultAsync<long>(
            "select repeat_interval from quartz.qrtz_simple_triggers where trigger_name = 'plan-tick'", null, CancellationToken.None);
        TimeSpan.FromTicks(next % TimeSpan.TicksPerMinute).ShouldBe(TimeSpan.FromMilliseconds(100));
        TimeSpan.FromMilliseconds(every).ShouldBe(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<bool>("select exists (select from digests)", null, CancellationToken.None), "it plans at the start");

        await ClocksRanAheadAsync(database);
        await ActivatorUtilities.CreateInstance<ScheduleWatch>(host.Services).LookAsync(CancellationToken.None);

        (await NextTimesAsync(database)).ShouldBe(["digest-retention plan", "hourly-counts plan", "plan-tick plan"], "a clock that was set back lets the jobs go on, in their groups");
    }

    [Fact]
    public async Task What_a_process_with_a_clock_ahead_had_begun_when_it_died_is_taken_up()
    {
        var configuration = await apps.CreateConfigurationAsync();
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Plan, CancellationToken.None);
        var database = host.Services.GetRequiredService<Database>();
        // In the middle of a tick, five hours ahead; another that is as far ahead lives on.
        await database.ExecuteAsync(
            """
            insert into quartz.qrtz_scheduler_state (sched_name, instance_name, last_checkin_time, checkin_interval)
            values ('digest', 'dead', @ahead, 7500), ('digest', 'alive', @ahead, 7500);
            insert into quartz.qrtz_fired_triggers (
                sched_name, entry_id, trigger_name, trigger_group, instance_name, fired_time, sched_time, priority, state, job_name, job_group, is_nonconcurrent, requests_recovery)
            values ('digest', 'tick', 'plan-tick', 'DEFAULT', 'dead', @ahead, @ahead, 5, 'EXECUTING', 'plan-tick', 'DEFAULT', true, false);
            update quartz.qrtz_triggers set trigger_state = 'BLOCKED' where trigger_name = 'plan-tick';
            """,
            new { ahead = (TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(5)).Ticks },
            CancellationToken.None);
        var watch = ActivatorUtilities.CreateInstance<ScheduleWatch>(host.Services);

        await watch.LookAsync(CancellationToken.None);
        await database.ExecuteAsync("update quartz.qrtz_scheduler_state set last_checkin_time = last_checkin_time + 1 where instance_name = 'alive'", null, CancellationToken.None);
        await watch.LookAsync(CancellationToken.None);

        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<bool>(
                "select not exists (select from quartz.qrtz_fired_triggers where instance_name = 'dead') and trigger_state <> 'BLOCKED' from quartz.qrtz_triggers where trigger_name = 'plan-tick'",
                null,
                CancellationToken.None),
            "ticks go on");
        (await database.QueryAsync<string>("select instance_name from quartz.qrtz_scheduler_state where last_checkin_time > @now", new { now = TimeProvider.System.GetUtcNow().AddHours(1).Ticks }, CancellationToken.None))
            .ShouldBe(["alive"]);
    }

    private static Task ClocksRanAheadAsync(Database database) => database.ExecuteAsync(
        "update quartz.qrtz_triggers set next_fire_time = next_fire_time + @year, start_time = start_time + @year where trigger_name <> 'plan-at-start'",
        new { year = TimeSpan.FromDays(366).Ticks },
        CancellationToken.None);

    private static Task<IReadOnlyList<string>> NextTimesAsync(Database database) => database.QueryAsync<string>(
        "select trigger_name || ' ' || execution_group from quartz.qrtz_triggers where next_fire_time < @soon and trigger_name <> 'plan-at-start' order by trigger_name",
        new { soon = (TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2)).Ticks },
        CancellationToken.None);

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

        (await database.QueryAsync<string>("select trigger_name from quartz.qrtz_triggers where trigger_name <> 'plan-at-start'", null, CancellationToken.None)).ShouldBe(["plan-tick", "digest-retention", "hourly-counts"], ignoreOrder: true);
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
    public async Task A_source_is_fetched_at_once_on_a_fresh_install_and_after_a_restart_that_missed_its_hour()
    {
        await using var source = await RecordedServer.AlwaysAsync("[]");
        // Its hours are those of the test's clock; Quartz's own never comes.
        var configuration = await apps.CreateConfigurationAsync(
            ("Sources__HuggingFace__Enabled", "true"), ("Sources__HuggingFace__BaseUrl", source.Url), ("Sources__HuggingFace__Cron", "0 0 3 * 3 ? 2026,2099"));
        await using var database = Database.Connect(configuration.GetConnectionString("Digest")!); // CreateConfigurationAsync sets it
        var clock = new TestClock();

        await ServeUntilReadAsync("2026-03-04");
        var fresh = source.Asked.Count;
        clock.Advance(NodaTime.Duration.FromDays(1));
        await ServeUntilReadAsync("2026-03-05");

        fresh.ShouldBeGreaterThan(0);
        source.Asked.Count.ShouldBeGreaterThan(fresh);

        async Task ServeUntilReadAsync(string day)
        {
            await using var host = await ServeHost.StartAsync(configuration, clock, Roles.Ingest, CancellationToken.None);
            await Eventually.TrueAsync(
                async () => await database.QuerySingleOrDefaultAsync<bool>(
                    "select exists (select from source_runs where listed_on = cast(@day as date) and outcome <> 'running')", new { day }, CancellationToken.None),
                $"{day} is read at the start");
        }
    }

    [Fact]
    public async Task Hung_feeds_do_not_delay_the_planner()
    {
        await using var hung = await RecordedServer.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var configuration = await apps.CreateConfigurationAsync([.. Enumerable.Range(0, 4).SelectMany(i => new (string, string)[]
        {
            ($"Sources__Feeds__{i}__Name", $"feed-{i}"), ($"Sources__Feeds__{i}__Url", $"{hung.Url}/feed-{i}"), ($"Sources__Feeds__{i}__Cron", "0 0 0 1 1 ? 2099"),
        })]);
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Plan | Roles.Ingest, CancellationToken.None);
        var database = host.Services.GetRequiredService<Database>();
        await Eventually.TrueAsync(() => hung.Asked.Select(path => path).Distinct(StringComparer.Ordinal).Count() == 4, "all four are asked and hang");
        await database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, send_at, frequency, next_due_at, next_due_on, created_at, confirmed_at)
            values ('a@example.org', 'a@example.org', 'active', 'UTC', '04:00', 'daily', '2026-03-04 04:00Z', '2026-03-04', '2026-03-01', '2026-03-01')
            """,
            null,
            CancellationToken.None);

        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        await scheduler.TriggerJob((await scheduler.GetTrigger(new TriggerKey("plan-tick")))!.JobKey); // the role Plan has it

        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<bool>("select exists (select from digests)", null, CancellationToken.None), "the planner ticks");
        hung.Asked.Count.ShouldBe(4);

        // A stop breaks the fetches off and says so; one that waited for them in vain would leave them running.
        (await host.RunAsync(new CancellationToken(canceled: true))).ShouldBe(0);
        var stopped = await database.QueryAsync<string>("select outcome || ': ' || detail from source_runs where source like 'feed-%'", null, CancellationToken.None);
        stopped.ShouldBe(Enumerable.Repeat("failed: It was stopped.", 4));
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
    public async Task A_stop_waits_for_no_part_beyond_its_patience_and_says_which_had_not_ended()
    {
        var lines = new LinesOf<ServeHost>();
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(),
            new TestClock(),
            Roles.Web,
            CancellationToken.None,
            addServices: services => services.AddHostedService<EndlessPart>().AddSingleton<ILogger<ServeHost>>(lines));
        await host.Services.GetServices<IHostedService>().OfType<EndlessPart>().Single().Begun;

        var code = await host.RunAsync(new CancellationToken(canceled: true), impatience: new CancellationToken(canceled: true));

        code.ShouldBe(1);
        lines.Told.ShouldBe(["Error: Stopped before EndlessPart had ended; what was begun is taken up by another process, or by the next start"]);
    }

    [Fact]
    public async Task A_scheduler_that_cannot_give_back_what_it_took_from_the_database_keeps_no_process_from_ending()
    {
        var configuration = await apps.CreateConfigurationAsync();
        var lines = new LinesOf<ServeHost>();
        await using var host = await ServeHost.StartAsync(
            configuration, new TestClock(), Roles.Plan, CancellationToken.None, addServices: services => services.AddSingleton<ILogger<ServeHost>>(lines));
        await using var database = Database.Connect(configuration.GetConnectionString("Digest")!); // CreateConfigurationAsync sets it
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        // So near that it is taken now, to be fired then; and later than what the test does until it stops.
        await scheduler.ScheduleJob(
            TriggerBuilder.Create().ForJob((await scheduler.GetTrigger(new TriggerKey("plan-tick")))!.JobKey).WithExecutionGroup("plan").StartAt(TimeProvider.System.GetUtcNow().AddSeconds(25)).Build());
        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<bool>("select exists (select from quartz.qrtz_fired_triggers where state = 'ACQUIRED')", null, CancellationToken.None),
            "a trigger is taken");
        await database.ExecuteAsync("alter table quartz.qrtz_triggers rename to gone", null, CancellationToken.None);

        var code = await host.RunAsync(new CancellationToken(canceled: true), impatience: new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromMinutes(1));

        code.ShouldBe(1);
        lines.Told.ShouldBe(["Error: Stopped before SchedulerService had ended; what was begun is taken up by another process, or by the next start"]);
    }

    [Fact]
    public async Task A_process_without_pages_listens_where_it_is_told_to_and_nowhere_else()
    {
        var configuration = await apps.CreateConfigurationAsync();
        configuration["Urls"] = null;
        await using (var untold = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Send, CancellationToken.None))
            untold.Urls.ShouldBeEmpty();

        configuration["Urls"] = "http://127.0.0.1:0";
        await using var told = await ServeHost.StartAsync(configuration, new TestClock(), Roles.Send, CancellationToken.None);

        told.Urls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_taken_address_is_told_with_the_setting_that_mends_it()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        var configuration = await apps.CreateConfigurationAsync(("Urls", host.Urls[0]));
        var began = Stopwatch.GetTimestamp();

        var refusal = await Should.ThrowAsync<OperatorException>(
            () => ServeHost.StartAsync(configuration, new TestClock(), Roles.All, CancellationToken.None));

        // A part that would not stop takes the 25 seconds of a stop.
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(20));

        refusal.Message.ShouldBe($"Setting Urls: '{host.Urls[0]}' is taken by another program: stop that, or set Urls to an address with another port.");
    }

    [Fact]
    public async Task A_start_that_fails_stops_what_had_begun_before_it_says_why()
    {
        await using var relay = ScriptedSmtpServer.Start();
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        using var second = WorkerProcess.Serve(host.Services.GetRequiredService<Database>(), relay, ("Urls", host.Urls[0]));

        (await second.ExitAsync(TimeSpan.FromMinutes(1))).ShouldBe(1);

        var lines = (await second.ErrorsAsync()).Trim().Split('\n');
        lines[^1].ShouldContain("is taken by another program");
        lines.ShouldNotContain(line => line.Contains("starts anew", StringComparison.Ordinal) || line.Contains("ObjectDisposed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_of_the_operator_that_fails_speaks_to_the_operator()
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(("Admin__Password", "a long password")), new TestClock(), Roles.Web, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        await host.Services.GetRequiredService<Database>().ExecuteAsync("alter table admin_sessions rename to gone", null, CancellationToken.None);
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("password", "a long password")]);

        using var answer = await client.PostAsync("/admin/sign-in", form);

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("The log says what happened");
        ErrorMessage.ForOperator(503).ShouldNotBeNull().Advice.ShouldContain("/readyz, the log and");
    }

    [Fact]
    public async Task A_host_that_has_stopped_leaves_nothing_that_beats_or_holds_its_services()
    {
        var services = await StartedAndStoppedAsync();

        await Eventually.TrueAsync(
            () =>
            {
                GC.Collect();
                return !services.IsAlive;
            },
            "the services of a stopped host are free");

        async Task<WeakReference> StartedAndStoppedAsync()
        {
            await using var host = await ServeHost.StartAsync(await apps.CreateConfigurationAsync(), new TestClock(), Roles.All, CancellationToken.None);
            using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
            (await client.GetStringAsync("/search?q=graphs")).ShouldContain("</html>");
            return new WeakReference(host.Services);
        }
    }

    private sealed class EndlessPart : BackgroundService
    {
        private readonly TaskCompletionSource _begun = new();

        /// <summary>A part that is stopped before it has begun has ended.</summary>
        public Task Begun => _begun.Task;

        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            _begun.SetResult();
            return new TaskCompletionSource().Task;
        }
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
