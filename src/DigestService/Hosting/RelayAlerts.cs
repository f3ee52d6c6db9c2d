using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Platform;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Hosting;

/// <summary>
/// Mails the operator when a relay takes no mail, as long as another one does, and when it takes mail again: hourly at most
/// for each relay, however often it comes and goes.
/// </summary>
internal sealed partial class RelayAlerts(
    Database database,
    RelayTroubles troubles,
    ServiceMailComposer composer,
    Outbox outbox,
    MailOptions mail,
    IClock clock,
    ILogger<RelayAlerts> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    // A worker that dies behind this has told nothing: the mail and the note that it was written commit together.
    private const string Begun = """
        -- relay_troubles.tell_begun
        update relay_troubles
        set is_told = true, told_at = @now
        where ended_at is null
          and not is_told
          and (told_at is null or told_at <= @now - interval '1 hour')
          and relay = any (@relays)
        returning relay, words, since, ended_at
        """;

    // One mail that was refused ('once') began and ended nothing.
    // One whose beginning was told ends at once; one whose beginning could not be told, hourly.
    private const string Ended = """
        -- relay_troubles.tell_ended
        update relay_troubles
        set is_told = false, told_at = @now
        where ended_at is not null
          and answers <> 'once'
          and (is_told or (told_at is null or told_at < since) and (told_at is null or told_at <= @now - interval '1 hour'))
        returning relay, words, since, ended_at
        """;

    /// <summary>Tells what has changed; how many mails that made.</summary>
    public async Task<int> TellAsync(CancellationToken ct)
    {
        if (mail.OperatorAddress is not { Length: > 0 } address)
            return 0;
        var open = await troubles.ReadAsync(ct);
        var isAnotherWell = open.Count < troubles.Configured.Count;
        var now = clock.GetCurrentInstant();
        return await database.InTransactionAsync(
            async connection =>
            {
                var relays = isAnotherWell ? open.Select(trouble => trouble.Relay).ToArray() : [];
                var begun = await connection.QueryAsync<Told>(Begun, new { now, relays }, ct);
                var ended = await connection.QueryAsync<Told>(Ended, new { now }, ct);
                var ids = await outbox.ReserveIdsAsync(connection, [.. Enumerable.Repeat(Outbox.BucketOf(null, address), begun.Count + ended.Count)], ct);
                var mails = begun.Select(Beginning).Concat(ended.Select(End)).Zip(ids, (alert, id) => AlertMail.Write(composer, id, address, now, alert)).ToList();
                await outbox.EnqueueAsync(connection, mails, now, ct);
                return mails.Count;
            },
            ct);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TellAsync(stoppingToken);
            }
            catch (Exception outage) when (Outage.Is(outage))
            {
                // That the database is away stands in the log already.
                LogNotTold(Verb.Sentence(outage));
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static OperatorAlert Beginning(Told told) => new(
        $"{told.Relay} takes no mail",
        [new("It says", told.Words), new("Since", Time(told.Since))],
        "Its mails wait and go out when it takes them again; it is tried with one mail at growing intervals. This mail went by another relay.");

    private static OperatorAlert End(Told told) => new(
        $"{told.Relay} takes mail again",
        [new("It said", told.Words), new("From", Time(told.Since)), new("Until", told.EndedAt is { } ended ? Time(ended) : "now")],
        "The mails that waited are on their way.");

    private static string Time(Instant instant) => InstantPattern.General.Format(instant);

    [LoggerMessage(1103, LogLevel.Debug, "The operator could not be told of the relays: {Reason}")]
    private partial void LogNotTold(string reason);

    private sealed record Told
    {
        public required string Relay { get; init; }

        public required string Words { get; init; }

        public required Instant Since { get; init; }

        public Instant? EndedAt { get; init; }
    }
}
