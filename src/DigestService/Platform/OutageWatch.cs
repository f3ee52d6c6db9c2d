namespace DigestService.Platform;

/// <summary>How long a piece of work that can be done again has been without its database; for one thread at a time.</summary>
internal sealed class OutageWatch
{
    // As long as a server takes to start anew, with what it has to read after a crash.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private long? _since;

    /// <summary>Whether a run that is to end should wait no longer.</summary>
    public bool IsTooLong => Lasted >= Patience;

    /// <summary>How long to wait before the next try.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(Math.Clamp(Lasted.TotalSeconds / 2, 0.5, 5));

    private TimeSpan Lasted => _since is { } since ? TimeProvider.System.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Notes that the database is out of reach; false where that was known.</summary>
    public bool Begin()
    {
        if (_since is not null)
            return false;
        _since = TimeProvider.System.GetTimestamp();
        return true;
    }

    /// <summary>Notes that it answers.</summary>
    public void End() => _since = null;

    /// <summary>Whether a failure is the database's, and it has not been gone too long to be waited for.</summary>
    public bool Bears(Exception failure)
    {
        if (!Outage.IsOfDatabase(failure))
            return false;
        Begin();
        return !IsTooLong;
    }
}
