namespace DigestService.Delivery;

/// <summary>
/// How many mails a second may go one way: a fixed limit, and below it a rate that halves when the other side keeps
/// pushing back and creeps up with each success. A single push-back among many successes is that mail's bad luck.
/// </summary>
/// <param name="limit">Mails a second; 0 for no fixed limit.</param>
/// <param name="time">The process's own clock: rates are nobody else's business.</param>
internal sealed class AdaptiveRate(double limit, TimeProvider time)
{
    private const double Slowest = 0.5;
    private const double Growth = 1.03;
    private const double NoLimit = 10_000;
    private const double FirstGuess = 4;
    private const double PatienceFor = 2;
    private const double Forgiveness = 0.9;

    // Timers and connections come some milliseconds late. What that cost is made up for: of 500 mails a second 232 went without it.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(20);

    private readonly double _limit = limit > 0 ? limit : NoLimit;
    private double _rate = limit > 0 ? limit : NoLimit;
    private long _nextAt;
    private long _lastHalvedAt;
    private double _observed;
    private double _complaints;
    private long _observedAt;

    /// <summary>Whether nothing holds it back: no fixed limit, and no push-back that has not been outgrown.</summary>
    public bool IsUnlimited => _rate >= NoLimit;

    /// <summary>Whether it goes as fast as its fixed limit lets it.</summary>
    public bool IsAtLimit => _rate >= _limit;

    /// <summary>The present rate, in mails a second.</summary>
    public double PerSecond => _rate;

    /// <summary>How long until the next mail may go; zero for now.</summary>
    public TimeSpan Wait()
    {
        var now = time.GetTimestamp();
        return IsUnlimited || _nextAt <= now ? TimeSpan.Zero : time.GetElapsedTime(now, _nextAt);
    }

    /// <summary>Counts one mail that goes now.</summary>
    public void Take()
    {
        var now = time.GetTimestamp();
        Observe(now);
        if (!IsUnlimited)
            _nextAt = Math.Max(_nextAt, now - (long)(Lateness.TotalSeconds * time.TimestampFrequency)) + (long)(time.TimestampFrequency / _rate);
    }

    /// <summary>The other side took a mail.</summary>
    public void Succeeded()
    {
        _complaints *= Forgiveness;
        if (_rate < _limit)
            _rate = Math.Min(_limit, _rate * Growth);
    }

    /// <summary>The other side asked us to slow down; once is let pass, and several replies within a second are one request.</summary>
    public void PushedBack()
    {
        if (++_complaints < PatienceFor)
            return;
        var now = time.GetTimestamp();
        if (_lastHalvedAt != 0 && time.GetElapsedTime(_lastHalvedAt, now) < TimeSpan.FromSeconds(1))
            return;
        _lastHalvedAt = now;
        _rate = Math.Max(Slowest, Math.Min(_rate, Math.Max(_observed, FirstGuess)) / 2);
    }

    private void Observe(long now)
    {
        // An average over roughly the last second.
        var seconds = _observedAt == 0 ? 1 : time.GetElapsedTime(_observedAt, now).TotalSeconds;
        _observed = _observed * Math.Exp(-seconds) + 1;
        _observedAt = now;
    }
}
