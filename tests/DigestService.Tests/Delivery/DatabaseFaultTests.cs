using System.Diagnostics;
using System.Globalization;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>A PostgreSQL of its own that crashes, goes away and turns read-only under a working sender.</summary>
public sealed class DatabaseFaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _directory = TestDirectory.Create("faults");
    private PrivatePostgres? _server;
    private Database? _database;
    private string? _dataDirectory;

    private Database Database => _database ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync()
    {
        try
        {
            _server = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        }
        catch (OperatorException missing)
        {
            throw Skip.UnlessOnCI($"needs PostgreSQL: {missing.Message}");
        }

        _database = Database.Connect(_server.ConnectionString + ";Persist Security Info=true");
        await Migrator.MigrateAsync(_database, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_crashes_while_mails_are_sent_costs_no_mail_and_doubles_none_silently()
    {
        var crashes = Full.IsAsked ? 5 : 2;
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { MaxKeptBytes = 512 });
        await TestMail.EnqueueAsync(Database, crashes * 1_000, TestMail.Timeless);
        using var stop = new CancellationTokenSource();
        var options = new DeliveryOptions { LeaseSeconds = 3 };
        var running = Senders.Over(Database, Senders.To(relay), options).RunAsync(stop.Token);

        for (var crash = 1; crash <= crashes; crash++)
        {
            await relay.HasReceivedAsync(crash * 400, TimeSpan.FromSeconds(20));
            await ControlAsync("stop", "-m", "immediate");
            await ControlAsync("start", "-l", Path.Combine(ClusterDirectory, "log"));
        }

        await SettleAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await running;

        var books = await Books.CloseAsync(Database, relay);
        output.WriteLine($"{crashes} crashes: {books}");
        (books.Arrived, books.Lost, books.DoubledSilently).ShouldBe((books.Owed, 0, 0));
    }

    [Fact]
    public async Task While_the_database_is_gone_the_worker_rests_and_it_goes_on_soon_after()
    {
        var outage = TimeSpan.FromSeconds(Full.IsAsked ? 600 : 8);
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { MaxKeptBytes = 512 });
        await TestMail.EnqueueAsync(Database, 20, TestMail.Timeless);
        using var worker = WorkerProcess.Serve(Database, relay);
        (await relay.HasReceivedAsync(20, TimeSpan.FromSeconds(30))).ShouldBeTrue();

        await ControlAsync("stop", "-m", "fast");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var used = worker.ProcessorTime;
        await Task.Delay(outage);
        used = worker.ProcessorTime - used;
        await ControlAsync("start", "-l", Path.Combine(ClusterDirectory, "log"));
        var watch = Stopwatch.StartNew();
        await EnqueueStubbornlyAsync(20);
        (await relay.HasReceivedAsync(40, TimeSpan.FromSeconds(30))).ShouldBeTrue();

        output.WriteLine($"{outage.TotalSeconds:0} s without a database: {used.TotalSeconds / outage.TotalSeconds:P1} of a processor; sending again {watch.Elapsed.TotalSeconds:0.0} s after its return");
        (used / outage).ShouldBeLessThan(0.2);
        worker.HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_is_sent_that_cannot_be_marked_and_claims_that_an_outage_outlasts_are_let_go()
    {
        var outages = Full.IsAsked ? 20 : 2;
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { MaxKeptBytes = 512 });
        await TestMail.EnqueueAsync(Database, outages * 500, TestMail.Timeless);
        using var stop = new CancellationTokenSource();
        var running = Senders.Over(Database, Senders.To(relay), new DeliveryOptions { LeaseSeconds = 2 }).RunAsync(stop.Token);

        for (var outage = 1; outage <= outages; outage++)
        {
            (await relay.HasReceivedAsync(relay.Received.Count + 200, TimeSpan.FromSeconds(30))).ShouldBeTrue();
            await Database.ExecuteAsync("alter system set default_transaction_read_only = on", null, default);
            await Database.ExecuteAsync("select pg_reload_conf()", null, default);
            await LeasesEndAsync();
            await NothingIsSentUnmarkedAsync(relay);
            await ResetReadOnlyAsync();
        }

        await SettleAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await running;

        var books = await Books.CloseAsync(Database, relay);
        output.WriteLine($"{outages} times read-only: {books}");
        (books.Arrived, books.Lost, books.DoubledSilently).ShouldBe((books.Owed, 0, 0));
    }

    /// <summary>Waits until every lease has ended that somebody holds, which takes an outage: a worker that can write renews.</summary>
    private Task LeasesEndAsync() => Eventually.TrueAsync(
        async () => await Database.QuerySingleOrDefaultAsync<bool>(
            """
            select count(*) > 0 and bool_and(lease_until < clock_timestamp())
            from deliveries where state in ('claimed', 'sending')
            """,
            null,
            default),
        "the leases of all claimed rows end");

    private async Task NothingIsSentUnmarkedAsync(ScriptedSmtpServer relay)
    {
        var sent = Senders.Counted(relay).Keys;
        var marked = await Database.QueryAsync<long>("select id from deliveries where state in ('sending', 'sent', 'unknown') or doubts > 0", null, default);
        sent.Except(marked).ShouldBeEmpty();
    }

    private string ClusterDirectory => Path.GetDirectoryName(_dataDirectory ??= ReadDataDirectory())!; // a cluster's data has a parent

    private string ReadDataDirectory()
    {
        using var connection = new NpgsqlConnection(Database.Source.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand("show data_directory", connection);
        return (string)command.ExecuteScalar()!; // show answers one row
    }

    private async Task ResetReadOnlyAsync()
    {
        await using var connection = await Database.OpenAsync(default);
        await connection.ExecuteAsync("set default_transaction_read_only = off", null, default);
        await connection.ExecuteAsync("alter system reset default_transaction_read_only", null, default);
        await connection.ExecuteAsync("select pg_reload_conf()", null, default);
    }

    private async Task ControlAsync(params string[] arguments)
    {
        var port = new NpgsqlConnectionStringBuilder(Database.Source.ConnectionString).Port;
        _dataDirectory ??= ReadDataDirectory();
        var binaries = (await PostgresBinaries.FindAsync(CancellationToken.None))[0];
        string[] options = arguments[0] == "start" ? ["-o", string.Create(CultureInfo.InvariantCulture, $"-p {port}")] : [];
        var result = await ChildProcess.RunAsync(
            binaries.Program("pg_ctl"), [.. arguments, "-D", _dataDirectory, "-w", "-t", "60", "-s", .. options],
            ClusterDirectory, UnprivilegedAccount.Find(), CancellationToken.None);
        result.Succeeded.ShouldBeTrue(result.LastLine);
    }

    private async Task EnqueueStubbornlyAsync(int count)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TestMail.EnqueueAsync(Database, count, TestMail.Timeless);
                return;
            }
            catch (NpgsqlException) when (attempt < 20)
            {
                await Task.Delay(200);
            }
        }
    }

    private async Task SettleAsync(TimeSpan limit)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Books.SettleAsync(Database, limit);
                return;
            }
            catch (NpgsqlException) when (attempt < 20)
            {
                await Task.Delay(200);
            }
        }
    }
}
