using DigestService.Delivery;
using DigestService.Platform;
using NodaTime;
using Quartz;

namespace DigestService.Admin;

/// <summary>
/// What happened hour by hour: digests planned, mails sent, failed and stopped, bounces, complaints, readers who left, and of mails
/// that are put off or in doubt, which leave that state again, the most that stood so at a time. The large tables are read once for
/// each hour; the last hours are counted anew, for a mail may yet be tried again.
/// </summary>
internal sealed class HourlyCounts(Database database, IClock clock)
{
    /// <summary>What is counted, in the order in which it is shown.</summary>
    public static readonly IReadOnlyList<string> Names = ["planned", "sent", "deferred", "failed", "unknown", "suppressed", "bounced", "complained", "left"];

    /// <summary>Those of them that tell the most at a time; two hours of them do not add up.</summary>
    public static readonly IReadOnlySet<string> AtATime = new HashSet<string>(StringComparer.Ordinal) { "deferred", "unknown" };

    /// <summary>The days that are kept in view.</summary>
    public const int Days = 90;

    private static readonly Duration CountedAnew = Duration.FromHours(3);
    private static readonly TimeSpan PatienceWithStanding = TimeSpan.FromSeconds(3);
    private static readonly Duration Slice = Duration.FromDays(1);

    /// <summary>When the hour of a moment began.</summary>
    public static Instant HourOf(Instant moment) => Instant.FromUnixTimeSeconds(moment.ToUnixTimeSeconds() / 3600 * 3600);

    /// <summary>The last 24 hours by the hour, and the last 90 days by the day, both in UTC, oldest first; hours not yet counted are 0.</summary>
    public async Task<CountsOverview> ReadAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var hour = HourOf(now);
        var today = now.InUtc().Date;
        var hours = await database.QueryAsync<HourCount>(HourlyCountQueries.Hours, new { from = hour - Duration.FromHours(23) }, ct);
        var days = await database.QueryAsync<DayCount>(
            HourlyCountQueries.Days, new { from = today.PlusDays(1 - Days).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant() }, ct);
        return new CountsOverview(
            Names.ToDictionary(
                name => name,
                name => Series(24, hours.Where(row => row.Name == name).Select(row => ((int)(23 - (hour - row.Hour).TotalHours), row.Count))),
                StringComparer.Ordinal),
            Names.ToDictionary(
                name => name,
                name => Series(Days, days.Where(row => row.Name == name).Select(row => (Days - 1 - Period.DaysBetween(row.Day, today), row.Count))),
                StringComparer.Ordinal));
    }

    /// <summary>Counts what is not counted yet, a day at a time from where it stopped, until it is done or patience ends.</summary>
    public async Task CountAsync(TimeSpan patience, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            var counted = await database.QuerySingleOrDefaultAsync<CountedRow>(HourlyCountQueries.CountedUntil, null, deadline.Token);
            var from = HourOf(counted?.Hour is { } last ? last - CountedAnew : now - Duration.FromDays(Days));
            while (from <= now)
            {
                var until = Instant.Min(from + Slice, HourOf(now) + Duration.FromHours(1));
                await database.ExecuteAsync(HourlyCountQueries.Count, new { from, until }, deadline.Token);
                from = until;
            }

            var standing = await OutboxStatus.ReadUnfinishedAsync(database, PatienceWithStanding, deadline.Token);
            await database.ExecuteAsync(
                HourlyCountQueries.NoteStanding,
                new { hour = HourOf(now), names = (string[])["deferred", "unknown"], counts = (long[])[standing.Deferred ?? 0, standing.Unknown ?? 0] },
                deadline.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The next count goes on from the day it came to.
        }
    }

    private static long[] Series(int length, IEnumerable<(int Place, long Count)> counts)
    {
        var series = new long[length];
        foreach (var (place, count) in counts)
        {
            if (place >= 0 && place < length)
                series[place] = count;
        }

        return series;
    }

    private sealed record CountedRow
    {
        public Instant? Hour { get; init; }
    }

    private sealed record HourCount
    {
        public required Instant Hour { get; init; }
        public required string Name { get; init; }
        public required long Count { get; init; }
    }

    private sealed record DayCount
    {
        public required LocalDate Day { get; init; }
        public required string Name { get; init; }
        public required long Count { get; init; }
    }
}

/// <summary>Counts what happened every five minutes: pages only read, and of all processes that plan one counts.</summary>
[DisallowConcurrentExecution]
internal sealed class HourlyCountsJob(HourlyCounts counts) : IJob
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await counts.CountAsync(Patience, cancellationToken);
}

/// <summary>Counts by name: 24 hours and 90 days, oldest first.</summary>
internal sealed record CountsOverview(IReadOnlyDictionary<string, long[]> Hours, IReadOnlyDictionary<string, long[]> Days);

/// <summary>The statements of the counts.</summary>
internal static class HourlyCountQueries
{
    /// <summary>Counts the hours of a stretch of time from what they left behind, and remembers how far it came.</summary>
    public const string Count = """
        -- hourly_counts.count
        insert into hourly_counts (hour, name, count)
        select date_trunc('hour', at, 'UTC'), name, count(*)
        from (
            select planned_at as at, 'planned' as name
            from digests
            where planned_at >= @from
              and planned_at < @until
            union all
            select finished_at, state
            from deliveries
            where finished_at >= @from
              and finished_at < @until
              and state in ('sent', 'failed', 'suppressed')
            union all
            select received_at, 'bounced'
            from bounces
            where received_at >= @from
              and received_at < @until
            union all
            select created_at, case reason when 'unsubscribed' then 'left' else 'complained' end
            from suppressions
            where created_at >= @from
              and created_at < @until
              and reason in ('unsubscribed', 'complained')) as happened
        group by 1, 2
        union all
        select @until - interval '1 hour', 'counted', 0
        on conflict (hour, name) do update
        set count = excluded.count
        where hourly_counts.count <> excluded.count
        """;

    /// <summary>Notes how many mails stand in a state, where that is more than the hour had before.</summary>
    public const string NoteStanding = """
        -- hourly_counts.note_standing
        insert into hourly_counts (hour, name, count)
        select @hour, name, count
        from unnest(@names, @counts) as standing (name, count)
        where count > 0
        on conflict (hour, name) do update
        set count = excluded.count
        where hourly_counts.count < excluded.count
        """;

    /// <summary>The last hour that was counted.</summary>
    public const string CountedUntil = """
        -- hourly_counts.counted_until
        select max(hour) as hour
        from hourly_counts
        where name = 'counted'
        """;

    /// <summary>Hours from one on.</summary>
    public const string Hours = """
        -- hourly_counts.hours
        select hour, name, count
        from hourly_counts
        where hour >= @from
          and name <> 'counted'
        """;

    /// <summary>Days from one on.</summary>
    public const string Days = """
        -- hourly_counts.days
        select (hour at time zone 'UTC')::date as day, name,
               (case when name in ('deferred', 'unknown') then max(count) else sum(count) end)::bigint as count
        from hourly_counts
        where hour >= @from
          and name <> 'counted'
        group by 1, 2
        """;
}
