using System.Text.RegularExpressions;
using Npgsql;

namespace DigestService.Platform;

/// <summary>Whether the database can take more: a full disk, a standby and one set to read only answer every question and refuse every write.</summary>
internal static partial class DatabaseRoom
{
    /// <summary>What is said of a write that was refused where nobody has asked the database why.</summary>
    public const string TakesNoWrites =
        "The database takes no writes: it is a standby, and ConnectionStrings__Digest must lead to the primary, or default_transaction_read_only is on for it; 'digest doctor' says which.";

    // A sort that does not fit into its memory writes some hundred kilobytes beside the tables and takes them away again:
    // no row, no catalogue entry and no log of a change stays behind.
    private const string Probe = """
        -- database.probe_room
        select count(*)
        from (select repeat('x', 100) || number from generate_series(1, 5000) as number order by 1 desc offset 0) spilled
        """;

    private const string Writes = """
        -- database.takes_writes
        select pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') = 'on' as is_read_only
        """;

    // Where tables and indexes were moved to, and where what sorts spill is written.
    private const string Tablespaces = """
        -- database.tablespaces
        select t.spcname as name, has_tablespace_privilege(t.oid, 'create') as is_open
        from pg_tablespace t
        where t.spcname <> 'pg_global'
          and (exists (select from pg_class c where c.reltablespace = t.oid) or position(t.spcname in current_setting('temp_tablespaces')) > 0)
        order by t.spcname
        """;

    private const string SpillInto = """
        -- database.spill_into
        select set_config('work_mem', '64kB', true), set_config('temp_tablespaces', @tablespace, true)
        """;

    /// <summary>Whether it refuses writes because it is a standby or set to read only; what it answers is true all the same.</summary>
    public static async Task<bool> IsReadOnlyAsync(NpgsqlConnection connection, CancellationToken ct) =>
        await connection.QuerySingleAsync<Mode>(Writes, null, ct) is { IsReadOnly: true };

    /// <summary>What keeps it from taking writes, in sentences that say what to do; empty while it takes them.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(Database database, CancellationToken ct) => (await ExamineAsync(database, ct)).Faults;

    /// <summary>
    /// The same; and the tablespaces of the service's, in a sentence, in which its role may write no temporary file, so that nobody can tell
    /// whether they are full. Null where there is none.
    /// </summary>
    public static async Task<(IReadOnlyList<string> Faults, string? Unseen)> ExamineAsync(Database database, CancellationToken ct)
    {
        switch (await database.QuerySingleOrDefaultAsync<Mode>(Writes, null, ct))
        {
            case { IsStandby: true }:
                return (["The database is a standby and takes no writes: let ConnectionStrings__Digest lead to the primary."], null);
            case { IsReadOnly: true }:
                return (["The database is set to read only and takes no writes: turn default_transaction_read_only off for the server, the database and the role; mails and digests go on by themselves then."], null);
        }

        var faults = new List<string>();
        if (await TryAsync(database, "", ct) is { } refused)
            faults.Add(FullDisk(refused));
        var tablespaces = await database.QueryAsync<Tablespace>(Tablespaces, null, ct);
        foreach (var tablespace in tablespaces.Where(tablespace => tablespace.IsOpen))
        {
            if (await TryAsync(database, Quoted(tablespace.Name), ct) is { } full)
                faults.Add(FullDisk(full, $"the database's tablespace {tablespace.Name}"));
        }

        var unseen = string.Join(", ", tablespaces.Where(tablespace => !tablespace.IsOpen).Select(tablespace => Quoted(tablespace.Name)));
        return (faults, unseen.Length == 0
            ? null
            : $"whether the disk of the tablespace {unseen} is full cannot be seen: 'grant create on tablespace {unseen} to' the service's role lets it look");
    }

    private static async Task<PostgresException?> TryAsync(Database database, string tablespace, CancellationToken ct)
    {
        try
        {
            await database.InTransactionAsync(
                async connection =>
                {
                    await connection.ExecuteAsync(SpillInto, new { tablespace }, ct);
                    return await connection.QuerySingleAsync<long>(Probe, null, ct);
                },
                ct);
            return null;
        }
        catch (PostgresException refused) when (IsFullDisk(refused))
        {
            return refused;
        }
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Whether a statement or a connection was refused because the server's disk is full.</summary>
    public static bool IsFullDisk(PostgresException refused) =>
        refused.SqlState == PostgresErrorCodes.DiskFull
        || refused.MessageText.Contains("No space left on device", StringComparison.Ordinal)
        // A session that begins writes a file, and the server gives no reason when it cannot.
        || refused.SqlState == PostgresErrorCodes.InternalError && refused.MessageText.StartsWith("could not write", StringComparison.Ordinal);

    /// <summary>The same in a sentence that says what to do.</summary>
    /// <param name="refused">What the server said.</param>
    /// <param name="place">What lies on the disk.</param>
    public static string FullDisk(PostgresException refused, string place = "the database") =>
        $"The disk of {place} is full ({SessionsFile().Replace(refused.MessageText, "a temporary file")}): free some room on it; mails and digests go on by themselves then.";

    // Named after the session, so that the same fault would read otherwise each time.
    [GeneratedRegex("file \"[^\"]*pgsql_tmp[^\"]*\"")]
    private static partial Regex SessionsFile();

    private sealed record Tablespace
    {
        public required string Name { get; init; }

        public required bool IsOpen { get; init; }
    }

    private sealed record Mode
    {
        public required bool IsStandby { get; init; }

        public required bool IsReadOnly { get; init; }
    }
}
