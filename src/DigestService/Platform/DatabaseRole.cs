using System.Globalization;

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

    // A superuser owns the server's own tables as well, and those of extensions.
    private const string Lacking = """
        -- database.lacking_rights
        select c.oid::regclass::text
        from pg_class c
        where c.relkind in ('r', 'p')
          and not c.relispartition
          and c.oid <> to_regclass('schema_migrations')
          and c.relowner = (select o.relowner from pg_class o where o.oid = to_regclass('schema_migrations'))
          and (c.relnamespace = (select o.relnamespace from pg_class o where o.oid = to_regclass('schema_migrations')) or c.relnamespace = to_regnamespace('quartz'))
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
          and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
                   and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
        order by 1
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

    /// <summary>
    /// Names the tables whose rows the role may not read and write, as after a restore, or a migration by another role, that left it without
    /// rights; null where there is none.
    /// </summary>
    public static async Task<string?> FindFaultAsync(Database database, CancellationToken ct)
    {
        var lacking = await database.QueryAsync<string>(Lacking, null, ct);
        if (lacking.Count == 0)
            return null;
        var more = lacking.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $" and {lacking.Count - 3} more") : "";
        return $"The service runs as {(await ReadAsync(database, ct)).Name}, which may not read and write {string.Join(", ", lacking.Take(3))}{more}: the part of deploy/roles.sql behind \\connect gives it the right.";
    }
}
