namespace DigestService.Delivery;

/// <summary>Lets something happen at most once in a while, by the process's monotonic clock. Not for several threads.</summary>
internal sealed class RepeatTimer
{
    private long? _last;

    /// <summary>True when <paramref name="pause"/> has passed since this was last true, and at first.</summary>
    public bool IsTime(TimeSpan pause)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_last is { } last && TimeProvider.System.GetElapsedTime(last, now) < pause)
            return false;
        _last = now;
        return true;
    }

    /// <summary>Makes it time at once.</summary>
    public void Reset() => _last = null;
}
