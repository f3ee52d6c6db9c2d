using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using Npgsql;

namespace DigestService.Hosting;

/// <summary>
/// Whether the service can do its work. The database and its schema decide; the outbox and the sources are told
/// beside, because a relay that is down does not keep anybody from reading or subscribing.
/// </summary>
internal sealed class Readiness(Database database, SourceHealth health, ServingRoles roles, IClock clock)
{
    private const string Version = """
        -- schema_migrations.version
        select coalesce(max(version), 0) from schema_migrations
        """;

    private const string Waiting = """
        -- deliveries.waiting
        select count(*) filter (where state in ('queued', 'deferred')) as due,
               min(next_attempt_at) filter (where state in ('queued', 'deferred')) as oldest_due_at,
               (select count(*) from deliveries where state = 'unknown') as unknown
        from deliveries
        where state in ('queued', 'deferred', 'unknown')
          and next_attempt_at <= @now
        """;

    /// <summary>Looks at each part once.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken ct)
    {
        try
        {
            var version = await database.QuerySingleOrDefaultAsync<int>(Version, null, ct);
            var expected = Migrator.NewestVersion;
            var sender = await database.QuerySingleOrDefaultAsync<SenderState>(Waiting, new { now = clock.GetCurrentInstant() }, ct);
            var sources = await health.CheckAsync(ct);
            return new ReadinessReport
            {
                Ready = version == expected,
                Roles = roles.Roles.ToString().ToLowerInvariant(),
                Database = "ok",
                Schema = version == expected ? "ok" : $"at version {version}, this program needs {expected}",
                Sender = sender,
                Sources = sources,
            };
        }
        catch (Exception outage) when (Outage.Is(outage) || outage is OperationCanceledException)
        {
            return new ReadinessReport
            {
                Ready = false,
                Roles = roles.Roles.ToString().ToLowerInvariant(),
                Database = outage is PostgresException refused ? refused.MessageText : "unreachable",
            };
        }
    }
}

/// <summary>The body of <c>/readyz</c>.</summary>
internal sealed record ReadinessReport
{
    /// <summary>Whether the answer is 200.</summary>
    public required bool Ready { get; init; }

    /// <summary>The parts this process plays.</summary>
    public required string Roles { get; init; }

    /// <summary><c>ok</c>, or what is wrong.</summary>
    public required string Database { get; init; }

    /// <summary><c>ok</c>, or what is wrong; absent while the database is.</summary>
    public string? Schema { get; init; }

    /// <summary>What waits in the outbox.</summary>
    public SenderState? Sender { get; init; }

    /// <summary>How each source that is fetched on schedule is doing.</summary>
    public IReadOnlyList<SourceCondition> Sources { get; init; } = [];
}

/// <summary>Mails due and not yet sent.</summary>
internal sealed record SenderState
{
    /// <summary>Mails whose time has come.</summary>
    public required long Due { get; init; }

    /// <summary>Since when the oldest of them waits.</summary>
    public Instant? OldestDueAt { get; init; }

    /// <summary>Mails parked for the operator or the second attempt.</summary>
    public required long Unknown { get; init; }
}
