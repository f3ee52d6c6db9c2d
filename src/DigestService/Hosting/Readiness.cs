using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using Npgsql;

namespace DigestService.Hosting;

/// <summary>
/// Whether the service does its work: the database takes writes, its schema is the program's, and nothing that
/// <see cref="ServiceFaults"/> looks at is wrong. Who only wants to know whether pages are served asks <c>/healthz</c>.
/// </summary>
internal sealed class Readiness(
    Database database, ServiceFaults faults, SourceHealth health, RelayTroubles troubles, ComposingHealth composing, InboxHealth inbox, ServingRoles roles, IClock clock)
{
    private const string Version = """
        -- schema_migrations.version
        select coalesce(max(version), 0) from schema_migrations
        """;

    /// <summary>Looks at each part once.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken ct)
    {
        try
        {
            var version = await database.QuerySingleOrDefaultAsync<int>(Version, null, ct);
            var expected = Migrator.NewestVersion;
            var sender = await database.QuerySingleOrDefaultAsync<SenderState>(OutboxHealthQueries.Waiting, new { now = clock.GetCurrentInstant() }, ct);
            var sources = await health.CheckAsync(ct);
            var relays = await troubles.ReadAsync(ct);
            IReadOnlyList<string> reasons = version == expected
                ? [.. (await faults.FindAsync(ct)).Select(fault => fault.Sentence)]
                : [$"The database's schema is at version {version} and this program needs {expected}: run the program that fits, or 'digest migrate'."];
            return new ReadinessReport
            {
                Ready = version == expected && reasons.Count == 0,
                Reasons = reasons,
                Roles = roles.Roles.ToString().ToLowerInvariant(),
                Database = "ok",
                Schema = version == expected ? "ok" : $"at version {version}, this program needs {expected}",
                Sender = sender,
                Relays = [.. relays.Select(trouble => new RelayState(trouble.Relay, trouble.Since, trouble.Words))],
                Sources = sources,
                Inbox = version == expected ? await inbox.ReadAsync(ct) : null,
                SetAside = await composing.SetAsideLatelyAsync(ct),
            };
        }
        catch (Exception outage) when (Outage.Is(outage) || outage is OperationCanceledException)
        {
            return new ReadinessReport
            {
                Ready = false,
                Reasons = [outage is OperationCanceledException ? "The database does not answer in time." : Verb.Sentence(outage)],
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

    /// <summary>Why not, in sentences.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The parts this process plays.</summary>
    public required string Roles { get; init; }

    /// <summary><c>ok</c>, or what is wrong.</summary>
    public required string Database { get; init; }

    /// <summary><c>ok</c>, or what is wrong; absent while the database is.</summary>
    public string? Schema { get; init; }

    /// <summary>What waits in the outbox.</summary>
    public SenderState? Sender { get; init; }

    /// <summary>Relays that take no mail.</summary>
    public IReadOnlyList<RelayState> Relays { get; init; } = [];

    /// <summary>How each source that is fetched on schedule is doing.</summary>
    public IReadOnlyList<SourceCondition> Sources { get; init; } = [];

    /// <summary>How the inbox stands.</summary>
    public InboxState? Inbox { get; init; }

    /// <summary>Digests, papers and queries that could not be dealt with lately; the others were.</summary>
    public IReadOnlyList<SetAsideReport> SetAside { get; init; } = [];
}

/// <summary>A relay that takes no mail, since when, and what it says.</summary>
internal sealed record RelayState(string Relay, Instant Since, string Detail);

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
