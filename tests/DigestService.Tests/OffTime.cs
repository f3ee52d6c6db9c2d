namespace DigestService.Tests;

/// <summary>A machine's clock that is off by so much.</summary>
internal sealed class OffTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
