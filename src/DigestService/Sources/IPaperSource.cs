using NodaTime;

namespace DigestService.Sources;

/// <summary>The days that are asked for, both included.</summary>
internal readonly record struct DayRange(LocalDate From, LocalDate To)
{
    /// <summary>Each day, oldest first.</summary>
    public IEnumerable<LocalDate> Days
    {
        get
        {
            for (var day = From; day <= To; day = day.PlusDays(1))
                yield return day;
        }
    }
}

/// <summary>One answer of a source, ready to import.</summary>
/// <param name="Asked">The address it answers.</param>
/// <param name="Day">The day it is about, where it is about one.</param>
/// <param name="Input">What came back.</param>
internal sealed record FetchedAnswer(Uri Asked, LocalDate? Day, ImportInput Input);

/// <summary>
/// Papers somewhere on the network. Answers come one after the other, and the next is asked for once the last has been
/// imported, so that a source can go by what was read (how many there are, where the next page is).
/// </summary>
internal interface IPaperSource
{
    /// <summary>Its name for <c>papers fetch</c>, in <c>source_runs</c> and in the log.</summary>
    string Name { get; }

    /// <summary>Whether it is fetched on schedule.</summary>
    bool IsEnabled { get; }

    /// <summary>Whether digests wait a while for it when it fails; nobody's digest waits for a stranger's feed.</summary>
    bool IsWaitedFor { get; }

    /// <summary>When, as Quartz writes it, in UTC.</summary>
    string Cron { get; }

    /// <summary>How many days up to today are asked for when nobody says which.</summary>
    int DaysBack { get; }

    /// <summary>Whether papers are to be expected on a day.</summary>
    bool IsWorkingDay(LocalDate day);

    /// <summary>The answers for a range of days.</summary>
    /// <exception cref="SourceFaultException">The source is down, busy or answers nonsense.</exception>
    IAsyncEnumerable<FetchedAnswer> FetchAsync(DayRange days, Instant now, CancellationToken ct);
}
