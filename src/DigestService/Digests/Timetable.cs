using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// What a planning run tells the database about each group of readers: the occurrences that have come, which of them
/// are too late to send, and the next one. Plain arrays, side by side, for <c>unnest</c>.
/// </summary>
internal sealed class Timetable
{
    private const string BroughtLater = "Its hour passed while the service was down, and the digest of a later day brings its papers.";
    private const string TooOld = "Its hour passed while the service was down, and it was too old to be sent afterwards.";

    private readonly List<string> _zones = [];
    private readonly List<TimeOnly> _sendAts = [];
    private readonly List<string> _frequencies = [];
    private readonly List<short> _weeklyOns = [];
    private readonly List<DateOnly?> _latestOns = [];
    private readonly List<DateTime> _nextAts = [];
    private readonly List<DateOnly> _nextOns = [];
    private readonly List<int> _groupNumbers = [];
    private readonly List<DateOnly> _digestOns = [];
    private readonly List<DateTime> _dueAts = [];
    private readonly List<string?> _expiredFor = [];

    /// <summary>
    /// Works out each group's timetable at <paramref name="now"/>. Of several missed occurrences only the latest is
    /// sent, and only if it was due within <paramref name="catchUp"/>.
    /// </summary>
    public static Timetable For(IReadOnlyList<DueGroup> groups, Instant now, Duration catchUp, Action<string> unknownZone)
    {
        var timetable = new Timetable();
        foreach (var group in groups)
            timetable.Add(group, now, catchUp, unknownZone);
        return timetable;
    }

    /// <summary>The nominal days that are planned to be sent, each once, and when the first digest of each was due.</summary>
    public IReadOnlyList<PlannedDay> Days =>
        [.. Enumerable.Range(0, _expiredFor.Count).Where(i => _expiredFor[i] is null)
            .GroupBy(i => _digestOns[i], i => _dueAts[i])
            .Select(day => new PlannedDay { DigestOn = LocalDate.FromDateOnly(day.Key), EarliestDueAt = Instant.FromDateTimeUtc(day.Min()) })];

    /// <summary>The parameters of <see cref="PlanningQueries.PlanDue"/>.</summary>
    public object Parameters(Instant now, short[] buckets, int chunk) => new
    {
        now,
        buckets,
        onlyBucket = Buckets.Only(buckets),
        chunk,
        zones = _zones.ToArray(),
        sendAts = _sendAts.ToArray(),
        frequencies = _frequencies.ToArray(),
        weeklyOns = _weeklyOns.ToArray(),
        latestOns = _latestOns.ToArray(),
        nextAts = _nextAts.ToArray(),
        nextOns = _nextOns.ToArray(),
        groupNumbers = _groupNumbers.ToArray(),
        digestOns = _digestOns.ToArray(),
        dueAts = _dueAts.ToArray(),
        expiredFor = _expiredFor.ToArray(),
    };

    private void Add(DueGroup group, Instant now, Duration catchUp, Action<string> unknownZone)
    {
        var zone = DigestSchedule.FindZone(group.Zone);
        if (zone is null)
            unknownZone(group.Zone);
        var schedule = new DigestSchedule(
            zone ?? DateTimeZone.Utc,
            group.SendAt,
            Enum.Parse<DigestFrequency>(group.Frequency, ignoreCase: true),
            (IsoDayOfWeek)group.WeeklyOn);
        var occurred = schedule.Between(group.EarliestDueOn, now).ToList();
        var next = schedule.FirstAfter(now, occurred.Count == 0 ? null : occurred[^1].DigestOn);

        _zones.Add(group.Zone);
        _sendAts.Add(group.SendAt.ToTimeOnly());
        _frequencies.Add(group.Frequency);
        _weeklyOns.Add(group.WeeklyOn);
        _latestOns.Add(occurred.Count == 0 ? null : occurred[^1].DigestOn.ToDateOnly());
        _nextAts.Add(next.DueAt.ToDateTimeUtc());
        _nextOns.Add(next.DigestOn.ToDateOnly());
        for (var i = 0; i < occurred.Count; i++)
        {
            _groupNumbers.Add(_zones.Count);
            _digestOns.Add(occurred[i].DigestOn.ToDateOnly());
            _dueAts.Add(occurred[i].DueAt.ToDateTimeUtc());
            _expiredFor.Add(now - occurred[^1].DueAt > catchUp ? TooOld : i < occurred.Count - 1 ? BroughtLater : null);
        }
    }
}
