using Npgsql;

namespace DigestService.Platform;

/// <summary>Whether the database can take more: a full disk and a standby answer every question and refuse every write.</summary>
internal static class DatabaseRoom
{
    // A sort that does not fit into its memory writes some hundred kilobytes beside the tables and takes them away again:
    // no row, no catalogue entry and no log of a change stays behind.
    private const string Probe = """
        -- database.probe_room
        select count(*)
        from (select repeat('x', 100) || number from generate_series(1, 5000) as number order by 1 desc offset 0) spilled
        """;

    private const string DiskFull = "53100";

    /// <summary>What keeps it from taking writes, in sentences that say what to do; empty while it takes them.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(Database database, CancellationToken ct)
    {
        try
        {
            return await database.InTransactionAsync<IReadOnlyList<string>>(
                async connection =>
                {
                    if (await connection.QuerySingleAsync<bool>("select pg_is_in_recovery()", null, ct))
                        return ["The database is a standby and takes no writes: let ConnectionStrings__Digest lead to the primary."];
                    await connection.ExecuteAsync("set local work_mem = '64kB'", null, ct);
                    await connection.QuerySingleAsync<long>(Probe, null, ct);
                    return [];
                },
                ct);
        }
        catch (PostgresException refused) when (refused.SqlState == DiskFull)
        {
            return [$"The disk of the database is full ({refused.MessageText}): free some room on it; mails and digests go on by themselves then."];
        }
    }
}
