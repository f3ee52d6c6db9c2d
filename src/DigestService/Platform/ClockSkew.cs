using System.Globalization;
using NodaTime;

namespace DigestService.Platform;

/// <summary>How far this machine's clock is from the database's. Digests go out by the one, leases end by the other.</summary>
internal sealed class ClockSkew(Database database, TimeProvider time)
{
    private const string ServerTime = """
        -- database.server_time
        select clock_timestamp()
        """;

    private const string Stopped = " No digest is planned, no mail given up as too late and nothing old deleted until they are less than a day apart.";

    private static readonly Duration Most = Duration.FromSeconds(30);

    private static readonly Duration FarAhead = Duration.FromDays(1);

    /// <summary>The database's clock less this machine's; the way there and back is taken out of it.</summary>
    public async Task<Duration> MeasureAsync(CancellationToken ct)
    {
        var asked = time.GetUtcNow();
        var theirs = await database.QuerySingleOrDefaultAsync<Instant>(ServerTime, null, ct);
        var answered = time.GetUtcNow();
        return theirs - Instant.FromDateTimeOffset(asked + (answered - asked) / 2);
    }

    /// <summary>What is wrong, in a sentence that says what to do; null while the two agree.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken ct) => FaultOf(await MeasureAsync(ct));

    /// <summary>The same of a skew that was measured.</summary>
    public static string? FaultOf(Duration skew) => skew < Most && -skew < Most
        ? null
        : $"This machine's clock is {LengthOf(skew < Duration.Zero ? -skew : skew)} {(skew < Duration.Zero ? "ahead of" : "behind")} the database's: set both by NTP.{(-skew >= FarAhead ? Stopped : "")}";

    // To the second: one that is off by whole hours, as by a wrong zone, must not be told in other units each time it is measured.
    private static string LengthOf(Duration skew) => Math.Round(skew.TotalSeconds) is var seconds && seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : Quantities.Length(Duration.FromSeconds(seconds));

    /// <summary>
    /// Whether this machine's clock is a day or more ahead. What cannot be taken back waits then: three days ahead, the digests of two days are
    /// recorded as expired, and once it is set right every reader is without one for three. A clock that is behind, or ahead by less, serves readers late or early.
    /// </summary>
    public async Task<bool> IsFarAheadAsync(CancellationToken ct) => await FindFarAheadAsync(ct) is not null;

    /// <summary>The same in a sentence; null where it is not.</summary>
    public async Task<string?> FindFarAheadAsync(CancellationToken ct) => await MeasureAsync(ct) is var skew && -skew >= FarAhead ? FaultOf(skew) : null;
}
