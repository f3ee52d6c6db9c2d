using System.Buffers.Text;
using System.Security.Cryptography;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Admin.Keys;

/// <summary>What a key opens.</summary>
internal enum KeyScope
{
    /// <summary>The public API without the limits of a network, but for sign-ups, by a quota of its own.</summary>
    Read,

    /// <summary>That, and what is the operator's.</summary>
    Operate,
}

/// <summary>A key as the operator sees it; the key itself is held nowhere.</summary>
internal sealed record ApiKey
{
    /// <summary>Its number, by which it is revoked.</summary>
    public required long Id { get; init; }

    /// <summary>What the operator calls it.</summary>
    public required string Name { get; init; }

    /// <summary><c>read</c> or <c>operate</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>When it was made.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When it ends by itself; null for never.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>When the operator ended it.</summary>
    public Instant? RevokedAt { get; init; }

    /// <summary>The day of the latest use, in UTC.</summary>
    public LocalDate? LastUsedOn { get; init; }

    /// <summary>The program that used it first on that day, as it named itself.</summary>
    public string? LastUsedBy { get; init; }
}

/// <summary>A new key with its secret, which is told this once; or what is wrong with what was asked for.</summary>
internal sealed record NewKey(ApiKey? Key, string? Secret, InputFault? Fault);

/// <summary>Keys for programs that use the API: made, listed and revoked by the operator, and known again by a keyed hash.</summary>
internal sealed partial class ApiKeys(Database database, LinkSigner signer, IClock clock, ILogger<ApiKeys> log)
{
    /// <summary>With which every key begins, so that one that leaked is found by whoever looks for such.</summary>
    public const string Prefix = "digest_";

    /// <summary>The most days after which a key may end by itself.</summary>
    public const int MostDays = 3_650;

    private const int LongestName = 60;
    private const int SecretLength = 32;
    private const int LongestAgent = 200;

    // A form that comes again so soon was sent by a second click.
    private static readonly Duration SameForm = Duration.FromMinutes(10);

    /// <summary>Makes a key.</summary>
    public Task<NewKey> AddAsync(string? name, KeyScope scope, int? days, CancellationToken ct) => AddAsync(name, scope, days, form: null, ct);

    /// <summary>The same by a form that may be sent twice: what it asks for follows from <paramref name="form"/>, its own name, and is made once.</summary>
    public async Task<NewKey> AddAsync(string? name, KeyScope scope, int? days, string? form, CancellationToken ct)
    {
        name = name?.Trim() ?? "";
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            return new(null, null, new("name", $"Name the key in at most {LongestName} letters, by who uses it."));
        if (days is < 1 or > MostDays)
            return new(null, null, new("days", $"A key lasts 1 to {MostDays} days; leave it empty for one that ends when it is revoked."));
        var random = string.IsNullOrEmpty(form) ? RandomNumberGenerator.GetBytes(SecretLength) : signer.MakeApiKey($"{form} {scope} {days} {name}");
        var secret = Prefix + Base64Url.EncodeToString(random);
        var now = clock.GetCurrentInstant();
        var key = await database.QuerySingleOrDefaultAsync<ApiKey>(
            ApiKeyQueries.Add,
            new { name, scope = scope.ToString().ToLowerInvariant(), hash = signer.HashApiKey(secret), now, expires = days is { } count ? now + Duration.FromDays(count) : (Instant?)null },
            ct);
        if (key is not null)
            LogMade(log, key.Id, scope);
        else if (await FindWorkingAsync(secret, now, ct) is { } made && now - made.CreatedAt < SameForm)
            key = made;
        else
            return new(null, null, new("name", "This form made a key before. Send it once more for another."));
        return new(key, secret, null);
    }

    /// <summary>All keys, those that work first.</summary>
    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken ct) =>
        database.QueryAsync<ApiKey>(ApiKeyQueries.List, new { now = clock.GetCurrentInstant() }, ct);

    /// <summary>Ends a key at once; false where there is none of that number, or it was ended before.</summary>
    public async Task<bool> RevokeAsync(long id, CancellationToken ct)
    {
        var isRevoked = await database.ExecuteAsync(ApiKeyQueries.Revoke, new { id, now = clock.GetCurrentInstant() }, ct) > 0;
        if (isRevoked)
            LogRevoked(log, id);
        return isRevoked;
    }

    /// <summary>The key of a secret that works now; null for a wrong one and for one that was revoked or has expired.</summary>
    public async Task<ApiKey?> FindAsync(string secret, string? agent, CancellationToken ct)
    {
        if (secret.Length != Prefix.Length + Base64Url.GetEncodedLength(SecretLength) || !secret.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var now = clock.GetCurrentInstant();
        if (await FindWorkingAsync(secret, now, ct) is not { } key)
            return null;
        if (key.LastUsedOn != now.InUtc().Date)
            await NoteUseAsync(key, now.InUtc().Date, agent, ct);
        return key;
    }

    private Task<ApiKey?> FindWorkingAsync(string secret, Instant now, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<ApiKey>(ApiKeyQueries.Find, new { hash = signer.HashApiKey(secret), now }, ct);

    private async Task NoteUseAsync(ApiKey key, LocalDate today, string? agent, CancellationToken ct)
    {
        try
        {
            await database.ExecuteAsync(ApiKeyQueries.Used, new { id = key.Id, today, agent = Named(agent) }, ct);
        }
        catch (Exception outage) when (Outage.Is(outage))
        {
            // A database that takes no writes is one that somebody wants to ask about: the note can wait.
        }
    }

    private static string? Named(string? agent)
    {
        var name = new string([.. (agent ?? "").Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter)).Take(LongestAgent)]).Trim();
        return name.Length > 0 ? name : null;
    }

    [LoggerMessage(EventId = 7010, Level = LogLevel.Information, Message = "The operator made key {Key} ({Scope})")]
    private static partial void LogMade(ILogger log, long key, KeyScope scope);

    [LoggerMessage(EventId = 7011, Level = LogLevel.Information, Message = "The operator revoked key {Key}")]
    private static partial void LogRevoked(ILogger log, long key);
}

/// <summary>The statements on keys.</summary>
internal static class ApiKeyQueries
{
    private const string Columns = "id, name, scope, created_at, expires_at, revoked_at, last_used_on, last_used_by";

    public const string Add = $"""
        -- api_keys.add
        insert into api_keys (name, scope, key_hash, created_at, expires_at)
        values (@name, @scope, @hash, @now, @expires)
        on conflict (key_hash) do nothing
        returning {Columns}
        """;

    public const string List = $"""
        -- api_keys.list
        select {Columns}
        from api_keys
        order by revoked_at is not null or coalesce(expires_at <= @now, false), id desc
        limit 500
        """;

    public const string Revoke = """
        -- api_keys.revoke
        update api_keys
        set revoked_at = @now
        where id = @id
          and revoked_at is null
        """;

    public const string Find = $"""
        -- api_keys.find
        select {Columns}
        from api_keys
        where key_hash = @hash
          and revoked_at is null
          and (expires_at is null or expires_at > @now)
        """;

    public const string Used = """
        -- api_keys.used
        update api_keys
        set last_used_on = @today,
            last_used_by = @agent
        where id = @id
          and last_used_on is distinct from @today
        """;
}
