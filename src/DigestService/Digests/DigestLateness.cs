using System.Globalization;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Digests;

/// <summary>Whether digests are planned and written when they are due. Whether they get away is the outbox's to tell.</summary>
internal sealed class DigestLateness(Database database, DigestOptions options, SourceHealth sources, IClock clock)
{
    // Planning takes seconds and composing some minutes, however many readers share an hour.
    private static readonly Duration Patience = Duration.FromMinutes(30);

    private const int MostZones = 10;

    /// <summary>The zone data of this program.</summary>
    public static readonly string ZoneData = $"tzdb {NodaTime.TimeZones.TzdbDateTimeZoneSource.Default.TzdbVersion}";

    /// <summary>When the first of those who are due and not planned was due.</summary>
    private const string FirstUnplanned = """
        -- subscribers.first_unplanned
        select min(first.next_due_at)
        from unnest(@buckets) as b (bucket)
        cross join lateral (
            select next_due_at
            from subscribers
            where bucket = coalesce(@onlyBucket::smallint, b.bucket)
              and state in ('active', 'paused')
              and next_due_at <= @late
            order by next_due_at
            limit 1) first
        """;

    private const string UnknownZones = """
        -- subscribers.unknown_zones
        select zone, count(*) as readers
        from subscribers
        where zone <> all(@known)
          and state in ('active', 'paused')
        group by zone
        order by zone
        limit @most
        """;

    /// <summary>
    /// Which zones of readers the program's zone data does not know, and what that does: a newer program or a hand wrote them. Null where it knows all.
    /// Reads all readers, so that only the doctor and the operator's first page ask.
    /// </summary>
    public async Task<string?> FindZoneFaultAsync(CancellationToken ct)
    {
        var zones = await database.QueryAsync<(string Zone, long Readers)>(UnknownZones, new { known = DateTimeZoneProviders.Tzdb.Ids.ToArray(), most = MostZones }, ct);
        return zones.Count == 0
            ? null
            : $"{ZoneData} does not know {string.Join(", ", zones.Select(zone => $"{zone.Zone} ({Quantities.Count(zone.Readers, "reader", "readers")})"))}: digests come at that hour in UTC there, until the readers have another zone or the program is a newer one";
    }

    /// <summary>What is wrong, each in a sentence that says where to look; empty while digests are in time.</summary>
    public async Task<IReadOnlyList<string>> FindFaultsAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var faults = new List<string>();
        if (await FirstUnplannedAsync(now - Patience, ct) is { } due)
        {
            faults.Add(
                $"Readers have been due since {Time(due)} and no digest is planned for them: is there a process with the role plan, and what does its log say?");
        }

        var days = (await PlannedDay.FindAsync(database, now, ct)).Where(day => day.EarliestDueAt <= now - Patience).ToList();
        if (days.Count == 0)
            return faults;
        // Digests may wait for a source that is late.
        var ready = await sources.ReadyDaysAsync(days.Select(day => day.DigestOn), now, ct);
        var waiting = Patience + Duration.FromTimeSpan(options.WaitForSources);
        foreach (var day in days.Where(day => ready.Contains(day.DigestOn) || day.EarliestDueAt <= now - waiting))
        {
            faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Digests of {LocalDatePattern.Iso.Format(day.DigestOn)} have been due since {Time(day.EarliestDueAt)} and are not written: what does the log of the process with the role plan say?"));
        }

        return faults;
    }

    private async Task<Instant?> FirstUnplannedAsync(Instant late, CancellationToken ct)
    {
        Instant? first = null;
        foreach (var buckets in database.Rounds(Buckets.All))
        {
            if (await database.QuerySingleOrDefaultAsync<Instant?>(FirstUnplanned, new { buckets, onlyBucket = Buckets.Only(buckets), late }, ct) is { } due)
                first = first < due ? first : due;
        }

        return first;
    }

    private static string Time(Instant instant) => instant.InUtc().ToString("uuuu-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
