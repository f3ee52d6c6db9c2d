namespace DigestService.Delivery;

/// <summary>Runs the sender as long as the process serves, and the outbox's upkeep beside it.</summary>
internal sealed partial class SenderWorker(Sender sender, Retention retention, IHostApplicationLifetime lifetime, ILogger<SenderWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan UpkeepPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var upkeep = KeepUpAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await sender.RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Platform.OperatorException unusable)
            {
                // Only the operator can mend this, and a service that cannot send must not look as if it could.
                LogUnusable(unusable.Message);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
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
                await retention.RunAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogUpkeepFailed(failure.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(UpkeepPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Sentence}")]
    private partial void LogUnusable(string sentence);

    [LoggerMessage(LogLevel.Error, "The sender failed and starts anew")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(LogLevel.Warning, "The outbox's upkeep failed and is tried again in an hour: {Reason}")]
    private partial void LogUpkeepFailed(string reason);
}
