using DigestService.Platform;

namespace DigestService.Hosting;

/// <summary>Starts the private PostgreSQL again when its process is gone: killed, out of memory, or stopped by mistake.</summary>
internal sealed partial class PrivatePostgresWatch(PrivatePostgres postgres, ILogger<PrivatePostgresWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isLost = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                if (await postgres.RestartIfDeadAsync(stoppingToken))
                    LogRestarted(log, postgres.Server.FormerLog);
                else if (isLost)
                    LogWell(log);
                isLost = false;
            }
            catch (Exception failure) when (failure is OperatorException or IOException or UnauthorizedAccessException)
            {
                LogNotRestarted(log, failure.Message);
                isLost = true;
                pause = PauseAfterFailure;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "The private PostgreSQL had died and was started again; what it wrote before is in {FormerLog}")]
    private static partial void LogRestarted(ILogger log, string formerLog);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Error, Message = "The private PostgreSQL cannot be started again: {Reason}")]
    private static partial void LogNotRestarted(ILogger log, string reason);

    [LoggerMessage(EventId = 1115, Level = LogLevel.Information, Message = "The private PostgreSQL runs, and what kept it from being started again is gone")]
    private static partial void LogWell(ILogger log);
}
