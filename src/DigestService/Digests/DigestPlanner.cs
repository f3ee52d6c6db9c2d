using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// Finds everyone whose hour has come, owes each of them one digest for that nominal day, and moves their next hour
/// on: one statement a chunk, so that a missed, doubled or simultaneous tick is harmless.
/// </summary>
internal sealed partial class DigestPlanner(Database database, DigestOptions options, ILogger<DigestPlanner> logger)
{
    // The first chunk is small, so that composing has soon something to do.
    private const int FirstChunk = 2_000;
    private const int ChunkSize = 20_000;
    private const int MostDaysRecorded = 31;

    /// <summary>Who is due: one row for each distinct zone, hour and rhythm. NodaTime knows the zones, SQL the people.</summary>
    public Task<IReadOnlyList<DueGroup>> FindDueAsync(Instant now, CancellationToken ct) => database.QueryAsync<DueGroup>(
        PlanningQueries.DueGroups, new { buckets = Buckets.All, now, earliest = now.InUtc().Date.PlusDays(-MostDaysRecorded) }, ct);

    /// <summary>Begins to plan those readers.</summary>
    public Planning Begin(IReadOnlyList<DueGroup> groups, Instant now, CancellationToken ct)
    {
        var timetable = Timetable.For(groups, now, Duration.FromTimeSpan(options.CatchUpWithin), UnknownZone);
        return new Planning(timetable.Days, chunkPlanned => groups.Count == 0 ? Task.FromResult(0) : PlanAsync(timetable, chunkPlanned, now, ct));
    }

    private async Task<int> PlanAsync(Timetable timetable, Action chunkPlanned, Instant now, CancellationToken ct)
    {
        using var span = Telemetry.Spans.StartActivity("digest.plan");
        var planned = 0;
        var expired = 0;
        var size = FirstChunk;
        var outage = new OutageWatch();
        foreach (var buckets in database.Rounds(Buckets.FromAnywhere()))
        {
            while (await PlanChunkAsync(timetable.Parameters(now, buckets, size), outage, ct) is { Moved: > 0 } chunk)
            {
                planned += chunk.Planned;
                expired += chunk.Expired;
                size = ChunkSize;
                chunkPlanned();
            }
        }

        LogPlanned(planned, expired);
        span?.SetTag("digest.planned", planned);
        return planned;
    }

    private async Task<PlannedChunk?> PlanChunkAsync(object parameters, OutageWatch outage, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var chunk = await database.QuerySingleOrDefaultAsync<PlannedChunk>(PlanningQueries.PlanDue, parameters, ct);
                outage.End();
                return chunk;
            }
            catch (Exception gone) when (outage.Bears(gone))
            {
                await Task.Delay(outage.Pause, ct);
            }
        }
    }

    private void UnknownZone(string zone) => LogUnknownZone(zone);

    [LoggerMessage(4003, LogLevel.Information, "Digests planned: {Planned}; missed and recorded as expired: {Expired}")]
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

/// <summary>Planning that is under way.</summary>
internal sealed class Planning
{
    private readonly Signal _chunk = new();

    /// <param name="days">The nominal days it plans digests of, and when the first of each was due.</param>
    /// <param name="plan">Does it, calls its argument after each chunk, and answers how many digests it planned.</param>
    public Planning(IReadOnlyList<PlannedDay> days, Func<Action, Task<int>> plan)
    {
        Days = days;
        Planned = plan(_chunk.Announce);
    }

    /// <summary>The nominal days that digests are planned of, each once, and when the first of each was due.</summary>
    public IReadOnlyList<PlannedDay> Days { get; }

    /// <summary>How many digests were planned, once all are.</summary>
    public Task<int> Planned { get; }

    /// <summary>Completes when more is planned, or nothing more will be, whether or not it could be done.</summary>
    public Task More => Task.WhenAny(_chunk.Next, Planned);
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
