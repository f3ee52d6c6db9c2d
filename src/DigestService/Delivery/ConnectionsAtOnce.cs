namespace DigestService.Delivery;

/// <summary>
/// How many connections a relay takes at once, learnt from one that it turns away with 4xx beside others that are open. After a minute it is
/// tried with more.
/// </summary>
internal sealed class ConnectionsAtOnce(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _open;
    private int _most;
    private long _learntAt;
    private bool _hasForgiven;

    /// <summary>Whether it is known to take no more than are open.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
                return _most > 0 && _open >= _most && time.GetElapsedTime(_learntAt) < Memory;
        }
    }

    /// <summary>It took one more.</summary>
    public void Opened()
    {
        lock (_lock)
        {
            _open++;
            _hasForgiven = false;
            _most = _most > 0 ? Math.Max(_most, _open) : 0;
        }
    }

    /// <summary>One has ended.</summary>
    public void Closed()
    {
        lock (_lock)
            _open--;
    }

    /// <summary>It refused one more; false where none is open, so that it refuses all.</summary>
    public bool TryLearn()
    {
        lock (_lock)
        {
            if (_open == 0)
                return false;
            // One of those that were open may have ended a moment before, its place not free yet: that is forgiven once.
            var forgives = _open < _most && !_hasForgiven && time.GetElapsedTime(_learntAt) < Memory;
            (_most, _learntAt, _hasForgiven) = (forgives ? _most : _open, time.GetTimestamp(), forgives);
            return true;
        }
    }
}
