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

    /// <summary>Whether it refuses writes because it is a standby or set to read only; what it answers is true all the same.</summary>
    public static async Task<bool> IsReadOnlyAsync(NpgsqlConnection connection, CancellationToken ct) =>
        await connection.QuerySingleAsync<Mode>(Writes, null, ct) is { IsReadOnly: true };

    /// <summary>What keeps it from taking writes, in sentences that say what to do; empty while it takes them.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(Database database, CancellationToken ct)
    {
        try
        {
            return await database.InTransactionAsync<IReadOnlyList<string>>(
                async connection =>
                {
                    switch (await connection.QuerySingleAsync<Mode>(Writes, null, ct))
                    {
                        case { IsStandby: true }:
                            return ["The database is a standby and takes no writes: let ConnectionStrings__Digest lead to the primary."];
                        case { IsReadOnly: true }:
                            return ["The database is set to read only and takes no writes: turn default_transaction_read_only off for the server, the database and the role; mails and digests go on by themselves then."];
                    }

                    await connection.ExecuteAsync("set local work_mem = '64kB'", null, ct);
                    await connection.QuerySingleAsync<long>(Probe, null, ct);
                    return [];
                },
                ct);
        }
        catch (PostgresException refused) when (IsFullDisk(refused))
        {
            return [FullDisk(refused)];
        }
    }

    /// <summary>Whether a statement or a connection was refused because the server's disk is full.</summary>
    public static bool IsFullDisk(PostgresException refused) =>
        refused.SqlState == PostgresErrorCodes.DiskFull
        || refused.MessageText.Contains("No space left on device", StringComparison.Ordinal)
        // A session that begins writes a file, and the server gives no reason when it cannot.
        || refused.SqlState == PostgresErrorCodes.InternalError && refused.MessageText.StartsWith("could not write", StringComparison.Ordinal);

    /// <summary>The same in a sentence that says what to do.</summary>
    public static string FullDisk(PostgresException refused) =>
        $"The disk of the database is full ({SessionsFile().Replace(refused.MessageText, "a temporary file")}): free some room on it; mails and digests go on by themselves then.";

    // Named after the session, so that the same fault would read otherwise each time.
    [GeneratedRegex("file \"[^\"]*pgsql_tmp[^\"]*\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SessionsFile();

    private sealed record Mode
    {
        public required bool IsStandby { get; init; }

        public required bool IsReadOnly { get; init; }
    }
}
