using DigestService.Mail;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Inbound.Ways;

/// <summary>
/// Reads the mailbox as long as the process serves. Several may read one: whoever stores a message second finds it stored,
/// whoever handles it second finds it handled.
/// </summary>
internal sealed partial class InboxWorker(InboxReader inbox, InboxHealth health, InboxOptions options, ILogger<InboxWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private string? _warning;
    private string? _hindrance;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var mailbox = InboxReader.OpenToRead(options, logger);
                while (!stoppingToken.IsCancellationRequested)
                {
                    var round = await inbox.WorkOffAsync(mailbox, progress: null, stoppingToken);
                    WarnOnce(mailbox?.Warning);
                    _hindrance = null;
                    pause = FirstPause;
                    if (round.Failed > 0 || mailbox is null)
                        await Task.Delay(round.Failed > 0 ? LongestPause / 4 : LongestPause, stoppingToken);
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
                    TellOnce(Sentence(failure), failure);
                else
                    LogFailed(failure);
                await NoteAsync(failure, stoppingToken);
                await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private static string Sentence(Exception failure) => failure is MailboxException ? failure.Message : Verb.Sentence(failure);

    // Where the database itself is away, nothing can be noted, and /readyz says so.
    private async Task NoteAsync(Exception failure, CancellationToken ct)
    {
        if (Outage.IsOfDatabase(failure))
            return;
        try
        {
            await health.FailedAsync(Sentence(failure), ct);
        }
        catch (Exception outage) when (outage is OperationCanceledException || Outage.Is(outage))
        {
            TellOnce(outage is OperationCanceledException ? "it was stopped." : Verb.Sentence(outage), outage);
        }
    }

    // Until it can be read again, or something else is in the way. That it is well again is told with the other parts.
    private void TellOnce(string hindrance, Exception failure)
    {
        if (hindrance != _hindrance)
            LogUnreachable(failure as NpgsqlException, hindrance);
        _hindrance = hindrance;
    }

    private void WarnOnce(string? warning)
    {
        if (warning is not null && warning != _warning)
            LogWarning(warning);
        _warning = warning;
    }

    [LoggerMessage(6007, LogLevel.Warning, "{Warning}")]
    private partial void LogWarning(string warning);

    [LoggerMessage(6003, LogLevel.Warning, "The inbox cannot be read now and is tried again: {Reason}")]
    private partial void LogUnreachable(NpgsqlException? outage, string reason);

    [LoggerMessage(6004, LogLevel.Error, "Reading the inbox failed and starts anew")]
    private partial void LogFailed(Exception failure);
}
