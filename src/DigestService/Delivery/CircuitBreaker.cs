namespace DigestService.Delivery;

/// <summary>
/// Keeps a broken relay from being tried with every mail: after a failure it stays open for half a second, twice as long
/// after each further one up to a limit, and no shorter than the failed try itself took, then lets a single try through.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private long _openUntil;
    private long? _failingSince;
    private long _failedAt;
    private long _workedAt = long.MinValue;
    private bool _isProbing;

    /// <summary>Failures in a row, those of tries that ran side by side counted once.</summary>
    public int Failures { get; private set; }

    /// <summary>For how long it is known not to work: from when the first failed try began, or something last worked beside it, to the last failure.</summary>
    public TimeSpan FailedFor
    {
        get
        {
            lock (_lock)
                return _failingSince is { } since ? time.GetElapsedTime(since, _failedAt) : TimeSpan.Zero;
        }
    }

    /// <summary>Whether mails should go elsewhere for now.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return Failures > 0 && (_isProbing || time.GetTimestamp() < _openUntil);
        }
    }

    /// <summary>How long until the next try is let through; zero for at once.</summary>
    public TimeSpan Pause
    {
        get
        {
            lock (_lock)
                return Failures > 0 && time.GetTimestamp() is var now && now < _openUntil ? time.GetElapsedTime(now, _openUntil) : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// Asks to try. Who gets true must report how it went; <paramref name="isProbe"/> says that nobody else gets in until
    /// then.
    /// </summary>
    public bool TryEnter(out bool isProbe)
    {
        lock (_lock)
        {
            isProbe = false;
            if (Failures == 0)
                return true;
            if (_isProbing || time.GetTimestamp() < _openUntil)
                return false;
            return isProbe = _isProbing = true;
        }
    }

    /// <summary>The relay works.</summary>
    public void Succeeded()
    {
        lock (_lock)
            (Failures, _isProbing, _failingSince, _workedAt) = (0, false, null, time.GetTimestamp());
    }

    /// <summary>The relay does not work.</summary>
    /// <param name="longest">How long it is left alone at most.</param>
    /// <param name="waited">How long the try waited for it.</param>
    public void Failed(TimeSpan? longest = null, TimeSpan waited = default)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var isCounted = Failures > 0 && !_isProbing && now < _openUntil;
            _isProbing = false;
            if (isCounted)
                return;
            Failures++;
            var begun = Math.Max(_workedAt, now - (long)(waited.TotalSeconds * time.TimestampFrequency));
            (_failingSince, _failedAt) = (_failingSince ?? begun, now);
            var limit = longest ?? Longest;
            var doubled = Shortest * Math.Pow(2, Math.Min(Failures - 1, 20));
            var lost = time.GetElapsedTime(begun, now);
            var pause = doubled > lost ? doubled : lost;
            pause = (pause < limit ? pause : limit) * (0.8 + 0.4 * Random.Shared.NextDouble());
            _openUntil = now + (long)(pause.TotalSeconds * time.TimestampFrequency);
        }
    }

    /// <summary>The relay did not work when somebody last looked: the first mail is a try of its own.</summary>
    public void Distrust()
    {
        lock (_lock)
            Failures = Math.Max(Failures, 1);
    }

    /// <summary>The try was given up before it could show anything.</summary>
    public void Abandoned()
    {
        lock (_lock)
            _isProbing = false;
    }
}
