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
/// Two signs give a restored backup away. Its home changed: a dump lives in another database than the one it was taken
/// from. Or it forgot something: every few seconds of sending, a counter in the database moves on and is then written to a
/// file under <c>Data__Directory</c>; a database behind that file has been set back, whatever way it was done.
/// </remarks>
internal sealed partial class SendingHold(Database database, DataOptions data, ILogger<SendingHold> logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    private long _tickedAt;
    private Guid? _ledger;

    /// <summary>Looks for the signs of a restored backup; to be called before a process sends its first mail.</summary>
    public async Task CheckInAsync(CancellationToken ct)
    {
        var home = await ReadHomeAsync(ct);
        var control = await database.QuerySingleOrDefaultAsync<Control>(OutboxQueries.CheckIn, new { home }, ct)
            ?? throw new InvalidOperationException("delivery_control has lost its row.");
        _ledger = control.LedgerId;
        if (control.HeldAt is not null)
            return;
        var reason = control.Home != home
            ? "This database is a copy of the one that was sending: its home changed."
            : await ReadMarkerAsync(ct) > control.Epoch
                ? "This database is older than the mails it has sent: a backup was restored."
                : null;
        if (reason is null)
            return;
        await HoldAsync(reason, ct);
        LogHeld(reason);
    }

    /// <summary>To be called before mails are sent: moves the counter on, in the database first and then in the file.</summary>
    public async Task TickAsync(CancellationToken ct)
    {
        if (_tickedAt != 0 && TimeProvider.System.GetElapsedTime(_tickedAt) < Tick)
            return;
        var epoch = await database.QuerySingleOrDefaultAsync<long>(OutboxQueries.Tick, null, ct);
        await WriteMarkerAsync(epoch, ct);
        _tickedAt = TimeProvider.System.GetTimestamp();
    }

    /// <summary>Why sending is held; null while it is not.</summary>
    public Task<string?> WhyHeldAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<string>(OutboxQueries.WhyHeld, null, ct);

    /// <summary>Holds all sending, in every process, from the next mail on.</summary>
    public Task HoldAsync(string reason, CancellationToken ct) => database.ExecuteAsync(OutboxQueries.Hold, new { reason }, ct);

    /// <summary>Lets mail go again, and takes this database for the true one from now on.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        var home = await ReadHomeAsync(ct);
        var control = await database.QuerySingleOrDefaultAsync<Control>(OutboxQueries.CheckIn, new { home }, ct);
        _ledger = control?.LedgerId;
        var epoch = await ReadMarkerAsync(ct);
        await database.ExecuteAsync(OutboxQueries.Release, new { home, epoch }, ct);
    }

    /// <summary>Which server and database this is; differs for every copy made by dump, template or upgrade.</summary>
    private async Task<string> ReadHomeAsync(CancellationToken ct)
    {
        try
        {
            return await database.QuerySingleOrDefaultAsync<string>(OutboxQueries.Home, null, ct) ?? "";
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Some hosts keep the server's identity to themselves; the database's number must do.
            return await database.QuerySingleOrDefaultAsync<string>(OutboxQueries.HomeByNumber, null, ct) ?? "";
        }
    }

    private string MarkerPath => Path.Combine(data.Directory, "outbox", _ledger?.ToString("n") ?? "none");

    private async Task<long> ReadMarkerAsync(CancellationToken ct)
    {
        if (!File.Exists(MarkerPath))
            return 0;
        var text = await File.ReadAllTextAsync(MarkerPath, ct);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;
    }

    private async Task WriteMarkerAsync(long epoch, CancellationToken ct)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(MarkerPath)!); // it has a parent by construction
            var draft = string.Create(CultureInfo.InvariantCulture, $"{MarkerPath}.{Environment.ProcessId}");
            await File.WriteAllTextAsync(draft, epoch.ToString(CultureInfo.InvariantCulture), ct);
            File.Move(draft, MarkerPath, overwrite: true);
        }
        catch (Exception readOnly) when (readOnly is IOException or UnauthorizedAccessException)
        {
            // Without a writable folder only the change of home gives a backup away.
            LogNoMarker(readOnly.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "Sending is held: {Reason} Nothing goes out until 'digest outbox release'.")]
    private partial void LogHeld(string reason);

    [LoggerMessage(LogLevel.Warning, "The marker that recognises a restored backup cannot be written: {Reason}")]
    private partial void LogNoMarker(string reason);

    private sealed record Control
    {
        public Instant? HeldAt { get; init; }

        public required Guid LedgerId { get; init; }

        public required string Home { get; init; }

        public required long Epoch { get; init; }
    }
}
