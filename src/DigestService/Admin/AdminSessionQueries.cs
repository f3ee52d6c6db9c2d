namespace DigestService.Admin;

/// <summary>The statements on the operator's sessions.</summary>
internal static class AdminSessionQueries
{
    /// <summary>Opens a session, and forgets those that have run out.</summary>
    public const string Open = """
        -- admin_sessions.open
        with old as (
            delete from admin_sessions
            where expires_at <= @now
        )
        insert into admin_sessions (id, expires_at)
        values (@id, @expires)
        """;

    /// <summary>Whether a session is open.</summary>
    public const string IsOpen = """
        -- admin_sessions.is_open
        select exists (
            select
            from admin_sessions
            where id = @id
              and expires_at > @now)
        """;

    /// <summary>Ends a session.</summary>
    public const string Close = """
        -- admin_sessions.close
        delete from admin_sessions
        where id = @id
        """;
}
