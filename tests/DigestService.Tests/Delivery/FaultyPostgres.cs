using System.Globalization;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>A PostgreSQL of one test's own, as durable as a real one, that crashes, goes away or runs out of space when asked.</summary>
internal sealed class FaultyPostgres : IAsyncDisposable
{
    private readonly PrivatePostgres _server;
    private readonly string _dataDirectory;
    private readonly List<SmallDisk> _disks = [];

    private FaultyPostgres(PrivatePostgres server, Database database, string dataDirectory) =>
        (_server, Database, _dataDirectory) = (server, database, dataDirectory);

    /// <summary>The migrated database on it.</summary>
    public Database Database { get; }

    /// <summary>Another pool of connections to it, such as a worker has.</summary>
    public Database Connect() => Database.Connect(Database.Source.ConnectionString);

    /// <summary>Whether a server runs at all.</summary>
    public bool IsRunning => PostmasterPid.Read(_dataDirectory) is { } pid && pid.IsAlive();

    /// <summary>Where the server's own files lie, its data among them.</summary>
    private string Home => Path.GetDirectoryName(_dataDirectory)!; // a cluster's data has a parent

    /// <summary>Starts one; skips the test where there is no PostgreSQL, fails it on CI.</summary>
    public static async Task<FaultyPostgres> StartAsync()
    {
        PrivatePostgres server;
        try
        {
            server = await PrivatePostgres.StartAsync(TestDirectory.Create("faults"), CancellationToken.None);
        }
        catch (OperatorException missing)
        {
            throw Skip.UnlessOnCI($"needs PostgreSQL: {missing.Message}");
        }

        var database = Database.Connect(server.ConnectionString + ";Persist Security Info=true");
        await Migrator.MigrateAsync(database, CancellationToken.None);
        var dataDirectory = await database.QuerySingleOrDefaultAsync<string>("show data_directory", null, CancellationToken.None);
        return new FaultyPostgres(server, database, dataDirectory!); // show answers one row
    }

    /// <summary>Pulls the plug and starts it again.</summary>
    public async Task CrashAsync()
    {
        await ControlAsync("stop", "-m", "immediate");
        await StartAgainAsync();
    }

    /// <summary>Stops it, sessions or not.</summary>
    public Task StopAsync() => ControlAsync("stop", "-m", "fast");

    /// <summary>Starts it where it left off; nothing where it runs.</summary>
    public async Task StartAgainAsync()
    {
        if (!IsRunning)
            await ControlAsync("start", "-l", Path.Combine(Home, "log"));
        // What the test asks comes through new connections; whoever else is connected finds out for himself.
        Database.Source.Clear();
    }

    /// <summary>Answers commits before they are on disk, where they come ten seconds later.</summary>
    public async Task CommitLazilyAsync()
    {
        foreach (var setting in (string[])["synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"])
            await Database.ExecuteAsync($"alter system set {setting}", null, default);
        await Database.ExecuteAsync("select pg_reload_conf()", null, default);
    }

    /// <summary>Takes reads only, or writes again.</summary>
    public async Task SetReadOnlyAsync(bool isReadOnly)
    {
        await using var connection = await Database.OpenAsync(default);
        await connection.ExecuteAsync("set default_transaction_read_only = off", null, default);
        await connection.ExecuteAsync($"alter system set default_transaction_read_only = {(isReadOnly ? "on" : "off")}", null, default);
        await connection.ExecuteAsync("select pg_reload_conf()", null, default);
        await connection.ExecuteAsync("reset default_transaction_read_only", null, default);
    }

    /// <summary>Moves a table to a small disk of its own, which is returned.</summary>
    public async Task<SmallDisk> ConfineAsync(string table)
    {
        var disk = await MountAsync("small");
        await Database.ExecuteAsync($"create tablespace small location '{disk.Folder}'", null, default);
        await Database.ExecuteAsync($"alter table {table} set tablespace small", null, default);
        return disk;
    }

    /// <summary>Moves the write-ahead log to a small disk of its own, which is returned.</summary>
    public async Task<SmallDisk> ConfineLogAsync()
    {
        var log = Path.Combine(_dataDirectory, "pg_wal");
        await StopAsync();
        var disk = await MountAsync("wal");
        await RunAsync("cp", ["-a", log + "/.", disk.Folder], Account);
        Directory.Delete(log, recursive: true);
        File.CreateSymbolicLink(log, disk.Folder);
        await StartAgainAsync();
        return disk;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _server.DisposeAsync();
        foreach (var disk in _disks)
            await disk.DisposeAsync();
    }

    private static string? Account => UnprivilegedAccount.Find();

    private async Task<SmallDisk> MountAsync(string name)
    {
        var disk = await SmallDisk.MountAsync(Path.Combine(Home, name), Account);
        _disks.Add(disk);
        return disk;
    }

    private async Task ControlAsync(params string[] arguments)
    {
        var port = new NpgsqlConnectionStringBuilder(Database.Source.ConnectionString).Port;
        var binaries = (await PostgresBinaries.FindAsync(CancellationToken.None))[0];
        string[] options = arguments[0] == "start" ? ["-o", string.Create(CultureInfo.InvariantCulture, $"-p {port}")] : [];
        await RunAsync(binaries.Program("pg_ctl"), [.. arguments, "-D", _dataDirectory, "-w", "-t", "60", "-s", .. options], Account);
    }

    private async Task RunAsync(string program, string[] arguments, string? account)
    {
        var result = await ChildProcess.RunAsync(program, arguments, Home, account, CancellationToken.None);
        result.Succeeded.ShouldBeTrue($"{program}: {result.LastLine}");
    }
}
