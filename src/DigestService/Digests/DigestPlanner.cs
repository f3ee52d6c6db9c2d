using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// Finds everyone whose hour has come, owes each of them one digest for that nominal day, and moves their next hour
/// on: one statement a chunk, so that a missed, doubled or simultaneous tick is harmless.
/// </summary>
internal sealed partial class DigestPlanner(Database database, DigestOptions options, ILogger<DigestPlanner> logger)
{
    private const int ChunkSize = 20_000;
    private const int MostDaysRecorded = 31;

    /// <summary>Who is due: one row for each distinct zone, hour and rhythm. NodaTime knows the zones, SQL the people.</summary>
    public Task<IReadOnlyList<DueGroup>> FindDueAsync(Instant now, CancellationToken ct) => database.QueryAsync<DueGroup>(
        PlanningQueries.DueGroups, new { buckets = Buckets.All, now, earliest = now.InUtc().Date.PlusDays(-MostDaysRecorded) }, ct);

    /// <summary>Plans those readers; returns how many digests were planned.</summary>
    public async Task<int> PlanAsync(IReadOnlyList<DueGroup> groups, Instant now, CancellationToken ct)
    {
        if (groups.Count == 0)
            return 0;
        var timetable = Timetable.For(groups, now, Duration.FromTimeSpan(options.CatchUpWithin), UnknownZone);
        var planned = 0;
        var expired = 0;
        foreach (var buckets in database.Rounds(Buckets.FromAnywhere()))
        {
            while (await database.QuerySingleOrDefaultAsync<PlannedChunk>(
                PlanningQueries.PlanDue, timetable.Parameters(now, buckets, ChunkSize), ct) is { Moved: > 0 } chunk)
            {
                planned += chunk.Planned;
                expired += chunk.Expired;
            }
        }

        LogPlanned(planned, expired);
        return planned;
    }

    private void UnknownZone(string zone) => LogUnknownZone(zone);

    [LoggerMessage(4003, LogLevel.Information, "Planned {Planned} digests; {Expired} missed ones recorded as expired")]
    private partial void LogPlanned(int planned, int expired);

    [LoggerMessage(4004, LogLevel.Warning, "Zone {Zone} is not in the zone data; its readers are planned in UTC")]
    private partial void LogUnknownZone(string zone);

    private sealed record PlannedChunk
    {
        public required int Moved { get; init; }
        public required int Planned { get; init; }
        public required int Expired { get; init; }
    }
}

/// <summary>Readers who share zone, hour and rhythm, and are due.</summary>
internal sealed record DueGroup
{
    public required string Zone { get; init; }
    public required LocalTime SendAt { get; init; }
    public required string Frequency { get; init; }
    public required short WeeklyOn { get; init; }
    public required LocalDate EarliestDueOn { get; init; }
}
