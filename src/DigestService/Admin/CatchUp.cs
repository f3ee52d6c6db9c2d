namespace DigestService.Admin;

/// <summary>
/// Whether a process that serves may still be making up for a time in which nothing was done: it has just started, or the database was
/// away. What is late in its first minute became so before, and nobody has to be called for it.
/// </summary>
internal sealed class CatchUp(TimeProvider time)
{
    // Each process looks twice a minute, and no look succeeds without the database.
    private static readonly TimeSpan LongestBetweenLooks = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _lookedAt;
    private long _since;

    /// <summary>Asked with each look that the database answered.</summary>
    public bool IsUnderWay()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_lookedAt is not { } last || time.GetElapsedTime(last, now) > LongestBetweenLooks)
                _since = now;
            _lookedAt = now;
            return time.GetElapsedTime(_since, now) < Patience;
        }
    }
}
