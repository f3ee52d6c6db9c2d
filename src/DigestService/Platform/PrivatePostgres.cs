namespace DigestService.Platform;

/// <summary>
/// A PostgreSQL server of the service's own, under <c>Data__Directory</c>: loopback TCP on a free port, one password.
/// Processes that need it at the same time share it, the last one out stops it, and a server that outlived a crash
/// is found and used.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Name = "digest";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private readonly PostgresCluster _cluster;
    private readonly string _transitionLock;
    private readonly string _usersLock;
    private int _port;
    private FileLock? _use;

    private PrivatePostgres(string home, PostgresCluster cluster)
    {
        _cluster = cluster;
        _transitionLock = Path.Combine(home, "start.lock");
        _usersLock = Path.Combine(home, "users.lock");
    }

    /// <summary>How to reach it: loopback TCP and a password.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Where it is and where its logs lie.</summary>
    public OwnServer Server => new($"127.0.0.1:{_port}", _cluster.DataDirectory, _cluster.LogFile, _cluster.FormerLogFile);

    /// <summary>Finds a running server in <paramref name="directory"/> or starts one.</summary>
    /// <param name="directory">The service's data directory; made if missing.</param>
    /// <param name="durable">False for tests: nothing is synced to disk, so that a power cut loses the cluster.</param>
    /// <param name="ct">Stops the wait; a server that was starting is stopped.</param>
    /// <param name="say">Takes a sentence about what is made or waited for; stderr without one.</param>
    /// <exception cref="OperatorException">No PostgreSQL binaries can be found, or the server does not start.</exception>
    public static async Task<PrivatePostgres> StartAsync(string directory, CancellationToken ct, bool durable = true, Action<string>? say = null)
    {
        MakeHome(directory);
        var home = HomeIn(directory);
        try
        {
            return await StartUnderAsync(home, durable, say ?? Console.Error.WriteLine, ct);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new OperatorException($"Data__Directory cannot be used: {denied.Message}", denied);
        }
    }

    /// <summary>Makes sure that a verb which runs beside a server makes no new database because the server's was moved away.</summary>
    /// <param name="directory">The service's data directory.</param>
    /// <param name="serving">The file that the server holds as long as it runs.</param>
    /// <exception cref="OperatorException">There is a server, and its database is gone.</exception>
    public static void ThrowIfLost(string directory, string serving)
    {
        var home = HomeIn(directory);
        if (!Directory.Exists(home) && FileLock.IsHeld(serving))
            throw new OperatorException($"'digest serve' runs on {directory}, and the files of its PostgreSQL are no longer in {home}: bring them back.");
    }

    /// <summary>Starts the server again if its process is gone, on the same port; whether it was.</summary>
    /// <exception cref="OperatorException">It does not start, or its files are gone.</exception>
    public async Task<bool> RestartIfDeadAsync(CancellationToken ct)
    {
        if (await _cluster.IsThereAsync(_port, ct))
            return false;
        // A new, empty database is made at a start, for all to see, and never under a service that has readers.
        if (!_cluster.HasFiles)
            throw new OperatorException($"its files are no longer in {_cluster.DataDirectory}: bring them back");
        using var transition = await FileLock.ExclusiveAsync(_transitionLock, StartPatience, ct);
        if (transition is null || await _cluster.IsThereAsync(_port, ct))
            return false;
        await _cluster.EnsureRunningAsync(_port, ct);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_use is null)
            return;
        // Without its files there is no telling which server is ours. One that runs ends when it misses them.
        if (!_cluster.HasFiles)
        {
            _use.Dispose();
            return;
        }

        using var transition = await FileLock.ExclusiveAsync(_transitionLock, StartPatience, CancellationToken.None);
        await StopIfLastAsync();
    }

    private static async Task<PrivatePostgres> StartUnderAsync(string home, bool durable, Action<string> say, CancellationToken ct)
    {
        var postgres = new PrivatePostgres(home, PostgresCluster.Under(home, durable, say));
        using var transition = await FileLock.ExclusiveAsync(postgres._transitionLock, StartPatience, ct)
            ?? throw new OperatorException($"Another process has been starting or stopping PostgreSQL in {home} for too long: after a crash it may repair its files, which is told in {postgres._cluster.LogFile}. Try again once that process is through.");
        // Shared from before the server runs: a stop by another process waits for the transition lock, then sees us.
        postgres._use = FileLock.TryShared(postgres._usersLock)
            ?? throw new OperatorException($"{postgres._usersLock} is locked by another program.");
        try
        {
            postgres._port = await postgres._cluster.EnsureRunningAsync(formerPort: null, ct);
            postgres.ConnectionString = await postgres._cluster.EnsureDatabaseAsync(postgres._port, Name, ct);
            return postgres;
        }
        catch
        {
            await postgres.StopIfLastAsync();
            throw;
        }
    }

    private async Task StopIfLastAsync()
    {
        _use?.Dispose();
        _use = null;
        using var alone = FileLock.TryExclusive(_usersLock);
        if (alone is not null)
            await _cluster.StopAsync();
    }

    /// <summary>Makes the folder of its files in the service's data directory, if missing.</summary>
    /// <exception cref="OperatorException">It cannot be made.</exception>
    public static void MakeHome(string directory)
    {
        var home = HomeIn(directory);
        try
        {
            Directory.CreateDirectory(home);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"Data__Directory cannot be used: {FileWords.WhyUnwritable(home, failure)}", failure);
        }
    }

    private static string HomeIn(string directory) => Path.Combine(Path.GetFullPath(directory), "postgres");
}
