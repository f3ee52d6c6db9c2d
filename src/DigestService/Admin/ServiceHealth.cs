using System.Diagnostics;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using Npgsql;

namespace DigestService.Admin;

/// <summary>Something that keeps the service from doing its work.</summary>
/// <param name="Part">One of <see cref="ServiceHealth.Parts"/>.</param>
/// <param name="Sentence">What is wrong, and what to do.</param>
/// <param name="IsNote">The service does its work all the same, or does not at the operator's own wish.</param>
internal sealed record ServiceFault(string Part, string Sentence, bool IsNote = false);

/// <summary>Each part as it was seen in one look, and what was wrong with them.</summary>
internal sealed record ServiceState
{
    /// <summary>What is wrong; what keeps the others from working comes first.</summary>
    public required IReadOnlyList<ServiceFault> Faults { get; init; }

    /// <summary>Whether the service does its work: notes, such as that the operator holds sending, do not count against it.</summary>
    public bool IsReady => Faults.All(fault => fault.IsNote);

    /// <summary>Why nothing else was looked at: the tables are another program's. Null while the schema is this one's.</summary>
    public string? SchemaFault { get; init; }

    /// <summary>The database's clock less this machine's.</summary>
    public required Duration ClockSkew { get; init; }

    /// <summary>Why nothing is sent; null while sending is not held.</summary>
    public HeldSending? Hold { get; init; }

    /// <summary>Mails due and not yet sent.</summary>
    public required WaitingMails Waiting { get; init; }

    /// <summary>Relays that take no mail.</summary>
    public required IReadOnlyList<OpenTrouble> Relays { get; init; }

    /// <summary>Every source that is fetched on schedule.</summary>
    public required IReadOnlyList<SourceCondition> Sources { get; init; }

    /// <summary>How the inbox stands.</summary>
    public required InboxState Inbox { get; init; }

    /// <summary>Digests, papers and queries that could not be dealt with lately.</summary>
    public required IReadOnlyList<SetAsideReport> SetAside { get; init; }
}

/// <summary>
/// The state of the service at this moment: the one look that <c>/readyz</c>, <c>/metrics</c>, <c>/admin</c> and the
/// operator's mails tell, so that none of them is green while another is red. The doctor asks the same parts, each by
/// itself.
/// </summary>
internal sealed class ServiceHealth(
    Database database, ClockSkew clock, OutboxHealth outbox, RelayTroubles troubles, DigestLateness digests, SourceHealth sources, InboxHealth inbox, ComposingHealth composing,
    SendingHold hold, DataOptions data, OwnServer? own = null) : IDisposable
{
    /// <summary>The part of a database that cannot be asked at all.</summary>
    public const string OfDatabase = "database";

    /// <summary>What there is to look at; the names stand in <c>/metrics</c> and in the alert rules.</summary>
    public static readonly IReadOnlyList<string> Parts = [OfDatabase, "folder", "clock", "hold", "outbox", "doubt", "relay", "digests", "source", "inbox"];

    private const string SchemaVersion = """
        -- schema_migrations.version
        select coalesce(max(version), 0) from schema_migrations
        """;

    private static readonly TimeSpan PatienceWithLocks = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private (long BeganAt, ServiceState State)? _last;

    /// <summary>How long <see cref="ReadSoonAsync"/> waits.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// Asks each part once. Whoever comes while somebody looks waits, and all who wait share the next look: it began after
    /// they had asked, so that it is no older than their question, and however many ask, one looks at a time.
    /// </summary>
    public async Task<ServiceState> ReadAsync(CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        await _gate.WaitAsync(ct);
        try
        {
            if (_last is { } last && last.BeganAt >= asked)
                return last.State;
            var began = Stopwatch.GetTimestamp();
            var state = await LookAsync(ct);
            _last = (began, state);
            return state;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The same for whoever must tell it soon: a database that does not answer in <see cref="Patience"/> is out of reach.</summary>
    /// <exception cref="NpgsqlException">It does not answer, with a <see cref="TimeoutException"/> in it, or who holds it up, in an <see cref="OperatorException"/>; or it cannot be asked.</exception>
    public async Task<ServiceState> ReadSoonAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var reading = ReadAsync(limit.Token);
        try
        {
            // Where the server hangs, the driver heeds a cancellation late.
            return await reading.WaitAsync(Patience, ct);
        }
        catch (TimeoutException late) when (!reading.IsCompleted)
        {
            // What waits for a lock is seen only while it waits.
            var holder = await FindLockHolderAsync(limit.Token);
            await limit.CancelAsync();
            throw new NpgsqlException("The database does not answer.", holder is null ? late : new OperatorException(holder));
        }
    }

    private async Task<string?> FindLockHolderAsync(CancellationToken ct)
    {
        try
        {
            return await DatabaseLocks.FindHolderAsync(database, Patience / 2, ct).WaitAsync(PatienceWithLocks, ct);
        }
        catch (Exception outage) when (Outage.Is(outage))
        {
            return null;
        }
    }

    /// <summary>What is wrong with the data folder, which can be told without the database and may be why that is gone.</summary>
    public ServiceFault? FindFolderFault() => data.FindFault() is { } closed ? new("folder", closed, IsNote: true) : null;

    private async Task<ServiceState> LookAsync(CancellationToken ct)
    {
        if (await FindSchemaFaultAsync(ct) is { } another)
            return OfAnotherSchema(another);
        var faults = new List<ServiceFault>();
        if (own?.FindLoss() is { } lost)
            faults.Add(new(OfDatabase, lost));
        faults.AddRange((await DatabaseRoom.FindFaultsAsync(database, ct)).Select(sentence => new ServiceFault(OfDatabase, sentence)));
        if (await DatabaseRole.FindFaultAsync(database, ct) is { } powerless)
            faults.Add(new(OfDatabase, powerless));
        // Mails and pages may wait for a table that is not looked at here.
        if (await DatabaseLocks.FindHolderAsync(database, Patience / 2, ct) is { } locked)
            faults.Add(new(OfDatabase, locked));
        if (FindFolderFault() is { } closed)
            faults.Add(closed);
        var skew = await clock.MeasureAsync(ct);
        if (ClockSkew.FaultOf(skew) is { } off)
            faults.Add(new("clock", off));
        var held = await hold.FindHoldAsync(ct);
        if (held is not null)
            faults.Add(new("hold", held.Sentence, IsNote: held.IsOperators));
        // Mails that wait because the operator said so are told, and alarms that ask for them ring, but all is as they wanted.
        faults.AddRange((await outbox.FindFaultsAsync(ct)).Select(sentence => new ServiceFault("outbox", sentence, IsNote: held is { IsOperators: true })));
        if (await outbox.FindDoubtAsync(ct) is { } doubt)
            faults.Add(new("doubt", doubt));
        var relays = await troubles.ReadAsync(ct);
        faults.AddRange(relays.Select(trouble => new ServiceFault("relay", trouble.WithRemedy)));
        faults.AddRange((await troubles.ReadRefusalsAsync(ct)).Unanswered.Select(sentence => new ServiceFault("relay", sentence)));
        faults.AddRange((await digests.FindFaultsAsync(ct)).Select(sentence => new ServiceFault("digests", sentence)));
        var conditions = await sources.CheckAsync(ct);
        faults.AddRange(conditions.Where(source => !source.IsHealthy).Select(source => new ServiceFault("source", $"Source {source.Source}: {source.Detail}")));
        var mail = await inbox.ReadAsync(ct);
        faults.AddRange(mail.Faults.Select(sentence => new ServiceFault("inbox", sentence)));
        return new ServiceState
        {
            Faults = faults,
            ClockSkew = skew,
            Hold = held,
            Waiting = await outbox.ReadWaitingAsync(ct),
            Relays = relays,
            Sources = conditions,
            Inbox = mail,
            SetAside = await composing.SetAsideLatelyAsync(ct),
        };
    }

    private async Task<string?> FindSchemaFaultAsync(CancellationToken ct)
    {
        var (version, expected) = (await database.QuerySingleOrDefaultAsync<int>(SchemaVersion, null, ct), Migrator.NewestVersion);
        if (version == expected)
            return null;
        return version > expected
            ? $"The database's schema is at version {version}, which a newer program made, and this one knows {expected}: stop this process and start the newer program."
            : $"The database's schema is at version {version} and this program needs {expected}: 'digest migrate' brings it there, and so does a start of this program as the owner of the database.";
    }

    private static ServiceState OfAnotherSchema(string sentence) => new()
    {
        Faults = [new(OfDatabase, sentence)],
        SchemaFault = sentence,
        ClockSkew = Duration.Zero,
        Waiting = new WaitingMails { Due = 0, Unknown = 0 },
        Relays = [],
        Sources = [],
        Inbox = new InboxState { Waiting = 0 },
        SetAside = [],
    };
}
