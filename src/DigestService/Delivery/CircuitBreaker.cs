namespace DigestService.Delivery;

/// <summary>
/// Keeps a broken relay from being tried with every mail: after a failure it stays open for half a second, twice as long
/// after each further one up to half a minute, then lets a single try through.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private long _openUntil;
    private bool _isProbing;

    /// <summary>Failures in a row, those of tries that ran side by side counted once.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether mails should go elsewhere for now.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return Failures > 0 && (_isProbing || time.GetTimestamp() < _openUntil);
        }
    }

    /// <summary>Asks to try; who gets true must report how it went.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (Failures == 0)
                return true;
            if (_isProbing || time.GetTimestamp() < _openUntil)
                return false;
            return _isProbing = true;
        }
    }

    /// <summary>The relay works.</summary>
    public void Succeeded()
    {
        lock (_lock)
            (Failures, _isProbing) = (0, false);
    }

    /// <summary>The relay does not work.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var isCounted = Failures > 0 && !_isProbing && now < _openUntil;
            _isProbing = false;
            if (isCounted)
                return;
            Failures++;
            var pause = Shortest * Math.Pow(2, Math.Min(Failures - 1, 10));
            pause = (pause < Longest ? pause : Longest) * (0.8 + 0.4 * Random.Shared.NextDouble());
            _openUntil = now + (long)(pause.TotalSeconds * time.TimestampFrequency);
        }
    }

    /// <summary>The try was given up before it could show anything.</summary>
    public void Abandoned()
    {
        lock (_lock)
            _isProbing = false;
    }
}
