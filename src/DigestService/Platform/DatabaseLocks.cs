namespace DigestService.Platform;

/// <summary>Who holds up the service: a lock on its tables, taken by hand or by a repair that hangs.</summary>
internal static class DatabaseLocks
{
    // Who waits may wait for one who waits: the end of that chain holds them all up. The service's own processes wait for one another and go on by
    // themselves, in order where the lock is an advisory one.
    private const string Holder = """
        -- database.lock_holder
        with recursive waiting (pid) as (
            select l.pid
            from pg_locks l
            join pg_stat_activity a on a.pid = l.pid
            where not l.granted
              and l.locktype <> 'advisory'
              and l.waitstart <= clock_timestamp() - make_interval(secs => @seconds)
              and a.datname = current_database()
              and a.usename = current_user
            union
            select blocking.pid
            from waiting
            cross join lateral unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
        )
        select holder.pid, holder.application_name, holder.usename as role
        from waiting
        join pg_stat_activity holder on holder.pid = waiting.pid
        where holder.application_name is distinct from current_setting('application_name')
          and not exists (select from pg_locks l where l.pid = holder.pid and not l.granted)
        order by holder.pid
        limit 1
        """;

    /// <summary>The service's own statements wait for one another no longer than this.</summary>
    public static readonly TimeSpan LongWait = TimeSpan.FromSeconds(2.5);

    /// <summary>Who holds a lock that the service has waited for so long, its own processes apart, in a sentence that says what to do; null where nobody does.</summary>
    public static async Task<string?> FindHolderAsync(Database database, TimeSpan wait, CancellationToken ct) =>
        (await database.QuerySingleOrDefaultAsync<LockHolder>(Holder, new { seconds = wait.TotalSeconds }, ct))?.Sentence;

    private sealed record LockHolder
    {
        public required int Pid { get; init; }

        public string? ApplicationName { get; init; }

        public string? Role { get; init; }

        public string Sentence =>
            $"The service waits for a lock in the database that {Name} holds (PostgreSQL process {Pid}): end that program, or run 'select pg_terminate_backend({Pid})' as a superuser; everything goes on by itself then.";

        private string Name => Role is null ? "PostgreSQL's own upkeep" : string.IsNullOrEmpty(ApplicationName) ? $"the role {Role}" : $"'{ApplicationName}' of the role {Role}";
    }
}
