using NodaTime;

namespace DigestService.Sources;

/// <summary>What one answer of a source looked like.</summary>
internal sealed record RunFacts
{
    /// <summary>When it came.</summary>
    public required Instant Now { get; init; }

    /// <summary>The day asked for, where one was.</summary>
    public LocalDate? Day { get; init; }

    /// <summary>Entries in it.</summary>
    public required int Read { get; init; }

    /// <summary>Of them refused.</summary>
    public required int Rejected { get; init; }

    /// <summary>The days asked for, where the answer is about several.</summary>
    public IReadOnlyList<LocalDate> Days { get; init; } = [];

    /// <summary>How many papers the source says there are on those days.</summary>
    public int? Total { get; init; }

    /// <summary>The newest day it lists.</summary>
    public LocalDate? NewestOn { get; init; }

    /// <summary>A hash of which papers it lists, in whatever order; votes do not count.</summary>
    public byte[]? ContentHash { get; init; }
}

/// <summary>The last answer about an earlier day.</summary>
internal sealed record EarlierRun
{
    /// <summary>The newest day it listed.</summary>
    public LocalDate? NewestOn { get; init; }

    /// <inheritdoc cref="RunFacts.ContentHash"/>
    public byte[]? ContentHash { get; init; }

    /// <summary>Entries in it.</summary>
    public required int Read { get; init; }

    /// <summary>Of them refused.</summary>
    public required int Rejected { get; init; }
}

/// <summary>Tells a quiet day from a broken source.</summary>
internal static class SourceWarnings
{
    // Nobody complains about today before this much of it has passed in UTC.
    private static readonly Duration GracePeriod = Duration.FromHours(14);

    private const int FewRejections = 5;
    private const double ManyRejections = 0.1;

    /// <summary>A sentence for the operator where many more entries are refused than before; else null.</summary>
    public static string? OfRejections(RunFacts run, EarlierRun? before) =>
        run.Rejected > FewRejections && run.Rejected > ManyRejections * run.Read && (before is null || (double)run.Rejected / run.Read > 2.0 * before.Rejected / Math.Max(1, before.Read))
            ? FormattableString.Invariant($"{run.Rejected} of {run.Read} entries were rejected.")
            : null;

    /// <summary>A sentence for the operator where an answer does not tell what happened on a working day; else null.</summary>
    public static string? OfSilence(RunFacts run, EarlierRun? before, Func<LocalDate, bool> isWorkingDay)
    {
        if (run.Read == run.Rejected && (run.Read > 0 || run.Total is null or 0) && run.Days.Any(asked => isWorkingDay(asked) && run.Now >= asked.AtMidnight().InUtc().ToInstant() + GracePeriod))
            return Nothing(run, $"from {run.Days[0]:uuuu-MM-dd} to {run.Days[^1]:uuuu-MM-dd}, working days");
        if (run.Day is not { } day || !isWorkingDay(day) || run.Now < day.AtMidnight().InUtc().ToInstant() + GracePeriod)
            return null;
        if (run.Read == run.Rejected)
            return Nothing(run, $"for {day:uuuu-MM-dd}, a working day");
        if (before?.ContentHash is { } earlier && run.ContentHash is { } hash && earlier.AsSpan().SequenceEqual(hash))
            return $"The batch for {day:uuuu-MM-dd} equals the one before it.";
        return run.NewestOn is { } newest && newest < day
            ? $"Asked for {day:uuuu-MM-dd}, the newest paper is of {newest:uuuu-MM-dd}: the date does not move."
            : null;
    }

    private static string Nothing(RunFacts run, string days) => run.Read == 0
        ? $"Nothing was listed {days}."
        : FormattableString.Invariant($"None of the {run.Read} entries {days}, could be taken.");
}
