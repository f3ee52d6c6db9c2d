using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace DigestService.Platform;

/// <summary>What <see cref="Migrator"/> did: files applied now, files that had landed before, and the schema's version.</summary>
internal sealed record MigrationReport(int Applied, int Already, int Version);

/// <summary>
/// Applies <c>migrations/NNNN_name.sql</c> in order, each in a transaction of its own under one advisory lock. What
/// has landed is remembered with its checksum: an edited file and a database newer than the program are refused.
/// A database from before the first release gets the rest of <c>migrations/before-1.0/</c>, which ends with the schema that a
/// new database has after the first release's files; these count as landed then.
/// </summary>
internal static class Migrator
{
    /// <summary>The last file of the schema that the first release began with.</summary>
    private const int FirstRelease = 109;

    private const string BeforeFirstRelease = "before-1.0";

    private const string CreateTable = """
        -- schema_migrations.create
        create table if not exists schema_migrations (
            version integer primary key,
            name text not null,
            checksum bytea not null,
            applied_at timestamptz not null default now()
        )
        """;

    // An index on a large table takes what it takes, and so does what is waited for, whatever the server's limits are for others.
    private const string LiftLimits = """
        -- schema_migrations.lift_limits
        set local statement_timeout = 0;
        set local lock_timeout = 0;
        set local idle_in_transaction_session_timeout = 0
        """;

    private const string Lock = "select pg_advisory_xact_lock(7236457201)";

    private const string OwnProcess = "select pg_backend_pid()";

    private const string Blockers = """
        -- schema_migrations.blockers
        select pid, application_name, state, left(query, 80) as query
        from pg_stat_activity
        where pid = any (pg_blocking_pids(@pid))
        order by pid
        """;

    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(30);

    private const string HasTable = "select to_regclass('schema_migrations') is not null";

    private const string Landed = "select version, name, checksum from schema_migrations order by version";

    private const string Record = """
        -- schema_migrations.record
        insert into schema_migrations (version, name, checksum)
        values (@Version, @Name, @Checksum)
        """;

    /// <summary>The version that the files beside the program make.</summary>
    public static int NewestVersion { get; } = ReadFiles(OwnDirectory) is { Count: > 0 } files ? files[^1].Version : 0;

    private static string OwnDirectory => Path.Combine(AppContext.BaseDirectory, "migrations");

    /// <summary>Brings the schema up to the files beside the program.</summary>
    /// <exception cref="OperatorException">A landed file was edited or is missing, or the database is newer.</exception>
    public static Task<MigrationReport> MigrateAsync(Database database, CancellationToken ct) =>
        MigrateAsync(database, OwnDirectory, ct);

    /// <inheritdoc cref="MigrateAsync(Database, CancellationToken)"/>
    /// <param name="database">What to migrate.</param>
    /// <param name="directory">Where the files are.</param>
    /// <param name="ct">Gives up; nothing of the migration that was under way stays.</param>
    /// <param name="say">Takes a sentence about what is waited for; stderr without one.</param>
    public static async Task<MigrationReport> MigrateAsync(Database database, string directory, CancellationToken ct, Action<string>? say = null)
    {
        var landed = await ReadLandedAsync(database, ct);
        var files = WayFrom(landed, directory);
        if (directory == OwnDirectory && files.Count == 0)
            throw NoFiles(directory);
        var already = Check(files, landed);
        var applied = 0;
        foreach (var file in files.Skip(already))
        {
            if (await ApplyAsync(database, files, file, say ?? Console.Error.WriteLine, ct))
                applied++;
        }

        return new MigrationReport(applied, files.Count - applied, files.Count == 0 ? 0 : files[^1].Version);
    }

    private static async Task<bool> ApplyAsync(
        Database database, IReadOnlyList<Migration> files, Migration file, Action<string> say, CancellationToken ct)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var telling = Task.CompletedTask;
        try
        {
            return await database.InTransactionAsync(
                async connection =>
                {
                    await connection.ExecuteAsync(LiftLimits, null, ct);
                    var process = await connection.QuerySingleAsync<int>(OwnProcess, null, ct);
                    telling = TellWhatIsWaitedForAsync(database, file, process, say, done.Token);
                    // Released by the commit, so that it also holds behind a pooler that hands transactions around.
                    await connection.ExecutePatientlyAsync(Lock, ct);
                    await connection.ExecuteAsync(CreateTable, null, ct);
                    var landed = await connection.QueryAsync<Migration>(Landed, null, ct);
                    Check(files, landed);
                    if (landed.Any(other => other.Version == file.Version))
                        return false;
                    if (!file.IsMadeByOthers)
                        await connection.ExecutePatientlyAsync(file.Sql, ct);
                    await connection.ExecuteAsync(Record, file, ct);
                    return !file.IsMadeByOthers;
                },
                ct);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new OperatorException(
                $"The database lacks migration {file.Name}, and this role may not make it ({refused.MessageText}): run 'digest migrate' as the owner of the database first.",
                refused);
        }
        catch (PostgresException refused) when (Outage.IsOfDatabase(refused))
        {
            throw new OperatorException($"The database lacks migration {file.Name}. {DatabaseWords.Sentence(refused)}", refused);
        }
        catch (PostgresException refused)
        {
            throw new OperatorException($"Migration {file.Name} failed and left nothing behind: {refused.MessageText}", refused);
        }
        finally
        {
            await done.CancelAsync();
            await telling;
        }
    }

    private static async Task TellWhatIsWaitedForAsync(Database database, Migration file, int process, Action<string> say, CancellationToken ct)
    {
        try
        {
            await Task.Delay(FirstLook, ct);
            while (true)
            {
                var blockers = await database.QueryAsync<Blocker>(Blockers, new { pid = process }, ct);
                foreach (var blocker in blockers)
                    say($"Migration {file.Name} waits for {blocker.ApplicationName} (PostgreSQL process {blocker.Pid}, {blocker.State}): {blocker.Query.ReplaceLineEndings(" ")}");
                if (blockers.Count == 0)
                    say($"Migration {file.Name} is running.");
                await Task.Delay(NextLook, ct);
            }
        }
        catch (Exception over) when (over is OperationCanceledException || Outage.Is(over))
        {
            // Done, or nobody can say; the migration itself tells what is wrong.
        }
    }

    private static async Task<IReadOnlyList<Migration>> ReadLandedAsync(Database database, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<bool>(HasTable, null, ct)
            ? await database.QueryAsync<Migration>(Landed, null, ct)
            : [];

    /// <summary>How many files have landed; they are the first ones, unchanged, or the start is refused.</summary>
    private static int Check(IReadOnlyList<Migration> files, IReadOnlyList<Migration> landed)
    {
        if (files.Count == 0 && landed.Count > 0)
            throw NoFiles(OwnDirectory);
        var known = files.ToDictionary(file => file.Version);
        var newest = files.Count == 0 ? 0 : files[^1].Version;
        foreach (var other in landed)
        {
            if (other.Version > newest)
            {
                throw new OperatorException(
                    $"The database is newer than this program: it has {other.Name}, the program knows up to version {newest}. Run the newer program.");
            }

            if (!known.TryGetValue(other.Version, out var file))
                throw new OperatorException($"Migration {other.Name} has landed but its file is missing: put it back, by installing the program again.");
            if (!file.Checksum.AsSpan().SequenceEqual(other.Checksum))
                throw new OperatorException($"Migration {file.Name} was changed after it landed: put the program's own file back, by installing it again.");
        }

        if (landed.Count > 0 && files.FirstOrDefault(file => file.Version < landed[^1].Version && landed.All(other => other.Version != file.Version)) is { } skipped)
            throw new OperatorException($"Migration {skipped.Name} comes before {landed[^1].Name}, which has landed; give it a later number.");
        return landed.Count;
    }

    private static OperatorException NoFiles(string directory) =>
        new($"The folder {directory} holds no migrations, which come with the program: put its files back, by installing it again.");

    /// <summary>The files that lead from what has landed to the newest schema, those that have landed first.</summary>
    private static IReadOnlyList<Migration> WayFrom(IReadOnlyList<Migration> landed, string directory)
    {
        var files = ReadFiles(directory);
        var former = ReadFiles(Path.Combine(directory, BeforeFirstRelease));
        return former.Count > 0 && landed.Count > 0 && landed[0].Version <= former[^1].Version
            ? [.. former, .. files.Select(file => file with { IsMadeByOthers = file.Version <= FirstRelease })]
            : files;
    }

    private static IReadOnlyList<Migration> ReadFiles(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        var files = Directory.GetFiles(directory, "*.sql").Select(Migration.Read).OrderBy(file => file.Version).ToList();
        if (files.Zip(files.Skip(1)).FirstOrDefault(pair => pair.First.Version == pair.Second.Version) is { First: { } first, Second: { } second })
            throw new OperatorException($"Migrations {first.Name} and {second.Name} have the same number.");
        return files;
    }

    private sealed record Blocker
    {
        public required int Pid { get; init; }

        public required string ApplicationName { get; init; }

        public string? State { get; init; }

        public required string Query { get; init; }
    }

    private sealed record Migration
    {
        public required int Version { get; init; }

        public required string Name { get; init; }

        public required byte[] Checksum { get; init; }

        public string Sql { get; init; } = "";

        /// <summary>What the file makes is there already, by the files from before the first release.</summary>
        public bool IsMadeByOthers { get; init; }

        public static Migration Read(string path)
        {
            var name = Path.GetFileName(path);
            if (!int.TryParse(name.Split('_')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version == 0)
                throw new OperatorException($"Migration {name} does not begin with a number, such as 0001_.");
            // Line ends differ between checkouts; the schema they make does not.
            var sql = File.ReadAllText(path).ReplaceLineEndings("\n");
            return new Migration { Version = version, Name = name, Checksum = SHA256.HashData(Encoding.UTF8.GetBytes(sql)), Sql = sql };
        }
    }
}
