using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// What a statement of the outbox is where the outbox is spread over several servers. A server there changes rows by nothing that it
/// would compute for itself: the time, and whether sending is held, are asked of the coordinator first, whose clock is the one for all leases.
/// </summary>
/// <remarks>
/// A lease that begins at the time that was asked ends no later than one that begins when its row is written, and one that has not ended at
/// that time is not taken over: in both ways it errs to the side of whoever else might hold the row. Workers count their own side from before
/// they ask.
/// </remarks>
internal static class SpreadForm
{
    private const string Time = """
        -- database.time
        select clock_timestamp()
        """;

    private const string TimeUnlessHeld = """
        -- delivery_control.time_unless_held
        select clock_timestamp()
        from delivery_control
        where held_at is null
        """;

    /// <summary>
    /// The statement by the name <c>…spread_…</c>, with <c>@clock</c> for the time, <c>@leaseUntil</c> for the end of a lease that begins then,
    /// and without a look at the hold.
    /// </summary>
    public static string Of(string sql) => sql
        .Replace("-- deliveries.", "-- deliveries.spread_", StringComparison.Ordinal)
        .Replace("clock_timestamp() + make_interval(secs => @lease)", "@leaseUntil::timestamptz", StringComparison.Ordinal)
        .Replace("clock_timestamp()", "@clock::timestamptz", StringComparison.Ordinal)
        .Replace(ClaimQueries.UnlessHeld, "", StringComparison.Ordinal);

    /// <summary>The coordinator's time.</summary>
    public static async Task<Instant> TimeAsync(Database database, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return await connection.QuerySingleAsync<Instant>(Time, null, ct);
    }

    /// <summary>The coordinator's time; null while sending is held.</summary>
    public static Task<Instant?> TimeUnlessHeldAsync(Database database, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<Instant?>(TimeUnlessHeld, null, ct);
}
