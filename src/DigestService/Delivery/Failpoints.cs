namespace DigestService.Delivery;

/// <summary>
/// Where the fault tests pull the plug: <c>DIGEST_FAILPOINT=marked:3</c> kills this process, as kill -9 would, when it
/// comes to that point the third time. Unset, as it always is outside those tests, a point costs one comparison.
/// </summary>
internal static class Failpoints
{
    /// <summary>Mails are claimed and not yet in flight.</summary>
    public const string Claimed = "claimed";

    /// <summary>The mark is durable; MAIL FROM has not been said.</summary>
    public const string Marked = "marked";

    /// <summary>The relay has answered; nothing is recorded.</summary>
    public const string Answered = "answered";

    /// <summary>The result is about to be written.</summary>
    public const string BeforeRecord = "before-record";

    /// <summary>The result is durable.</summary>
    public const string AfterRecord = "after-record";

    private static readonly string? Point;
    private static int _left;

    static Failpoints()
    {
        var setting = Environment.GetEnvironmentVariable("DIGEST_FAILPOINT")?.Split(':');
        if (setting is [var point, var count] && int.TryParse(count, out _left))
            Point = point;
    }

    /// <summary>Dies here if this is the place and the time.</summary>
    public static void Pass(string point)
    {
        if (Point is null || !string.Equals(Point, point, StringComparison.Ordinal))
            return;
        if (Interlocked.Decrement(ref _left) == 0)
            System.Diagnostics.Process.GetCurrentProcess().Kill();
    }
}
