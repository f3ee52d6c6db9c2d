using DigestService.Delivery;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Platform;

public sealed class PgBouncerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Senders_behind_a_pooler_send_every_mail_once_and_without_doubt()
    {
        var direct = await postgres.CreateDatabaseAsync();
        await using var bouncer = await PgBouncer.StartAsync(direct.Source.ConnectionString);
        await using var first = Database.Connect(bouncer.ConnectionString);
        await using var second = Database.Connect(bouncer.ConnectionString);
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(first, 400);

        var data = TestDirectory.Create("data");
        var counts = await Task.WhenAll(Senders.Over(first, Senders.To(relay), data: data).DrainAsync(default), Senders.Over(second, Senders.To(relay), data: data).DrainAsync(default));

        counts.Sum(count => count.Sent).ShouldBe(400);
        relay.Received.Count.ShouldBe(400);
        (await direct.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where state = 'sent' and doubts = 0 and attempts = 1", null, default)).ShouldBe(400);
    }

    [Fact]
    public async Task The_whole_service_starts_migrates_and_schedules_behind_a_pooler()
    {
        var empty = await postgres.CreateEmptyDatabaseAsync();
        await using var bouncer = await PgBouncer.StartAsync(empty.Source.ConnectionString);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["ConnectionStrings:Digest"] = bouncer.ConnectionString,
                ["Data:Directory"] = TestDirectory.Create("data"),
                ["Urls"] = "http://127.0.0.1:0",
                ["Sources:HuggingFace:Enabled"] = "false",
                ["Sources:Arxiv:Enabled"] = "false",
            })
            .Build();

        await using var host = await ServeHost.StartAsync(configuration, new TestClock(), Roles.All, default);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };

        await Eventually.TrueAsync(
            async () => await empty.QuerySingleOrDefaultAsync<long>("select count(*) from quartz.qrtz_triggers where trigger_name = 'hourly-counts' and prev_fire_time > 0", null, default) == 1,
            "a job has been started");
        (await client.GetAsync("/readyz")).EnsureSuccessStatusCode();
        (await client.GetAsync("/")).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_prepared_statement_that_is_lost_leaves_no_mail_in_doubt()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 40);
        // The session forgets what was prepared in it, as one does that a pooler hands to somebody else.
        await database.ExecuteAsync(
            """
            create sequence updates;
            create function forget() returns trigger language plpgsql as $$
            begin
                if nextval('updates') in (50, 90) then
                    execute 'deallocate all';
                end if;
                return null;
            end $$;
            create trigger forget after update on deliveries for each row execute function forget();
            """,
            null,
            default);

        var counts = await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        counts.ShouldBe(new SendCounts { Sent = 40 });
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where doubts > 0", null, default)).ShouldBe(0);
    }
}
