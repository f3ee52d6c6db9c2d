using DigestService.Platform;
using NodaTime;
using NodaTime.Text;
using Quartz;

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
internal sealed class SourceHealth(Database database, SourceDays days, IEnumerable<IPaperSource> sources, IClock clock)
{
    // Papers of a working day are there by the end of the next one, or somebody should look.
    private const int WorkingDaysOfPatience = 2;

    // Labs and journals publish rarely; a feed without anything new for longer than this has probably moved.
    private static readonly Duration FeedPatience = Duration.FromDays(45);

    /// <summary>A run may take its time before it leaves its first row, and between two of them.</summary>
    public static readonly Duration RunPatience = Duration.FromHours(1);

    private static readonly Duration WellLately = Duration.FromDays(3);

    /// <summary>Every source that is fetched on schedule.</summary>
    public async Task<IReadOnlyList<SourceCondition>> CheckAsync(CancellationToken ct)
    {
        var enabled = sources.Where(source => source.IsEnabled).ToList();
        var runs = (await database.QueryAsync<LastRun>(SourceQueries.LastRuns, Names(enabled), ct)).ToDictionary(run => run.Source, StringComparer.Ordinal);
        var pasts = (await database.QueryAsync<Past>(SourceQueries.NewestDays, null, ct)).ToDictionary(past => past.Source, StringComparer.Ordinal);
        var installedAt = await database.QuerySingleOrDefaultAsync<Instant?>(SourceQueries.InstalledAt, null, ct);
        var now = clock.GetCurrentInstant();
        var conditions = new List<SourceCondition>();
        foreach (var source in enabled)
        {
            var run = runs.GetValueOrDefault(source.Name);
            var missing = run is null ? [] : await days.MissingAsync(source, now.InUtc().Date.PlusDays(-1), since: null, ct);
            conditions.Add(Describe(source, run, pasts.GetValueOrDefault(source.Name), missing, installedAt, now));
        }

        return conditions;
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

    /// <summary>Whether a fetch that should have begun since the source was last asked did not.</summary>
    public async Task<bool> IsOverdueAsync(IPaperSource source, CancellationToken ct)
    {
        var runs = await database.QueryAsync<LastRun>(SourceQueries.LastRuns, Names([source]), ct);
        return runs is not [var run, ..] || (NextAfter(source, run.StartedAt) is { } next && next <= clock.GetCurrentInstant());
    }

    private static SourceNames Names(IEnumerable<IPaperSource> asked) => new([.. asked.Select(source => source.Name)]);

    private static Instant? NextAfter(IPaperSource source, Instant moment) =>
        CronExpression.TryParse(source.Cron, out var cron) && cron.GetNextValidTimeAfter(moment.ToDateTimeOffset()) is { } next
            ? Instant.FromDateTimeOffset(next)
            : null;

    // Two fires were missed: whoever should fetch does not.
    private static bool IsDead(IPaperSource source, Instant last, Instant now) =>
        NextAfter(source, last) is { } next && NextAfter(source, next) is { } second && now > second + RunPatience;

    private static SourceCondition Describe(
        IPaperSource source, LastRun? run, Past? past, IReadOnlyList<LocalDate> missing, Instant? installedAt, Instant now)
    {
        var today = now.InUtc().Date;
        var (isHealthy, detail) = run switch
        {
            null when installedAt is { } since && IsDead(source, since, now) =>
                (false, "It has never been fetched: is there a process with the role ingest?"),
            null => (true, "Not fetched yet."),
            { Outcome: "failed" } => (false, "It failed: " + run.Detail),
            { Outcome: "suspect" } => (false, run.Detail ?? "Something looks wrong."),
            _ when IsDead(source, run.StartedAt, now) =>
                (false, $"It has not been fetched since {run.StartedAt.InUtc():uuuu-MM-dd HH:mm} UTC: is there a process with the role ingest?"),
            _ when past?.NewestOn is { } day && WorkingDaysBetween(source, day, today) > WorkingDaysOfPatience =>
                (false, $"The newest paper is of {day:uuuu-MM-dd}: the date does not move."),
            _ when missing.Count > 0 => (false, Missing(source, missing, today)),
            _ when past is { FirstRunAt: var first } && now - (past.AddedAt ?? first) > FeedPatience =>
                (false, $"Nothing new has come since {(past.AddedAt ?? first).InUtc():uuuu-MM-dd}: it may stand still."),
            { Outcome: "quiet" } => (true, "Quiet: nothing was listed."),
            _ => (true, FormattableString.Invariant($"{run.Read} read, {run.Added} new.")),
        };
        return new SourceCondition { Source = source.Name, IsHealthy = isHealthy, Detail = detail, LastRunAt = run?.StartedAt, NewestOn = past?.NewestOn };
    }

    private static string Missing(IPaperSource source, IReadOnlyList<LocalDate> missing, LocalDate today)
    {
        var which = string.Join(", ", missing.Take(5).Select(day => LocalDatePattern.Iso.Format(day)));
        var more = missing.Count > 5 ? FormattableString.Invariant($" and {missing.Count - 5} more") : "";
        var remedy = missing[0] < today.PlusDays(-SourceDays.DaysToCatchUp)
            ? $"run 'papers fetch {source.Name} --from {LocalDatePattern.Iso.Format(missing[0])}'"
            : "the next run asks for them";
        return $"Missing: {which}{more}; {remedy}.";
    }

    private static int WorkingDaysBetween(IPaperSource source, LocalDate newest, LocalDate today) =>
        today <= newest ? 0 : new DayRange(newest.PlusDays(1), today).Days.Take(60).Count(source.IsWorkingDay);

    private sealed record SourceNames(string[] Sources);

    private sealed record LastRun
    {
        public required string Source { get; init; }

        public required Instant StartedAt { get; init; }

        public required string Outcome { get; init; }

        public int Read { get; init; }

        public int Added { get; init; }

        public string? Detail { get; init; }
    }

    private sealed record Past
    {
        public required string Source { get; init; }

        public LocalDate? NewestOn { get; init; }

        public required Instant FirstRunAt { get; init; }

        public Instant? AddedAt { get; init; }
    }
}
