using System.Security.Cryptography;

namespace DigestService.Platform;

/// <summary>Keys the service makes for itself and keeps in the database, so that every process and a restored backup share them.</summary>
internal static class ServiceSecrets
{
    private const string Read = """
        -- service_secrets.read
        select value from service_secrets where name = 'links'
        """;

    private const string ReadOrCreate = """
        -- service_secrets.read_or_create
        with created as (
            insert into service_secrets (name, value)
            values ('links', @fresh)
            on conflict (name) do nothing
            returning value
        )
        select value from created
        union all
        select value from service_secrets where name = 'links'
        limit 1
        """;

    /// <summary>The 32-octet key behind every signed link, made at the first start.</summary>
    public static async Task<byte[]> ReadLinkKeyAsync(Database database, CancellationToken ct)
    {
        // A standby, and a database whose disk is full, has its key and takes no other.
        if (await database.QuerySingleOrDefaultAsync<byte[]>(Read, null, ct) is { } made)
            return made;
        var parameters = new { fresh = RandomNumberGenerator.GetBytes(32) };
        // Two processes may race: the loser's insert does nothing and its snapshot may not yet see the winner's row.
        return await database.QuerySingleOrDefaultAsync<byte[]>(ReadOrCreate, parameters, ct)
            ?? await database.QuerySingleOrDefaultAsync<byte[]>(ReadOrCreate, parameters, ct)
            ?? throw new InvalidOperationException("The link key was neither found nor created.");
    }
}
