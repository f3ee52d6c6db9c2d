using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Relevance;
using DigestService.Relevance.Taste;
using NodaTime;

namespace DigestService.Digests;

/// <summary>One reader with one digest to be chosen: who they are, what they want, what they have had.</summary>
internal sealed record DueSubscriber
{
    public required long Id { get; init; }
    public required string Address { get; init; }
    public required string AddressKey { get; init; }
    public required string State { get; init; }
    public required string Language { get; init; }
    public required string Zone { get; init; }
    public required string Frequency { get; init; }
    public required LocalTime SendAt { get; init; }
    public required short WeeklyOn { get; init; }
    public required short MaxItems { get; init; }
    public short? OutsideTopics { get; init; }
    public string? EmptyDay { get; init; }
    public required string[] MutedWords { get; init; }
    public bool PrefersInShort { get; init; }
    public required int LinkVersion { get; init; }

    /// <summary>The list whose digest this is, and the reader who leads it; null for a digest of one's own.</summary>
    public string? ListName { get; init; }
    public long? LeaderId { get; init; }
    public required LocalDate DigestOn { get; init; }
    public required Instant DueAt { get; init; }
    public Instant? NextDueAt { get; init; }

    /// <summary>Why no digest is planned for this reader, in a sentence; null where one is.</summary>
    public string? WhyNotPlanned => NextDueAt is null ? $"No digest is planned: the reader is {State}." : null;

    /// <summary>Whether the reader asked for this digest ahead of its hour or after it, and waits for a mail.</summary>
    public bool IsAskedFor { get; init; }

    /// <summary>Whether a digest of a later day is owed to this reader as well, which then brings the papers of this one.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether one of the last three digests was queued and its mail failed or was stopped, or may have been.</summary>
    public bool HasLostMail { get; init; }

    /// <summary>The day of the last digest that was mailed; null before the first, and where it is kept no more.</summary>
    public LocalDate? PreviousDigestOn { get; init; }

    /// <summary>Whether no digest was ever mailed to this reader.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The days since then on which papers were looked for and none was found, in order; empty while that day is within <see cref="ShortestBreak"/>.</summary>
    public IReadOnlyList<LocalDate> QuietDays { get; init; } = [];

    /// <summary>More days than these without a digest, and without papers being looked for, are a break.</summary>
    public int ShortestBreak => IsWeekly ? 14 : 7;

    /// <summary>The row that holds this reader's topics and verdicts: their own, or that of their list's leader.</summary>
    public long WishesOf => LeaderId ?? Id;

    /// <summary>Chosen topics and own queries, muted ones too; <see cref="ChosenTopic.TopicId"/> is the query's id.</summary>
    public IReadOnlyList<ChosenTopic> Topics { get; init; } = [];

    /// <summary>Papers of the candidate pool, and others that tell the same as one of them, that were in an earlier digest.</summary>
    public IReadOnlyList<long> Seen { get; init; } = [];

    /// <summary>Papers of the candidate pool the reader has judged.</summary>
    public IReadOnlyList<long> Judged { get; init; } = [];

    /// <summary>News of saved papers since the digest that was last mailed, the latest first.</summary>
    public IReadOnlyList<SavedPaperNews> SavedNews { get; init; } = [];

    /// <summary>What the reader's likes say; null without any.</summary>
    public TasteProfile? Taste { get; init; }

    /// <summary>The rhythm of this reader's digests.</summary>
    public DigestSchedule Schedule => new(
        DigestSchedule.FindZone(Zone) ?? DateTimeZone.Utc,
        SendAt,
        Enum.Parse<DigestFrequency>(Frequency, ignoreCase: true),
        (IsoDayOfWeek)WeeklyOn);

    /// <summary>Followed authors by the own query that asks for each and nothing else; muted ones are not followed.</summary>
    public IReadOnlyDictionary<long, string> FollowedAuthors { get; init; } = new Dictionary<long, string>();

    /// <summary>What <see cref="PeriodDays"/> may be.</summary>
    public static IReadOnlyList<int> Periods { get; } = [1, 3, 7];

    /// <summary>How many days this digest stands for: a Monday's after a weekend without stands for three.</summary>
    public int PeriodDays => PeriodDaysOf(Schedule.Frequency, DigestOn);

    /// <summary>Whether one digest stands for a week.</summary>
    public bool IsWeekly => Schedule.Frequency == DigestFrequency.Weekly;

    /// <summary>
    /// The time the digest speaks of: a week where it stands for one, and where the digests of the days before are missing.
    /// </summary>
    public DigestSpan Span => SpanOf(Schedule.Frequency, DigestOn, PreviousDigestOn);

    /// <summary>The same rule for a digest of any day, as its mail and its page tell it.</summary>
    public static DigestSpan SpanOf(DigestFrequency frequency, LocalDate day, LocalDate? previous) =>
        frequency == DigestFrequency.Weekly || previous?.PlusDays(PeriodDaysOf(frequency, day)) < day ? DigestSpan.Week : DigestSpan.Day;

    /// <summary>
    /// Weekly readers look back a week further than the others, for what the digest before had no room for. None was before the first,
    /// which calls its papers those of this week.
    /// </summary>
    public LocalDate OldestNews(int lookbackDays) => DigestOn.PlusDays(-lookbackDays - (IsWeekly && !IsFirst ? 7 : 0));

    private static int PeriodDaysOf(DigestFrequency frequency, LocalDate day) => frequency switch
    {
        DigestFrequency.Weekly => 7,
        DigestFrequency.Weekdays when day.DayOfWeek == IsoDayOfWeek.Monday => 3,
        _ => 1,
    };
}
