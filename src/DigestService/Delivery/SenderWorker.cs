using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Runs the sender as long as the process serves, and the outbox's upkeep beside it.</summary>
internal sealed partial class SenderWorker(Sender sender, Retention retention, SmtpOptions smtp, ILogger<SenderWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan UpkeepPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var upkeep = KeepUpAsync(stoppingToken);
        var isRelaySet = smtp.Relays.Count > 0 || smtp.IsNamed;
        if (!isRelaySet)
            LogNoRelay();
        while (isRelaySet && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await sender.RunAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // What the work rests on may go before it.
                break;
            }
            catch (Exception failure)
            {
                // The database may be away just as we start. Whatever it was, rows are safe: leases end, marks stand.
                LogFailed(failure);
                await Task.Delay(RestartPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await upkeep;
    }

    private async Task KeepUpAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await sender.SettleBouncesAsync(stoppingToken);
                await retention.RunAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogUpkeepFailed(Verb.Sentence(failure));
            }
            catch (Exception)
            {
                // Stopping: what the upkeep rests on may go before it.
                return;
            }

            await Task.Delay(UpkeepPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(5017, LogLevel.Error, "Smtp__Host is not set: mails wait in the outbox until it is")]
    private partial void LogNoRelay();

    [LoggerMessage(5018, LogLevel.Error, "The sender failed and starts anew")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(5019, LogLevel.Warning, "The outbox's upkeep failed and is tried again in an hour: {Reason}")]
    private partial void LogUpkeepFailed(string reason);
}
