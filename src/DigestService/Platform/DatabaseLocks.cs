namespace DigestService.Platform;

/// <summary>Who holds up the service: a lock on its tables, taken by hand or by a repair that hangs.</summary>
internal static class DatabaseLocks
{
    // Those that wait for a lock themselves hold up nobody. Advisory locks are the service's own, and are waited for in order.
    private const string Holder = """
        -- database.lock_holder
        with waiting as (
            select l.pid
            from pg_locks l
            join pg_stat_activity a on a.pid = l.pid
            where not l.granted
              and l.locktype <> 'advisory'
              and l.waitstart <= clock_timestamp() - make_interval(secs => @seconds)
              and a.datname = current_database()
              and a.usename = current_user
        )
        select holder.pid, holder.application_name, holder.usename as role,
               holder.usename = current_user and holder.application_name = current_setting('application_name') as is_own
        from waiting
        cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
        join pg_stat_activity holder on holder.pid = blocking.pid
        where not exists (select from pg_locks l where l.pid = holder.pid and not l.granted)
        group by holder.pid, holder.application_name, holder.usename
        order by is_own, count(*) desc, holder.pid
        limit 1
        """;

    /// <summary>Who holds a lock that the service has waited for so long, its own processes apart, in a sentence that says what to do; null where nobody does.</summary>
    public static async Task<string?> FindStrangerAsync(Database database, TimeSpan wait, CancellationToken ct) =>
        await FindAsync(database, wait, ct) is { IsOwn: false } holder ? holder.Sentence : null;

    /// <summary>The same of anybody.</summary>
    public static async Task<string?> FindHolderAsync(Database database, TimeSpan wait, CancellationToken ct) => (await FindAsync(database, wait, ct))?.Sentence;

    private static Task<LockHolder?> FindAsync(Database database, TimeSpan wait, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<LockHolder>(Holder, new { seconds = wait.TotalSeconds }, ct);

    private sealed record LockHolder
    {
        public required int Pid { get; init; }

        public required string ApplicationName { get; init; }

        public string? Role { get; init; }

        public required bool IsOwn { get; init; }

        public string Sentence =>
            $"The service waits for a lock in the database that {Name} holds (PostgreSQL process {Pid}): end that program, or run 'select pg_terminate_backend({Pid})' as a superuser; everything goes on by itself then.";

        private string Name => ApplicationName.Length > 0 ? $"'{ApplicationName}' of the role {Role}" : $"the role {Role}";
    }
}
