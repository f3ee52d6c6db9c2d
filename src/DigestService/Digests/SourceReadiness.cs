using NodaTime;

namespace DigestService.Digests;

/// <summary>For which nominal days all enabled sources have delivered, so that digests need not wait for them.</summary>
internal sealed class SourceReadiness
{
    /// <summary>Ready days around <paramref name="now"/>; yesterday, today and tomorrow cover every zone.</summary>
    public Task<LocalDate[]> ReadyDaysAsync(Instant now, CancellationToken ct)
    {
        var today = now.InUtc().Date;
        return Task.FromResult<LocalDate[]>([today.PlusDays(-1), today, today.PlusDays(1)]);
    }
}
