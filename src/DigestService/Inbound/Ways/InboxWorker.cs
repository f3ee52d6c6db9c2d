using DigestService.Mail;
using DigestService.Platform;

namespace DigestService.Inbound.Ways;

/// <summary>
/// Reads the mailbox as long as the process serves. Several may read one: whoever stores a message second finds it stored,
/// whoever handles it second finds it handled.
/// </summary>
internal sealed partial class InboxWorker(InboxReader inbox, InboxOptions options, ILogger<InboxWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var mailbox = InboxReader.Open(options);
                while (!stoppingToken.IsCancellationRequested)
                {
                    var failed = await inbox.WorkOffAsync(mailbox, progress: null, stoppingToken);
                    pause = FirstPause;
                    if (failed > 0 || mailbox is null)
                        await Task.Delay(failed > 0 ? LongestPause / 4 : LongestPause, stoppingToken);
                    else
                        await mailbox.WaitForMailAsync(LongestWait, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                // A server that hung up, a password that changed, a database that is away: the mail waits where it is.
                if (failure is MailboxException || Outage.Is(failure))
                    LogUnreachable(failure.Message);
                else
                    LogFailed(failure);
                await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    [LoggerMessage(6003, LogLevel.Warning, "The inbox cannot be read now and is tried again: {Reason}")]
    private partial void LogUnreachable(string reason);

    [LoggerMessage(6004, LogLevel.Error, "Reading the inbox failed and starts anew")]
    private partial void LogFailed(Exception failure);
}
