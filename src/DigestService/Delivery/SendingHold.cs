using System.Globalization;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>
/// Keeps mail from going out until the operator says so: because they said stop, or because the database is a restored
/// backup, in which mails that have long arrived still wait to be sent.
/// </summary>
/// <remarks>
/// Three signs give a database away that was set back. Its home changed: a dump lives in another database than the one it
/// was taken from. It is behind the counter that moves on every few seconds of sending, and that each process remembers and
/// writes to a file under <c>Data__Directory</c>. Or it has forgotten the last marks of this process. Processes look at
/// their start, whenever they connect anew to write marks, and after each outage; the counter is compared with each mark.
/// </remarks>
internal sealed partial class SendingHold(Database database, DataOptions data, ILogger<SendingHold> logger)
{
    /// <summary>Why sending is held where the operator gives no reason.</summary>
    public const string OperatorsReason = "The operator asked for it.";

    /// <summary>Characters of a reason that are taken: it stands in a sentence wherever the hold is told.</summary>
    public const int LongestReason = 300;

    private const int MarksRemembered = 16;
    private const string SetBack = "This database is older than the mails it has sent: a backup was restored, or a standby took over that was behind.";
    private const string Copied = "This database is a copy of the one that was sending: its home changed.";
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    // A draft is there for an instant: one that is as old as this was left by a process that died, or when the disk was full.
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private long _tickedAt;
    private bool _hasTidied;
    private Guid? _ledger;
    private SendingEpoch _seen;
    private IReadOnlyList<Mark> _lastMarks = [];

    /// <summary>How far the database had come when it was last looked at. No mark stands in a database that is behind it.</summary>
    public SendingEpoch Seen
    {
        get
        {
            lock (_lock)
                return _seen;
        }
    }

    /// <summary>Looks for the signs of a database that was set back; to be called before a process sends its first mail, and after an outage.</summary>
    public async Task CheckInAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        await CheckInAsync(connection, ct);
    }

    /// <summary>The same for a connection that marks will be written through: behind it may be another server than before.</summary>
    public async Task CheckInAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var home = await ReadHomeAsync(connection, ct);
        var control = await ReadControlAsync(connection, home, ct);
        _ledger = control.LedgerId;
        var marker = await ReadMarkerAsync(ct);
        var seen = marker > Seen ? marker : Seen;
        // Another sender may have moved the counter on, and the file, since we asked: this answer is no older than they are.
        if (control.At < seen)
            control = await ReadControlAsync(connection, home, ct);
        var lastMarks = Adopt(control.At, marker);
        if (control.HeldAt is not null)
            return;
        if (control.Home != home)
            await HoldBecauseAsync(connection, Copied, ct);
        else if (control.At < seen || await HasForgottenAsync(connection, lastMarks, ct))
            await HoldBecauseAsync(connection, SetBack, ct);
    }

    /// <summary>To be called before mails are sent: moves the counter on, in the database first and then in the file.</summary>
    public async Task TickAsync(CancellationToken ct)
    {
        if (_tickedAt != 0 && TimeProvider.System.GetElapsedTime(_tickedAt) < Tick)
            return;
        await using var connection = await database.OpenAsync(ct);
        var before = Seen;
        var now = await connection.QuerySingleAsync<SendingEpoch>(OutboxQueries.Tick, null, ct);
        if (now <= before)
        {
            await HoldBecauseAsync(connection, SetBack, ct);
            return;
        }

        Adopt(now, now);
        await WriteMarkerAsync(now, ct);
        _tickedAt = TimeProvider.System.GetTimestamp();
    }

    /// <summary>Remembers marks that stand durably, so that a database without them is known for one that was set back.</summary>
    public void Remember(IReadOnlyList<Mark> marks)
    {
        lock (_lock)
            _lastMarks = [.. marks.TakeLast(MarksRemembered)];
    }

    /// <summary>Why sending is held; null while it is not.</summary>
    public Task<string?> WhyHeldAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<string>(OutboxQueries.WhyHeld, null, ct);

    /// <summary>Whether and why sending is held, in a sentence that says what to do; null while it is not.</summary>
    public async Task<HeldSending?> FindHoldAsync(CancellationToken ct) => await WhyHeldAsync(ct) is { } reason
        ? new HeldSending(reason, $"Sending is held and mails wait: {reason.TrimEnd('.')}. 'digest outbox release' lets it go on.", IsOperators: reason is not (SetBack or Copied))
        : null;

    /// <summary>Holds all sending, in every process, from the next mail on.</summary>
    public Task HoldAsync(string reason, CancellationToken ct) => database.ExecuteAsync(OutboxQueries.Hold, new { reason }, ct);

    /// <summary>Lets mail go again, and takes this database for the true one from now on.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var home = await ReadHomeAsync(connection, ct);
        await ReadControlAsync(connection, home, ct);
        await connection.ExecuteAsync(OutboxQueries.Release, new { home }, ct);
    }

    /// <summary>
    /// Takes note of how far the database and the file are; answers the marks the database must still know. After a
    /// release by the operator what was seen before counts no more.
    /// </summary>
    private IReadOnlyList<Mark> Adopt(SendingEpoch database, SendingEpoch marker)
    {
        lock (_lock)
        {
            if (database.Releases > _seen.Releases)
                (_seen, _lastMarks) = (database, []);
            _seen = database > _seen ? database : _seen;
            _seen = marker > _seen ? marker : _seen;
            return _lastMarks;
        }
    }

    private static async Task<bool> HasForgottenAsync(NpgsqlConnection connection, IReadOnlyList<Mark> marks, CancellationToken ct) =>
        marks.Count > 0 && await connection.QuerySingleAsync<bool>(
            OutboxQueries.HasForgotten,
            new
            {
                ids = marks.Select(mark => mark.Mail.Id).ToArray(),
                fences = marks.Select(mark => mark.Mail.Fence).ToArray(),
                attempts = marks.Select(mark => mark.Mail.Attempts + 1).ToArray(),
            },
            ct);

    private async Task HoldBecauseAsync(NpgsqlConnection connection, string reason, CancellationToken ct)
    {
        // Who was first has told it, and their reason stands.
        if (await connection.ExecuteAsync(OutboxQueries.Hold, new { reason }, ct) > 0)
            LogHeld(reason);
    }

    private static async Task<Control> ReadControlAsync(NpgsqlConnection connection, string home, CancellationToken ct) =>
        await connection.QuerySingleOrDefaultAsync<Control>(OutboxQueries.CheckIn, new { home }, ct)
            ?? throw new InvalidOperationException("delivery_control has lost its row.");

    /// <summary>Which server and database this is; differs for every copy made by dump, template or upgrade.</summary>
    private static async Task<string> ReadHomeAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            return await connection.QuerySingleOrDefaultAsync<string>(OutboxQueries.Home, null, ct) ?? "";
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Some hosts keep the server's identity to themselves; the database's number must do.
            return await connection.QuerySingleOrDefaultAsync<string>(OutboxQueries.HomeByNumber, null, ct) ?? "";
        }
    }

    private string MarkerPath => Path.Combine(data.Directory, "outbox", _ledger?.ToString("n") ?? "none");

    private async Task<SendingEpoch> ReadMarkerAsync(CancellationToken ct)
    {
        try
        {
            return File.Exists(MarkerPath) && SendingEpoch.TryParse(await File.ReadAllTextAsync(MarkerPath, ct), out var marker) ? marker : default;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            LogNoMarker("read", FileWords.WhyUnreadable(MarkerPath, unreadable, "make it."));
            return default;
        }
    }

    private async Task WriteMarkerAsync(SendingEpoch epoch, CancellationToken ct)
    {
        // Containers that share the folder all have the same process number.
        var draft = string.Create(CultureInfo.InvariantCulture, $"{MarkerPath}.{Environment.MachineName}-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(MarkerPath)!); // it has a parent by construction
            try
            {
                await File.WriteAllTextAsync(draft, epoch.ToString(), ct);
                File.Move(draft, MarkerPath, overwrite: true);
            }
            catch (Exception)
            {
                File.Delete(draft);
                throw;
            }
        }
        catch (Exception readOnly) when (readOnly is IOException or UnauthorizedAccessException)
        {
            // Without a writable folder only the change of home gives a backup away.
            LogNoMarker("written", FileWords.WhyUnwritable(data.Directory, readOnly));
            return;
        }

        if (!_hasTidied)
            RemoveDrafts();
    }

    private void RemoveDrafts()
    {
        _hasTidied = true;
        var folder = Path.GetDirectoryName(MarkerPath)!; // as above
        var at = folder;
        try
        {
            foreach (var draft in Directory.EnumerateFiles(folder, Path.GetFileName(MarkerPath) + ".*"))
            {
                at = draft;
                if (File.GetLastWriteTimeUtc(MarkerPath) - File.GetLastWriteTimeUtc(draft) >= Abandoned)
                    File.Delete(draft);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            LogDraftStays(at);
        }
    }

    [LoggerMessage(5020, LogLevel.Error, "Sending is held: {Reason} Nothing goes out until 'digest outbox release'.")]
    private partial void LogHeld(string reason);

    [LoggerMessage(5021, LogLevel.Warning, "The marker that recognises a restored backup cannot be {Done}: {Reason}")]
    private partial void LogNoMarker(string done, string reason);

    [LoggerMessage(5023, LogLevel.Warning, "What processes that died left in {Place} cannot be deleted by this account; it does no harm and may be deleted by hand")]
    private partial void LogDraftStays(string place);

    private sealed record Control
    {
        public Instant? HeldAt { get; init; }

        public required Guid LedgerId { get; init; }

        public required string Home { get; init; }

        public required long Releases { get; init; }

        public required long Epoch { get; init; }

        public SendingEpoch At => new() { Releases = Releases, Epoch = Epoch };
    }
}

/// <summary>A hold.</summary>
/// <param name="Sentence">Why, and what ends it.</param>
/// <param name="IsOperators">Whether the operator asked for it; else the service found a restored backup.</param>
internal sealed record HeldSending(string Reason, string Sentence, bool IsOperators);

/// <summary>
/// How far a database has come in sending: how often the operator has released it, and the counter that moves on while
/// mails go out. Neither ever goes back, unless the database is set back.
/// </summary>
internal readonly record struct SendingEpoch : IComparable<SendingEpoch>
{
    /// <summary>How often the operator has let sending go on.</summary>
    public required long Releases { get; init; }

    /// <summary>Moves on every five seconds of sending.</summary>
    public required long Epoch { get; init; }

    public static bool operator <(SendingEpoch left, SendingEpoch right) => left.CompareTo(right) < 0;

    public static bool operator >(SendingEpoch left, SendingEpoch right) => left.CompareTo(right) > 0;

    public static bool operator <=(SendingEpoch left, SendingEpoch right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SendingEpoch left, SendingEpoch right) => left.CompareTo(right) >= 0;

    /// <summary>Reads what <see cref="ToString"/> wrote; a counter alone is of a database that was never released.</summary>
    public static bool TryParse(string text, out SendingEpoch epoch)
    {
        epoch = default;
        var parts = text.Trim().Split('.');
        var numbers = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return false;
        }

        if (numbers.Length > 2)
            return false;
        epoch = new SendingEpoch { Releases = numbers.Length == 2 ? numbers[0] : 0, Epoch = numbers[^1] };
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(SendingEpoch other) => (Releases, Epoch).CompareTo((other.Releases, other.Epoch));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Releases}.{Epoch}");
}
