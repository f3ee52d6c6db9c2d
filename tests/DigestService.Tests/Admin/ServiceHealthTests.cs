using System.Net;
using System.Text.Json.Nodes;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Tests.Delivery;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Admin;

/// <summary>What is wrong is told alike by /readyz, doctor, /metrics and /admin.</summary>
public sealed class ServiceHealthTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Password = "a long password";

    [Fact]
    public async Task Readers_for_whom_nothing_is_planned_are_late_after_half_an_hour()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddReaderAsync("ada@mail.example", "pruning");

        (await PartsAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(29))).ShouldBeEmpty();
        (await SentencesAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(31))).ShouldHaveSingleItem()
            .ShouldStartWith("Readers have been due since 2026-03-04 07:00 UTC and no digest is planned for them");
    }

    [Fact]
    public async Task Digests_that_are_planned_and_not_written_are_late_and_those_that_wait_for_a_source_are_not()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Sources__Arxiv__Enabled", "true"), ("Sources__Arxiv__Cron", "0 0 0 1 1 ? 2099"));
        var reader = await bed.AddReaderAsync("ada@mail.example", "pruning");
        await bed.Database.ExecuteAsync(
            """
            update subscribers set next_due_at = next_due_at + interval '1 day', next_due_on = next_due_on + 1;
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at) values (@reader, @today, @hour, 'planned', @hour);
            """,
            new { reader, today = DigestTestBed.Today, hour = DigestTestBed.Hour },
            default);

        (await PartsAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(31))).ShouldBe(["digests"]);
        await bed.Database.ExecuteAsync(
            """
            insert into source_runs (source, started_at, finished_at, outcome)
            values ('arxiv', @well, @well, 'done'), ('arxiv', @late, @late, 'failed')
            """,
            new { well = DigestTestBed.Hour - Duration.FromDays(1), late = DigestTestBed.Hour - Duration.FromHours(1) },
            default);

        (await PartsAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(31))).ShouldBe(["source"]);
        (await PartsAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(149))).ShouldBe(["source"]);
        (await PartsAsync(bed, DigestTestBed.Hour + Duration.FromMinutes(151))).ShouldBe(["digests", "source"]);
    }

    [Fact]
    public void A_clock_that_is_off_by_whole_hours_is_told_alike_each_time_it_is_measured()
    {
        foreach (var milliseconds in (int[])[-400, 0, 400])
        {
            ClockSkew.FaultOf(Duration.FromHours(2) + Duration.FromMilliseconds(milliseconds)).ShouldBe("This machine's clock is 2 hours behind the database's: set both by NTP.");
        }
    }

    [Theory]
    [InlineData(-31, "31 s ahead of the database's")]
    [InlineData(31, "31 s behind the database's")]
    [InlineData(29, null)]
    [InlineData(-119, "119 s ahead of the database's")]
    [InlineData(125, "2 minutes behind the database's")]
    [InlineData(-3_605, "60 minutes ahead of the database's")]
    [InlineData(34_560_005, "400 days behind the database's")]
    public async Task A_clock_that_is_off_by_more_than_half_a_minute_is_a_fault(int seconds, string? words)
    {
        var app = await apps.CreateAsync();
        var skew = new ClockSkew(app.Database, new OffTime(TimeSpan.FromSeconds(-seconds)));

        var fault = await skew.FindFaultAsync(default);

        if (words is null)
            fault.ShouldBeNull();
        else
            fault.ShouldBe($"This machine's clock is {words}: set both by NTP.");
    }

    [Theory]
    [InlineData(25, 2020)]
    [InlineData(23, 2026)]
    [InlineData(-25, 2026)]
    public async Task Nothing_is_planned_or_deleted_while_the_clock_is_a_day_ahead_and_the_operator_is_told(int hours, int year)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddReaderAsync("a@mail.example");
        await bed.Database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at)
            select id, '2020-01-01', '2020-01-01', 'empty', '2020-01-01' from subscribers
            """,
            null,
            default);
        bed.Clock.Now = DigestTestBed.Hour;
        var skew = new ClockSkew(bed.Database, new OffTime(TimeSpan.FromHours(hours)));

        await new PlanTickJob(bed.Service<DigestTick>(), skew, bed.Clock).Execute(null!); // neither job reads its context
        await new DigestRetentionJob(bed.Service<DigestRetention>(), bed.Service<ReaderRetention>(), skew).Execute(null!);

        (await bed.Database.QueryAsync<int>("select extract(year from digest_on)::int from digests", null, default)).ShouldBe([year]);
        (await skew.FindFaultAsync(default))!.EndsWith("No digest is planned, no mail given up as too late and nothing old deleted until they are less than a day apart.", StringComparison.Ordinal).ShouldBe(year == 2020);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_a_reason_that_names_the_setting_and_a_folder_that_is_full_stands_beside_it()
    {
        var app = await apps.CreateAsync(("Data__Directory", "/proc/self"));
        await using var gone = Database.Connect(new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString) { Port = 1 }.ConnectionString);
        using var health = ActivatorUtilities.CreateInstance<ServiceHealth>(app.Service<IServiceProvider>(), gone);
        var readiness = new Readiness(health, new ServingRoles(Roles.All));

        var report = await readiness.CheckAsync(default);

        report.Ready.ShouldBeFalse();
        report.Reasons[0].ShouldBe("The database cannot be reached: is PostgreSQL at 127.0.0.1:1 running? ConnectionStrings__Digest leads there.");
        report.Reasons[1].ShouldStartWith("Setting Data__Directory: nothing can be written in '/proc/self'");
    }

    [Fact]
    public async Task A_database_that_is_set_to_read_only_while_the_service_runs_is_a_reason_and_doctor_starts_on_it_all_the_same()
    {
        const string Sentence = "The database is set to read only and takes no writes:";
        var configuration = await apps.CreateConfigurationAsync();
        await using var app = await TestApp.StartAsync(configuration);
        var readiness = new Readiness(app.Service<ServiceHealth>(), new ServingRoles(Roles.All));
        var name = new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString).Database;
        (await readiness.CheckAsync(default)).Database.ShouldBe("ok");

        await app.Database.ExecuteAsync($"alter database \"{name}\" set default_transaction_read_only = on", null, default);
        app.Database.Source.Clear();

        var report = await readiness.CheckAsync(default);
        (report.Ready, report.Reasons.Count).ShouldBe((false, 1));
        report.Reasons[0].ShouldStartWith(Sentence);
        report.Database.ShouldStartWith(Sentence);
        await using var anew = await TestApp.StartAsync(configuration);
        var checks = await anew.Service<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), default);
        checks.Single(check => check.Name == "database").Detail.ShouldStartWith(Sentence);
        (await Should.ThrowAsync<OperatorException>(() => ServeHost.StartAsync(configuration, new TestClock(), Roles.Web, default))).Message.ShouldStartWith(Sentence);
    }

    [Fact]
    public async Task A_hold_is_told_at_once_and_only_one_that_nobody_asked_for_turns_readiness_red()
    {
        var app = await apps.CreateAsync();
        var readiness = new Readiness(app.Service<ServiceHealth>(), new ServingRoles(Roles.All));

        await app.Service<SendingHold>().HoldAsync("Wrong papers", default);
        var wanted = await readiness.CheckAsync(default);
        await app.Service<SendingHold>().ReleaseAsync(default);
        await app.Service<SendingHold>().HoldAsync("This database is a copy of the one that was sending: its home changed.", default);
        var found = await readiness.CheckAsync(default);

        wanted.Reasons.ShouldBe(["Sending is held and mails wait: Wrong papers. 'digest outbox release' lets it go on."]);
        wanted.Ready.ShouldBeTrue();
        found.Ready.ShouldBeFalse();
        found.Reasons.ShouldHaveSingleItem().ShouldContain("its home changed. 'digest outbox release'");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_and_does_not_keep_the_service_from_its_work()
    {
        var file = Path.Combine(TestDirectory.Create("data"), "file");
        await File.WriteAllTextAsync(file, "");
        var app = await apps.CreateAsync(("Data__Directory", file));

        var report = await new Readiness(app.Service<ServiceHealth>(), new ServingRoles(Roles.All)).CheckAsync(default);

        report.Ready.ShouldBeTrue();
        report.Reasons.ShouldHaveSingleItem().ShouldStartWith($"Setting Data__Directory: nothing can be written in '{file}'");
    }

    [Fact]
    public async Task A_folder_on_a_full_disk_cannot_be_written()
    {
        await using var disk = await SmallDisk.MountAsync(TestDirectory.Create("small"), account: null);
        var data = new DataOptions { Directory = disk.Folder };
        data.FindFault().ShouldBeNull();

        disk.Fill();

        data.FindFault().ShouldNotBeNull().ShouldEndWith("is full; free some room on it, or inodes, which df -i counts. A restored backup is recognised by its place alone until then.");
        Directory.GetFiles(disk.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_schema_of_a_newer_program_is_told_with_what_this_one_can_do_about_it()
    {
        var app = await apps.CreateAsync();
        await app.Database.ExecuteAsync("insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', '')", null, default);

        var report = await new Readiness(app.Service<ServiceHealth>(), new ServingRoles(Roles.All)).CheckAsync(default);

        var sentence = $"The database's schema is at version 9999, which a newer program made, and this one knows {Migrator.NewestVersion}: stop this process and start the newer program.";
        report.Reasons.ShouldBe([sentence]);
        report.Schema.ShouldBe("another");
    }

    [Theory]
    [InlineData("/readyz")]
    [InlineData("/admin")]
    public async Task One_look_asks_each_part_once(string page)
    {
        await using var host = await ServeHost.StartAsync(
            await apps.CreateConfigurationAsync(("Admin__Password", Password), ("Inbox__Kind", "Pipe"), ("Sources__HuggingFace__Enabled", "true")),
            new TestClock(),
            Roles.Web,
            default,
            // The gauges look at the same parts, whenever their time comes.
            addServices: services => services.Remove(services.Single(service => service.ImplementationType == typeof(StateGauges))));
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("password", Password)]);
        using var signedIn = await client.PostAsync("/admin/sign-in", form);
        using var seen = new SeenStatements(host.Services.GetRequiredService<Database>());

        using var answer = await client.GetAsync(page);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        ShouldHaveAskedOnce(seen);
    }

    [Fact]
    public async Task A_round_of_the_gauges_and_the_doctor_each_ask_each_part_once()
    {
        var app = await apps.CreateAsync(("Inbox__Kind", "Pipe"), ("Sources__HuggingFace__Enabled", "true"));
        using (var seen = new SeenStatements(app.Database))
        {
            using var gauges = new StateGauges(app.Database, app.Service<ServiceHealth>(), app.Service<AdminOverview>(), app.Clock, new FaultLog(NullLogger<FaultLog>.Instance, new DatabaseOutage()));
            await gauges.TellAsync(default);
            ShouldHaveAskedOnce(seen);
        }

        using (var seen = new SeenStatements(app.Database))
        {
            await app.Service<Doctor>().ExamineAsync(app.Service<MigrationReport>(), default);
            ShouldHaveAskedOnce(seen);
        }
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_all_but_the_first_share_one_look_that_began_after_they_asked()
    {
        var app = await apps.CreateAsync();
        using var seen = new SeenStatements(app.Database);
        var health = app.Service<ServiceHealth>();

        // The first look waits until all have asked.
        Task<ServiceState>[] asked;
        await using (var connection = await app.Database.OpenAsync(default))
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("lock table inbound_messages in access exclusive mode", null, default);
            asked = [.. Enumerable.Range(0, 20).Select(_ => health.ReadAsync(default))];
            await transaction.CommitAsync();
        }

        var states = await Task.WhenAll(asked);
        var later = await health.ReadAsync(default);

        states.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(2);
        states.ShouldNotContain(state => ReferenceEquals(state, later));
        seen.Names.Count(name => name == "inbound_messages.oldest_waiting").ShouldBe(3);
    }

    [Theory]
    [InlineData("deliveries")] // which the look itself waits for
    [InlineData("votes")] // which only what somebody does waits for
    public async Task Who_holds_a_lock_that_the_service_waits_for_is_named(string table)
    {
        var app = await apps.CreateAsync();
        var health = app.Service<ServiceHealth>();
        health.Patience = TimeSpan.FromMilliseconds(100);
        var builder = new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString) { ApplicationName = "psql" };
        await using var somebody = Database.Connect(builder.ConnectionString);
        await using var connection = await somebody.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync($"lock table {table} in access exclusive mode", null, default);
        var waiting = app.Database.ExecuteAsync($"select count(*) from {table}", null, default);

        var told = new List<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                told.Add(await SentenceAsync(health));
                return told[^1].StartsWith("The service waits for a lock", StringComparison.Ordinal);
            },
            "the lock is told of");

        told[^1].ShouldBe($"The service waits for a lock in the database that 'psql' of the role {connection.UserName} holds (PostgreSQL process {connection.ProcessID}): end that program, or run 'select pg_terminate_backend({connection.ProcessID})' as a superuser; everything goes on by itself then.");
        await transaction.CommitAsync();
        await waiting;
        (await health.ReadAsync(default)).IsReady.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_only_reads_is_named_where_somebody_else_waits_before_the_service_and_the_service_itself_never()
    {
        var app = await apps.CreateAsync();
        await using var somebody = Database.Connect(new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString) { ApplicationName = "psql" }.ConnectionString);
        await using var own = await app.Database.OpenAsync(default);
        // Of two the first is told: the one that itself waits must not be, though it came first.
        await using var owner = await somebody.OpenAsync(default);
        await using var reader = await somebody.OpenAsync(default);
        await using (var transaction = await own.BeginTransactionAsync())
        {
            await own.ExecuteAsync("lock table votes in access exclusive mode", null, default);
            var waitingForOwn = app.Database.ExecuteAsync("select count(*) from votes", null, default);
            await Eventually.TrueAsync(app.Database.IsAnybodyWaitingAsync, "it waits");
            (await DatabaseLocks.FindHolderAsync(app.Database, TimeSpan.Zero, default)).ShouldBeNull();
            await transaction.CommitAsync();
            await waitingForOwn;
        }

        await using var reading = await reader.BeginTransactionAsync();
        await reader.ExecuteAsync("select count(*) from votes", null, default);
        var changing = owner.ExecuteAsync("alter table votes add column more int", null, default);
        await Eventually.TrueAsync(app.Database.IsAnybodyWaitingAsync, "the change waits");
        var waiting = app.Database.ExecuteAsync("select count(*) from votes", null, default);

        await Eventually.TrueAsync(
            async () => (await DatabaseLocks.FindHolderAsync(app.Database, TimeSpan.Zero, default))?.Contains($"(PostgreSQL process {reader.ProcessID})", StringComparison.Ordinal) == true, "the reader is named");
        (await DatabaseLocks.FindHolderAsync((await apps.CreateAsync()).Database, TimeSpan.Zero, default)).ShouldBeNull("another database's waiting is none of ours");
        await using var another = Database.Connect(new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString) { Options = "-c role=pg_monitor" }.ConnectionString);
        var seenByAnother = await DatabaseLocks.FindHolderAsync(another, TimeSpan.Zero, default);
        await reading.CommitAsync();
        await Task.WhenAll(changing, waiting);
        seenByAnother.ShouldBeNull("nor is another role's");
    }

    private static async Task<string> SentenceAsync(ServiceHealth health)
    {
        try
        {
            return (await health.ReadSoonAsync(default)).Faults.Select(fault => fault.Sentence).FirstOrDefault() ?? "";
        }
        catch (NpgsqlException late)
        {
            return Verb.Sentence(late);
        }
    }

    [Fact]
    public async Task Readiness_the_metrics_the_doctor_and_the_operators_page_tell_the_same()
    {
        var configuration = await apps.CreateConfigurationAsync(
            ("Admin__Password", Password), ("Inbox__Kind", "Pipe"), ("Sources__HuggingFace__Enabled", "true"), ("Sources__HuggingFace__Cron", "0 0 0 1 1 ? 2099"));
        await using (var database = Database.Connect(configuration["ConnectionStrings:Digest"]!)) // CreateConfigurationAsync sets it
        {
            await database.ExecuteAsync("insert into source_runs (source, started_at, outcome, detail) values ('huggingface', now(), 'failed', 'No route to host.')", null, default);
            await database.ExecuteAsync("insert into inbound_messages (raw, content_hash, source, received_at) values ('x', 'x', 'pipe', '2026-03-01')", null, default);
            await TestMail.EnqueueAsync(database, 1);
            await database.ExecuteAsync("update deliveries set state = 'unknown', next_attempt_at = null", null, default);
        }

        await using var host = await ServeHost.StartAsync(
            configuration, new TestClock(), Roles.Web, default, addServices: services => services.AddSingleton<TimeProvider>(new OffTime(TimeSpan.FromMinutes(3))));
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = true }) { BaseAddress = new Uri(host.Urls[0]) };
        string[] sentences = ["This machine's clock is 3 minutes ahead of", "1 mail may or may not have arrived", "It failed: No route to host.", "1 message waits to be handled, the oldest since 2026-03-01"];

        using var ready = await client.GetAsync("/readyz");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var reasons = JsonNode.Parse(await ready.Content.ReadAsStringAsync())!["reasons"]!.AsArray().Select(reason => reason!.GetValue<string>()).ToList();
        reasons.Count.ShouldBe(4);
        var checks = await host.Services.GetRequiredService<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), default);
        var failed = string.Join('\n', checks.Where(check => check is { Ok: false, IsWarning: false }).Select(check => check.Detail));
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("password", Password)]);
        using var signedIn = await client.PostAsync("/admin/sign-in", form);
        var page = WebUtility.HtmlDecode(await signedIn.Content.ReadAsStringAsync());
        foreach (var sentence in sentences)
        {
            reasons.ShouldContain(reason => reason.Contains(sentence, StringComparison.Ordinal));
            failed.ShouldContain(sentence);
            page.ShouldContain(sentence);
        }

        // The gauges belong to the process: another test's host may tell its own between two looks of this one.
        var gauges = host.Services.GetServices<IHostedService>().OfType<StateGauges>().Single();
        await Eventually.TrueAsync(
            async () =>
            {
                await gauges.TellAsync(default);
                var metrics = await client.GetStringAsync("/metrics");
                return ((string[])["digest_faults{part=\"clock\"} 1\n", "digest_faults{part=\"doubt\"} 1\n", "digest_faults{part=\"source\"} 1\n", "digest_faults{part=\"inbox\"} 1\n",
                    "digest_source_healthy{source=\"huggingface\"} 0\n"]).All(line => metrics.Contains(line, StringComparison.Ordinal));
            },
            "the metrics tell it");
    }

    private static void ShouldHaveAskedOnce(SeenStatements seen)
    {
        seen.Names.ShouldContain("inbound_messages.oldest_waiting");
        seen.Names.CountBy(name => name).Where(count => count.Value > 1).Select(count => count.Key).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<string>> PartsAsync(DigestTestBed bed, Instant now) => [.. (await FindAsync(bed, now)).Select(fault => fault.Part)];

    private static async Task<IReadOnlyList<string>> SentencesAsync(DigestTestBed bed, Instant now) => [.. (await FindAsync(bed, now)).Select(fault => fault.Sentence)];

    private static async Task<IReadOnlyList<ServiceFault>> FindAsync(DigestTestBed bed, Instant now)
    {
        ((TestClock)bed.Service<IClock>()).Now = now;
        return (await bed.Service<ServiceHealth>().ReadAsync(default)).Faults;
    }
}
