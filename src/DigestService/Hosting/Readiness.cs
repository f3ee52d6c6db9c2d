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
/// <see cref="ServiceHealth"/> looks at is wrong. Who only wants to know whether pages are served asks <c>/healthz</c>.
/// </summary>
internal sealed class Readiness(ServiceHealth health, ServingRoles roles)
{
    /// <summary>Looks at each part once. A database that does not answer in five seconds is out of reach.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken ct)
    {
        try
        {
            var state = await health.ReadSoonAsync(ct);
            if (state.SchemaFault is { } another)
                return new ReadinessReport { Ready = false, Reasons = [another], Roles = RoleNames, Database = "ok", Schema = "another" };
            return new ReadinessReport
            {
                Ready = state.IsReady,
                Reasons = [.. state.Faults.Select(fault => fault.Sentence)],
                Roles = RoleNames,
                Database = state.Faults.FirstOrDefault(fault => fault.Part == ServiceHealth.OfDatabase)?.Sentence ?? "ok",
                Schema = "ok",
                Sender = state.Waiting,
                Relays = [.. state.Relays.Select(trouble => new RelayState(trouble.Relay, trouble.Since, trouble.Words))],
                Sources = state.Sources,
                Inbox = state.Inbox,
                SetAside = state.SetAside,
            };
        }
        catch (Exception outage) when (Outage.Is(outage) || outage is OperationCanceledException)
        {
            return new ReadinessReport
            {
                Ready = false,
                Reasons = [outage is OperationCanceledException ? "The database does not answer in time." : Verb.Sentence(outage), .. FolderReasons()],
                Roles = RoleNames,
                Database = outage is PostgresException refused ? refused.MessageText : "unreachable",
            };
        }
    }

    // A private PostgreSQL stands in that folder and stops when its disk is full, and its own log is on that disk.
    private IEnumerable<string> FolderReasons() => health.FindFolderFault() is { } closed ? [closed.Sentence] : [];

    private string RoleNames => roles.Roles.ToString().ToLowerInvariant();
}

/// <summary>The body of <c>/readyz</c>.</summary>
internal sealed record ReadinessReport
{
    /// <summary>Whether the answer is 200.</summary>
    public required bool Ready { get; init; }

    /// <summary>Why not, in sentences; and what the operator should know although the service is ready.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The parts this process plays.</summary>
    public required string Roles { get; init; }

    /// <summary><c>ok</c>, or what is wrong.</summary>
    public required string Database { get; init; }

    /// <summary><c>ok</c>, or <c>another</c> than this program's, of which the reason tells; absent while the database is.</summary>
    public string? Schema { get; init; }

    /// <summary>What waits in the outbox.</summary>
    public WaitingMails? Sender { get; init; }

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
