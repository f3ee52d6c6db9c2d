using Microsoft.Extensions.Options;
using Quartz;

namespace DigestService.Hosting;

/// <summary>
/// Quartz as a part of the host, whose stop ends with the patience of the host. By itself it does not: what it had taken from the
/// database when that went away it gives back first, and tries for ever.
/// </summary>
internal sealed class SchedulerService(IHostApplicationLifetime lifetime, IServiceProvider services, IOptionsMonitor<QuartzHostedServiceOptions> options)
    : QuartzHostedService(lifetime, services, options), IHostedService
{
    private Task _stop = Task.CompletedTask;

    /// <summary>Whether it was stopped and has not ended. Another process, or the next start, takes up what it had.</summary>
    public bool IsStillStopping => !_stop.IsCompleted;

    /// <inheritdoc/>
    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        _stop = StopAsync(cancellationToken);
        try
        {
            await _stop.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (IsStillStopping)
        {
            // The host tells what has not ended.
        }
    }
}
