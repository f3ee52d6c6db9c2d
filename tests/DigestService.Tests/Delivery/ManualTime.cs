namespace DigestService.Tests.Delivery;

/// <summary>A process's own monotonic clock that a test moves; timers keep to the real one.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = 1;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => _ticks;

    /// <summary>Moves on.</summary>
    public void Advance(TimeSpan by) => _ticks += by.Ticks;
}
