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

/// <summary>What a source is asked.</summary>
/// <param name="Days">The days, oldest first; a source that cannot choose asks for all between the first and the last.</param>
/// <param name="Now">The moment of the run.</param>
/// <param name="Memory">What its servers said before.</param>
internal sealed record SourceQuestion(IReadOnlyList<LocalDate> Days, Instant Now, AnswerMemory Memory);

/// <summary>What comes of a question, piece by piece.</summary>
internal abstract record SourceStep;

/// <summary>One answer of a source, ready to import.</summary>
/// <param name="Asked">The address it answers.</param>
/// <param name="Day">The day it is about, where it is about one.</param>
/// <param name="Part">Which kind and page of answer: like is compared with like.</param>
/// <param name="Input">What came back.</param>
internal sealed record FetchedAnswer(Uri Asked, LocalDate? Day, string Part, ImportInput Input) : SourceStep
{
    /// <summary>By what its server will know it again; null where it is never asked that.</summary>
    public AnswerMarks? Marks { get; init; }

    /// <summary>The days that were asked for, where it is about several.</summary>
    public IReadOnlyList<LocalDate> Days { get; init; } = [];
}

/// <summary>The server says that its answer is the one it gave before.</summary>
internal sealed record UnchangedAnswer(Uri Asked, LocalDate? Day, string Part) : SourceStep;

/// <summary>A question that got no answer; others may have.</summary>
internal sealed record FailedQuestion(LocalDate? Day, string Part, string Sentence) : SourceStep;

/// <summary>Everything about these days has been read.</summary>
internal sealed record DaysRead(IReadOnlyList<LocalDate> Days) : SourceStep;

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

    /// <summary>The answers to a question. One that fails is told, and the others are asked all the same.</summary>
    IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, CancellationToken ct);
}
