using NodaTime;

namespace DigestService.Platform;

/// <summary>A clock that stands still, for <c>--now</c>: previews, tests and catching up.</summary>
internal sealed class FixedClock(Instant now) : IClock
{
    /// <inheritdoc/>
    public Instant GetCurrentInstant() => now;
}
