using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>A PostgreSQL that crashes, goes away, turns read-only and runs full under a working sender.</summary>
[WaitsForMinutes]
public sealed class DatabaseFaultTests(ITestOutputHelper output)
{
    private static readonly SmtpScript Brief = new() { MaxKeptBytes = 512 };
    private static readonly DeliveryOptions ShortLeases = new() { LeaseSeconds = 2 };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [OneTransferInShort(Transfer.Data)]
    public async Task A_database_that_crashes_while_mails_are_sent_costs_no_mail_and_doubles_none_silently(Transfer transfer)
    {
        var (crashes, mails) = Full.IsAsked ? (5, 1_000) : (2, 400);
        await using var server = await FaultyPostgres.StartAsync();
        // Of the two, one runs with a server that may forget its latest seconds.
        if (transfer == Transfer.Data)
            await server.CommitLazilyAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        await using var sending = await StartAsync(server, relay, crashes * mails);

        for (var crash = 1; crash <= crashes; crash++)
        {
            (await relay.HasReceivedAsync(crash * mails * 2 / 5, Patience)).ShouldBeTrue();
            await server.CrashAsync();
        }

        await sending.SettleAsync();
        output.WriteLine($"{transfer}, {crashes} crashes: {await CloseAsync(server, relay)}");
    }

    [Theory]
    [OneTransferInShort(Transfer.Bdat)]
    public async Task While_the_database_is_gone_the_worker_says_so_and_rests_and_it_goes_on_soon_after(Transfer transfer)
    {
        var outage = TimeSpan.FromSeconds(Full.IsAsked ? 600 : 5);
        await using var server = await FaultyPostgres.StartAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        await TestMail.EnqueueAsync(server.Database, 20, TestMail.Timeless);
        using var worker = WorkerProcess.Serve(server.Database, relay);
        using var http = new HttpClient { BaseAddress = await worker.UrlAsync(Patience) };
        (await relay.HasReceivedAsync(20, Patience)).ShouldBeTrue();
        (await ReadyAsync(http)).ShouldBe((HttpStatusCode.OK, "ok"));

        await server.StopAsync();
        await Eventually.TrueAsync(async () => (await ReadyAsync(http)).Status == HttpStatusCode.ServiceUnavailable, "the worker is not ready");
        var (used, watch, looks) = (worker.ProcessorTime, Stopwatch.StartNew(), 0);
        for (; watch.Elapsed < outage; looks++)
        {
            var (status, database) = await ReadyAsync(http);
            status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            database.ShouldNotBe("ok");
            (await http.GetStringAsync("/healthz")).ShouldBe($"ok {ProgramVersion.Text}\n");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        used = worker.ProcessorTime - used;
        var share = used / watch.Elapsed;
        await server.StartAgainAsync();
        watch.Restart();
        await TestMail.EnqueueAsync(server.Database, 20, TestMail.Timeless);
        (await relay.HasReceivedAsync(40, TimeSpan.FromSeconds(30))).ShouldBeTrue();
        var resumed = watch.Elapsed;
        await Eventually.TrueAsync(async () => await ReadyAsync(http) == (HttpStatusCode.OK, "ok"), "the worker is ready again");

        output.WriteLine($"{transfer}, {outage.TotalSeconds:0} s without a database: {share:P1} of a processor, not ready at any of {looks} looks; sending again {resumed.TotalSeconds:0.0} s after its return");
        share.ShouldBeLessThan(0.2);
        worker.HasExited.ShouldBeFalse();
        await CloseAsync(server, relay);
    }

    [Theory]
    [OneTransferInShort(Transfer.Data)]
    public async Task While_the_database_takes_no_writes_nothing_is_sent_unmarked_and_claims_that_it_outlasts_are_let_go(Transfer transfer)
    {
        var outages = Full.IsAsked ? 20 : 2;
        await using var server = await FaultyPostgres.StartAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        await using var sending = await StartAsync(server, relay, outages * 500);

        for (var outage = 1; outage <= outages; outage++)
        {
            (await relay.HasReceivedAsync(relay.Received.Count + 200, Patience)).ShouldBeTrue();
            await server.SetReadOnlyAsync(true);
            await LeasesEndAsync(server);
            await NothingIsSentUnmarkedAsync(server, relay);
            await server.SetReadOnlyAsync(false);
        }

        await sending.SettleAsync();
        output.WriteLine($"{transfer}, {outages} times read-only: {await CloseAsync(server, relay)}");
    }

    [Fact]
    public async Task A_worker_stops_in_time_although_the_database_takes_no_writes()
    {
        await using var server = await FaultyPostgres.StartAsync();
        await using var relay = ScriptedSmtpServer.Start(Brief);
        await using var sending = await StartAsync(server, relay, mails: 500);
        (await relay.HasReceivedAsync(100, Patience)).ShouldBeTrue();
        await server.SetReadOnlyAsync(true);
        await LeasesEndAsync(server);

        await sending.StopAsync().WaitAsync(TimeSpan.FromSeconds(25));

        await NothingIsSentUnmarkedAsync(server, relay);
    }

    [Fact]
    public async Task A_run_that_is_to_empty_the_outbox_gives_up_after_half_a_minute_of_a_database_that_takes_no_writes()
    {
        if (!Full.IsAsked)
            throw Skip.Because("waits half a minute for a database: scripts/test --full");
        await using var server = await FaultyPostgres.StartAsync();
        await using var relay = ScriptedSmtpServer.Start(Brief);
        await TestMail.EnqueueAsync(server.Database, 500, TestMail.Timeless);
        await using var database = server.Connect();
        var draining = Senders.Over(database, Senders.To(relay), ShortLeases).DrainAsync(default);
        (await relay.HasReceivedAsync(100, Patience)).ShouldBeTrue();

        await server.SetReadOnlyAsync(true);
        var refusal = await draining.ShouldThrowAsync<PostgresException>();

        refusal.SqlState.ShouldBe(PostgresErrorCodes.ReadOnlySqlTransaction);
        await NothingIsSentUnmarkedAsync(server, relay);
    }

    [Theory]
    [OneTransferInShort(Transfer.Bdat)]
    public async Task While_the_outbox_has_no_space_left_nothing_is_sent_unmarked_and_it_goes_on_once_there_is(Transfer transfer)
    {
        var mails = Full.IsAsked ? 5_000 : 1_000;
        await using var server = await FaultyPostgres.StartAsync();
        var disk = await server.ConfineAsync("deliveries_1");
        await TestMail.EnqueueAsync(server.Database, mails, TestMail.Timeless);
        // As long as somebody reads an old state, a backup say, PostgreSQL cannot use the room of rows that changed again.
        await using var backup = await server.Database.OpenAsync(default);
        await using var snapshot = await backup.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await backup.QueryAsync<long>("select count(*) from deliveries", null, default);
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        relay.Answers = SlowlyAfter(relay, mails: 200);
        await using var sending = new Sending(server, relay);

        (await relay.HasReceivedAsync(200, Patience)).ShouldBeTrue();
        disk.Fill();
        await LeasesEndAsync(server);
        var refusal = await Should.ThrowAsync<PostgresException>(() => TestMail.EnqueueAsync(server.Database, 10_000, TestMail.Timeless));
        refusal.SqlState.ShouldBe(PostgresErrorCodes.DiskFull);
        await NothingIsSentUnmarkedAsync(server, relay);
        var before = relay.Received.Count;
        disk.Free();
        relay.Answers = _ => null;
        await snapshot.CommitAsync();

        await sending.SettleAsync();
        output.WriteLine($"{transfer}, no space left after {before} mails: {await CloseAsync(server, relay)}");
        before.ShouldBeLessThan(mails);
    }

    [Theory]
    [OneTransferInShort(Transfer.Bdat)]
    public async Task A_database_that_dies_for_want_of_space_for_its_log_costs_no_mail_and_doubles_none_silently(Transfer transfer)
    {
        var mails = Full.IsAsked ? 5_000 : 1_000;
        await using var server = await FaultyPostgres.StartAsync();
        var disk = await server.ConfineLogAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(Brief));
        relay.Answers = SlowlyAfter(relay, mails: 200);
        await using var sending = await StartAsync(server, relay, mails);

        (await relay.HasReceivedAsync(200, Patience)).ShouldBeTrue();
        disk.Fill();
        await Eventually.TrueAsync(() => DiesOfItsLogAsync(server), "the server has died");
        var before = relay.Received.Count;
        disk.Free();
        relay.Answers = _ => null;
        await server.StartAgainAsync();
        await NothingIsSentUnmarkedAsync(server, relay);

        await sending.SettleAsync();
        output.WriteLine($"{transfer}, no space left for the log after {before} mails: {await CloseAsync(server, relay)}");
        before.ShouldBeLessThan(mails);
    }

    /// <summary>From a number of mails on so slowly that a disk fills up long before the outbox is empty.</summary>
    private static Func<SmtpStep, SmtpAnswer?> SlowlyAfter(ScriptedSmtpServer relay, int mails) => step =>
        step.Point == SmtpPoint.Dot && relay.Received.Count >= mails ? SmtpAnswer.Drip("250 2.0.0 taken", TimeSpan.FromMilliseconds(10)) : null;

    private static async Task<Sending> StartAsync(FaultyPostgres server, ScriptedSmtpServer relay, int mails)
    {
        await TestMail.EnqueueAsync(server.Database, mails, TestMail.Timeless);
        return new Sending(server, relay);
    }

    /// <summary>Waits until every lease has ended that somebody holds, which takes an outage: a worker that can write renews.</summary>
    private static Task LeasesEndAsync(FaultyPostgres server) => Eventually.TrueAsync(
        async () => await server.Database.QuerySingleOrDefaultAsync<bool>(
            """
            select count(*) > 0 and bool_and(lease_until < clock_timestamp())
            from deliveries where state in ('claimed', 'sending')
            """,
            null,
            default),
        "the leases of all claimed rows end");

    private static async Task NothingIsSentUnmarkedAsync(FaultyPostgres server, ScriptedSmtpServer relay)
    {
        var sent = Senders.Counted(relay).Keys;
        var marked = await server.Database.QueryAsync<long>(
            "select id from deliveries where state in ('sending', 'sent') or doubts > 0", null, default);
        sent.Except(marked).ShouldBeEmpty();
    }

    /// <summary>Writes to the log until the server is gone: a crash each time it fills up, until there is no room to recover in.</summary>
    private static async Task<bool> DiesOfItsLogAsync(FaultyPostgres server)
    {
        try
        {
            await server.Database.ExecuteAsync("select pg_logical_emit_message(false, 'ballast', repeat('x', 1000000))", null, default);
        }
        catch (NpgsqlException)
        {
            // It is dying, dead or recovering.
        }

        return !server.IsRunning;
    }

    private static async Task<OutboxAudit> CloseAsync(FaultyPostgres server, ScriptedSmtpServer relay)
    {
        var audit = await OutboxAudit.CloseAsync(server.Database, relay);
        (audit.Arrived, audit.Lost, audit.DoubledSilently).ShouldBe((audit.Owed, 0, 0), audit.ToString());
        return audit;
    }

    private static async Task<(HttpStatusCode Status, string Database)> ReadyAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
        var report = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, report!["database"]!.GetValue<string>()); // the report always has it
    }

    private sealed class Sending : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Database _database;
        private readonly Task _running;

        public Sending(FaultyPostgres server, ScriptedSmtpServer relay)
        {
            _database = server.Connect();
            _running = Senders.Over(_database, Senders.To(relay), ShortLeases).RunAsync(_stop.Token);
        }

        public async Task SettleAsync()
        {
            await OutboxAudit.SettleAsync(_database, Patience);
            await StopAsync();
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await _database.DisposeAsync();
            _stop.Dispose();
        }
    }
}
