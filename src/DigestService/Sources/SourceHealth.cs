using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>How one source is doing, for readiness, the doctor and the admin pages.</summary>
internal sealed record SourceCondition
{
    /// <summary>Its name.</summary>
    public required string Source { get; init; }

    /// <summary>False when it is down or something looks wrong.</summary>
    public required bool IsHealthy { get; init; }

    /// <summary>A sentence.</summary>
    public required string Detail { get; init; }

    /// <summary>When it last ran.</summary>
    public Instant? LastRunAt { get; init; }

    /// <summary>The newest day it listed papers for.</summary>
    public LocalDate? NewestOn { get; init; }
}

/// <summary>Tells from <c>source_runs</c> how the configured sources are doing.</summary>
internal sealed class SourceHealth(Database database, IEnumerable<IPaperSource> sources, IClock clock)
{
    // Papers of a working day are there by the end of the next one, or somebody should look.
    private const int WorkingDaysOfPatience = 2;

    private static readonly Duration WellLately = Duration.FromDays(3);

    /// <summary>Every source that is fetched on schedule.</summary>
    public async Task<IReadOnlyList<SourceCondition>> CheckAsync(CancellationToken ct)
    {
        var runs = (await database.QueryAsync<LastRun>(SourceQueries.LastRuns, null, ct)).ToDictionary(run => run.Source, StringComparer.Ordinal);
        var newest = (await database.QueryAsync<NewestDay>(SourceQueries.NewestDays, null, ct)).ToDictionary(day => day.Source, day => day.NewestOn, StringComparer.Ordinal);
        var today = clock.GetCurrentInstant().InUtc().Date;
        return sources.Where(source => source.IsEnabled)
            .Select(source => Describe(source, runs.GetValueOrDefault(source.Name), newest.GetValueOrDefault(source.Name), today))
            .ToList();
    }

    /// <summary>
    /// Those of the days whose digests need wait for no source. A source is waited for where it failed when it was last
    /// asked since noon of the day before, and had been well within three days: one that has been down for longer, one that
    /// has not been asked yet and a configured feed hold nobody up.
    /// </summary>
    public async Task<IReadOnlySet<LocalDate>> ReadyDaysAsync(IEnumerable<LocalDate> days, Instant now, CancellationToken ct)
    {
        var waitedFor = sources.Where(source => source.IsEnabled && source.IsWaitedFor).Select(source => source.Name).ToArray();
        var failed = await database.QueryAsync<Instant>(
            SourceQueries.LateSources, new { sources = waitedFor, wellSince = now - WellLately }, ct);
        return days.Where(day => !failed.Any(at => at >= day.PlusDays(-1).At(LocalTime.Noon).InUtc().ToInstant())).ToHashSet();
    }

    private static SourceCondition Describe(IPaperSource source, LastRun? run, LocalDate? newest, LocalDate today)
    {
        var (isHealthy, detail) = run switch
        {
            null => (true, "Not fetched yet."),
            { Outcome: "failed" } => (false, "It failed: " + run.Detail),
            { Outcome: "suspect" } => (false, run.Detail ?? "Something looks wrong."),
            _ when newest is { } day && WorkingDaysBetween(source, day, today) > WorkingDaysOfPatience =>
                (false, $"The newest paper is of {day:uuuu-MM-dd}: the date does not move."),
            { Outcome: "quiet" } => (true, "Quiet: nothing was listed."),
            _ => (true, FormattableString.Invariant($"{run.Read} read, {run.Added} new.")),
        };
        return new SourceCondition { Source = source.Name, IsHealthy = isHealthy, Detail = detail, LastRunAt = run?.StartedAt, NewestOn = newest };
    }

    private static int WorkingDaysBetween(IPaperSource source, LocalDate newest, LocalDate today) =>
        today <= newest ? 0 : new DayRange(newest.PlusDays(1), today).Days.Take(60).Count(source.IsWorkingDay);

    private sealed record LastRun
    {
        public required string Source { get; init; }

        public required Instant StartedAt { get; init; }

        public required string Outcome { get; init; }

        public int Read { get; init; }

        public int Added { get; init; }

        public string? Detail { get; init; }
    }

    private sealed record NewestDay
    {
        public required string Source { get; init; }

        public LocalDate? NewestOn { get; init; }
    }
}
