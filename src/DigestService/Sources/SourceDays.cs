using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// Which days of each source have been read whole, after they were over: what is missing is known by day, so that neither
/// a later day nor an operator's own fetch hides it.
/// </summary>
internal sealed class SourceDays(Database database)
{
    /// <summary>How far back missing days are asked for by themselves.</summary>
    public const int DaysToCatchUp = 30;

    /// <summary>How far back missing days are told of; what is older is history.</summary>
    private const int DaysToTell = 90;

    /// <summary>The days to ask for when nobody says: the source's usual ones, and the missing ones before them.</summary>
    public async Task<IReadOnlyList<LocalDate>> UsualAsync(IPaperSource source, LocalDate today, CancellationToken ct)
    {
        var usual = new DayRange(today.PlusDays(-source.DaysBack), today);
        var missing = await MissingAsync(source, usual.From, today.PlusDays(-DaysToCatchUp), ct);
        return [.. missing, .. usual.Days];
    }

    /// <summary>Working days before <paramref name="until"/> that have not been read whole since the source was first read.</summary>
    public async Task<IReadOnlyList<LocalDate>> MissingAsync(IPaperSource source, LocalDate until, LocalDate? since, CancellationToken ct)
    {
        if (await database.QuerySingleOrDefaultAsync<LocalDate?>(SourceQueries.FirstDay, new { source = source.Name }, ct) is not { } first)
            return [];
        var from = LocalDate.Max(first, since ?? until.PlusDays(-DaysToTell));
        if (from >= until)
            return [];
        var whole = await database.QueryAsync<LocalDate>(SourceQueries.WholeDays, new { source = source.Name, from }, ct);
        return [.. new DayRange(from, until.PlusDays(-1)).Days.Where(source.IsWorkingDay).Except(whole)];
    }

    /// <summary>Notes that everything about these days has been read at a moment.</summary>
    public Task MarkReadAsync(string source, IReadOnlyList<LocalDate> days, Instant now, CancellationToken ct)
    {
        var today = now.InUtc().Date;
        return database.ExecuteAsync(
            SourceQueries.MarkRead, new { source, days = days.Where(day => day <= today).Select(day => day.ToDateOnly()).ToArray(), now }, ct);
    }
}
