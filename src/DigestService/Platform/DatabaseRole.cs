namespace DigestService.Platform;

/// <summary>The role the service runs as in its database, and how much more than reading and writing rows it may do.</summary>
internal sealed record DatabaseRole
{
    private const string Read = """
        -- database.role
        select r.rolname as name,
               r.rolsuper as is_superuser,
               exists (
                   select
                   from pg_class c
                   where c.oid = to_regclass('schema_migrations')
                     and pg_has_role(r.oid, c.relowner, 'usage')) as is_owner
        from pg_roles r
        where r.rolname = current_user
        """;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it may do anything to any database of the server.</summary>
    public required bool IsSuperuser { get; init; }

    /// <summary>Whether it may change and drop the service's tables.</summary>
    public required bool IsOwner { get; init; }

    /// <summary>The role of this connection.</summary>
    public static async Task<DatabaseRole> ReadAsync(Database database, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<DatabaseRole>(Read, null, ct)
            ?? throw new InvalidOperationException("The current role is not among the roles.");
}
