using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Journeys;

/// <summary>The service as deploy/roles.sql lets it run: one role owns and migrates the database, another serves and owns nothing.</summary>
public sealed class RestrictedRoleTests(AppFixture apps) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private const string Password = "a password of the tests";
    private readonly string _suffix = Guid.NewGuid().ToString("n")[..8];
    private string _superuser = "";
    private string _rights = "";

    private string Owner => $"digest_owner_{_suffix}";

    private string Service => $"digest_app_{_suffix}";

    private string Name => $"digest_{_suffix}";

    public async Task InitializeAsync()
    {
        _superuser = (await apps.CreateConfigurationAsync()).GetConnectionString("Digest")!; // CreateConfigurationAsync sets it
        var script = Path.Combine(TestDirectory.Create("roles"), "roles.sql");
        var sql = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "roles.sql"));
        sql = sql
            .Replace("digest_owner", Owner, StringComparison.Ordinal)
            .Replace("digest_app", Service, StringComparison.Ordinal)
            .Replace("database digest owner", $"database {Name} owner", StringComparison.Ordinal)
            .Replace(@"\connect digest", $@"\connect {Name}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(script, $"{sql}\nalter role {Owner} password '{Password}';\nalter role {Service} password '{Password}';\n");
        _rights = Path.Combine(TestDirectory.Create("rights"), "rights.sql");
        await File.WriteAllTextAsync(_rights, sql[(sql.IndexOf($@"\connect {Name}", StringComparison.Ordinal) + $@"\connect {Name}".Length)..]);
        await PostgresTools.RunFileAsync(script, _superuser);
    }

    public async Task DisposeAsync()
    {
        await using var superuser = Database.Connect(_superuser);
        await superuser.ExecuteAsync($"drop database {Name} with (force)", null, default);
        await superuser.ExecuteAsync($"drop database if exists {Name}_before with (force)", null, default);
        await superuser.ExecuteAsync($"drop role {Owner}", null, default);
        await superuser.ExecuteAsync($"drop role {Service}", null, default);
    }

    [Fact]
    public async Task From_signing_up_to_the_digest_and_its_upkeep_the_service_needs_no_right_to_change_tables()
    {
        var clock = new TestClock();
        await using var relay = ScriptedSmtpServer.Start();
        await using var owner = Database.Connect(As(Owner));
        (await WorkerProcess.RunAsync(owner, "migrate")).ShouldSucceed();
        await using var host = await ServeHost.StartAsync(await ConfigureAsync(relay), clock, Roles.All, default);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(host.Urls[0]) };
        var database = host.Services.GetRequiredService<Database>();
        await database.ExecuteAsync(
            "insert into papers (title, original_title, abstract, first_listed_on, created_at, updated_at) values ('Low-rank adaptation', 'Low-rank adaptation', 'Parameter-efficient fine-tuning of large language models.', '2026-03-03', @now, @now)",
            new { now = clock.Now },
            default);

        await PostAsync(browser, "/subscribe", ("email", "ada@reader.example"), ("topics", "fine-tuning-efficiently"));
        (await relay.HasReceivedAsync(1, TimeSpan.FromSeconds(20))).ShouldBeTrue();
        await PostAsync(browser, Link(relay.Received.First().Text, "confirm"));
        clock.Now = Instant.FromUtc(2026, 3, 4, 7, 0);
        await host.Services.GetRequiredService<DigestTick>().RunAsync(clock.Now, default);
        await Eventually.TrueAsync(() => relay.Received.Any(mail => mail.Header("Precedence") == "bulk"), "the digest arrives");

        await CloseAndDropAPartitionAsync(host, database);
        (await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync("create table mine (id integer)", null, default)))
            .SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        (await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync("select drop_delivery_partition('subscribers')", null, default)))
            .MessageText.ShouldContain("is no closed partition");
        (await DatabaseRole.ReadAsync(database, default)).ShouldBe(new DatabaseRole { Name = Service, IsSuperuser = false, IsOwner = false });
        (await DatabaseRole.ReadAsync(owner, default)).ShouldBe(new DatabaseRole { Name = Owner, IsSuperuser = false, IsOwner = true });
    }

    [Fact]
    public async Task After_the_drill_of_docs_operations_md_the_owner_can_migrate_and_the_service_can_serve_and_no_more()
    {
        await using (var owner = Database.Connect(As(Owner)))
            await Migrator.MigrateAsync(owner, default);
        await using var superuser = Database.Connect(_superuser);
        await using (var whole = Database.Connect(On(Name)))
        {
            var dump = await PostgresTools.DumpAsync(whole);
            await superuser.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Name}'", null, default);
            await superuser.ExecuteAsync($"alter database {Name} rename to {Name}_before", null, default);
            await superuser.ExecuteAsync($"create database {Name} owner {Owner}", null, default);
            await PostgresTools.RestoreAsync(dump, On(Name), Owner);
            await PostgresTools.RunFileAsync(_rights, On(Name));
        }

        await using var restored = Database.Connect(As(Owner));
        (await Migrator.MigrateAsync(restored, default)).Applied.ShouldBe(0);
        // As a migration to come does, in every schema.
        var tables = await restored.QueryAsync<string>(
            "select format('alter table %I.%I add column later integer', schemaname, tablename) from pg_tables where schemaname in ('public', 'quartz')", null, default);
        tables.Count.ShouldBeGreaterThan(20);
        foreach (var change in tables.Where(change => !change.Contains("deliveries_", StringComparison.Ordinal)))
            await restored.ExecuteAsync(change, null, default);
        await using var serving = Database.Connect(As(Service));
        await TestMail.EnqueueAsync(serving, 1);
        (await Should.ThrowAsync<PostgresException>(() => serving.ExecuteAsync("alter table papers add column mine integer", null, default)))
            .SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_service_that_may_not_migrate_says_who_has_to()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var configuration = await ConfigureAsync(relay);

        var refusal = await Should.ThrowAsync<OperatorException>(() => App.StartAsync(configuration, new TestClock(), default));

        refusal.Message.ShouldStartWith("The database lacks migration 0101_service.sql, and this role may not make it");
        refusal.Message.ShouldEndWith("run 'digest migrate' as the owner of the database first.");
    }

    /// <summary>What the sender's worker does each hour, with the partitions made old.</summary>
    private async Task CloseAndDropAPartitionAsync(ServeHost host, Database database)
    {
        await database.ExecuteAsync("update delivery_partitions set opened_at = now() - interval '100 days'", null, default);
        await host.Services.GetRequiredService<Retention>().RunAsync(default);
        await database.ExecuteAsync("update delivery_partitions set closed_at = closed_at - interval '100 days' where closed_at is not null", null, default);
        await host.Services.GetRequiredService<Retention>().RunAsync(default);

        (await database.QueryAsync<string>("select name from delivery_partitions", null, default)).ShouldHaveSingleItem().ShouldNotBe("deliveries_1");
        await TestMail.EnqueueAsync(database, 1);
    }

    private async Task<IConfiguration> ConfigureAsync(ScriptedSmtpServer relay) => await apps.CreateConfigurationAsync(
        [.. relay.Settings, ("ConnectionStrings__Digest", As(Service)), ("Site__BaseUrl", "https://papers.example")]);

    private string On(string database) => new NpgsqlConnectionStringBuilder(_superuser) { Database = database }.ConnectionString;

    private string As(string role) => new NpgsqlConnectionStringBuilder(_superuser) { Database = Name, Username = role, Password = Password }.ConnectionString;

    private static string Link(string mail, string kind)
    {
        var text = mail.Replace("=\r\n", "", StringComparison.Ordinal);
        var start = text.IndexOf($"https://papers.example/{kind}/", StringComparison.Ordinal) + "https://papers.example".Length;
        return text[start..text.IndexOfAny(['\r', ' ', '\n'], start)];
    }

    [Fact]
    public async Task Tables_that_a_restore_left_without_rights_are_named_by_doctor_and_readiness()
    {
        await using var owner = Database.Connect(As(Owner));
        await using var service = Database.Connect(As(Service));
        (await WorkerProcess.RunAsync(owner, "migrate")).ShouldSucceed();
        (await DatabaseRole.FindFaultAsync(service, default)).ShouldBeNull();

        await owner.ExecuteAsync($"revoke insert on papers from {Service}; revoke all on suppressions from {Service}", null, default);

        var doctor = await WorkerProcess.RunAsync(service, "doctor");
        doctor.Code.ShouldBe(1);
        var sentence = $"The service runs as {Service}, which may not read and write papers, suppressions: the part of deploy/roles.sql behind \\connect gives it the right.";
        doctor.Output.ShouldContain(sentence);
        using var serving = WorkerProcess.Verb(service, "serve --roles web", ("Admin__Password", "a long password"));
        using var browser = new HttpClient { BaseAddress = await serving.UrlAsync(TimeSpan.FromMinutes(1)) };
        using var ready = await browser.GetAsync("/readyz");
        ((int)ready.StatusCode).ShouldBe(503);
        (await ready.Content.ReadAsStringAsync()).ShouldContain(System.Text.Json.JsonSerializer.Serialize(sentence)[1..^1]);

        await PostAsync(browser, "/admin/sign-in", ("password", "a long password"));
        await owner.ExecuteAsync($"revoke all on digests from {Service}", null, default);
        (await (await browser.GetAsync("/admin")).Content.ReadAsStringAsync()).ShouldContain("permission denied for table digests. The role of ConnectionStrings__Digest lacks a right; deploy/roles.sql has those it needs.");
        (await (await browser.GetAsync("/papers")).Content.ReadAsStringAsync()).ShouldNotContain("permission denied");
    }

    [Fact]
    public async Task Where_a_superuser_owns_the_tables_the_rights_to_them_suffice()
    {
        await using (var superuser = Database.Connect(On(Name)))
            await Migrator.MigrateAsync(superuser, default);
        await PostgresTools.RunFileAsync(_rights, On(Name));
        await using var service = Database.Connect(As(Service));

        (await DatabaseRole.FindFaultAsync(service, default)).ShouldBeNull();
    }

    private static async Task PostAsync(HttpClient browser, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await browser.PostAsync(path, form);
        ((int)response.StatusCode).ShouldBeLessThan(400);
    }
}
