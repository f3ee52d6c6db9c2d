namespace DigestService.Subscribers;

/// <summary>
/// What a person, a program or a line of a file asked for, as it came: a web form, the API, a verb and an import all
/// end here, so that all of them mean the same by it. Null was not said; an empty list is an answer, and each list is one
/// of its own.
/// </summary>
public sealed record SettingsForm
{
    /// <summary>Slugs of the catalogue's topics.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Slugs among them that count double.</summary>
    public IReadOnlyList<string>? More { get; init; }

    /// <summary>Slugs of topics to leave out.</summary>
    public IReadOnlyList<string>? MutedTopics { get; init; }

    /// <summary>Own queries; blank ones are passed over.</summary>
    public IReadOnlyList<string>? Queries { get; init; }

    /// <summary>What the reader calls each of <see cref="Queries"/>, in the same order; blank for no name, null where names were not said.</summary>
    public IReadOnlyList<string>? QueryNames { get; init; }

    /// <summary>IANA id.</summary>
    public string? Zone { get; init; }

    /// <summary><c>07:00</c>.</summary>
    public string? At { get; init; }

    /// <summary><c>daily</c>, <c>weekdays</c> or <c>weekly</c>.</summary>
    public string? Frequency { get; init; }

    /// <summary>Monday is 1.</summary>
    public string? WeeklyOn { get; init; }

    /// <summary>The most papers in a digest.</summary>
    public string? Max { get; init; }

    /// <summary>Language of mails.</summary>
    public string? Language { get; init; }

    /// <summary>Places kept for what is big outside the topics.</summary>
    public string? OutsideTopics { get; init; }

    /// <summary><c>skip</c>, <c>trending</c> or <c>note</c>.</summary>
    public string? EmptyDay { get; init; }

    /// <summary>Words or phrases, one a line or between commas.</summary>
    public string? MutedWords { get; init; }

    /// <summary>The sentence that a machine wrote in place of the abstract: <c>yes</c> or <c>no</c>.</summary>
    public string? InShort { get; init; }

    /// <summary>A field that is sent blank goes back to the default; otherwise it was not said.</summary>
    public bool BlankIsDefault { get; init; }

    /// <summary>This form where it says something, and <paramref name="stored"/> where it does not.</summary>
    internal SettingsForm Over(SettingsForm stored) => ListsOver(stored) with
    {
        Zone = Zone ?? stored.Zone,
        At = At ?? stored.At,
        Frequency = Frequency ?? stored.Frequency,
        WeeklyOn = WeeklyOn ?? stored.WeeklyOn,
        Max = Max ?? stored.Max,
        Language = Language ?? stored.Language,
        OutsideTopics = OutsideTopics ?? stored.OutsideTopics,
        EmptyDay = EmptyDay ?? stored.EmptyDay,
        MutedWords = MutedWords ?? stored.MutedWords,
        InShort = InShort ?? stored.InShort,
    };

    /// <summary>The lists are judged together: where this form names one of them, the others are those that are stored.</summary>
    internal SettingsForm WithListsOf(SettingsForm stored) => (Topics ?? More ?? MutedTopics ?? Queries) is null ? this : ListsOver(stored);

    /// <summary>What this form says in some fields, named as <see cref="SettingsVersion.Fields"/> names them.</summary>
    internal SettingsForm Only(IReadOnlyList<string> fields)
    {
        return new()
        {
            BlankIsDefault = BlankIsDefault,
            Topics = Kept("topics", Topics),
            More = Kept("topics", More),
            MutedTopics = Kept("muted_topics", MutedTopics),
            Queries = Kept("query", Queries),
            QueryNames = Kept("query", QueryNames),
            Zone = Kept("zone", Zone),
            At = Kept("at", At),
            Frequency = Kept("frequency", Frequency),
            WeeklyOn = Kept("weekly_on", WeeklyOn),
            Max = Kept("max", Max),
            Language = Kept("language", Language),
            OutsideTopics = Kept("outside_topics", OutsideTopics),
            EmptyDay = Kept("empty_day", EmptyDay),
            MutedWords = Kept("muted_words", MutedWords),
            InShort = Kept("in_short", InShort),
        };

        T? Kept<T>(string field, T? value)
            where T : class => fields.Contains(field, StringComparer.Ordinal) ? value : null;
    }

    private SettingsForm ListsOver(SettingsForm stored) => this with
    {
        Topics = Topics ?? stored.Topics,
        More = More ?? stored.More,
        MutedTopics = MutedTopics ?? stored.MutedTopics,
        Queries = Queries ?? stored.Queries,
        QueryNames = Queries is null ? stored.QueryNames : QueryNames,
    };
}
