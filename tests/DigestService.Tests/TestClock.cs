using NodaTime;

namespace DigestService.Tests;

/// <summary>A clock that a test sets and moves.</summary>
internal sealed class TestClock(Instant now) : IClock
{
    /// <summary>Starts on Wednesday 2026-03-04 at 05:00 UTC.</summary>
    public TestClock()
        : this(Instant.FromUtc(2026, 3, 4, 5, 0))
    {
    }

    /// <summary>The moment it stands at; setting travels there.</summary>
    public Instant Now { get; set; } = now;

    /// <inheritdoc/>
    public Instant GetCurrentInstant() => Now;

    /// <summary>Moves on.</summary>
    public void Advance(Duration by) => Now += by;
}
