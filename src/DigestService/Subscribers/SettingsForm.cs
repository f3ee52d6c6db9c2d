namespace DigestService.Subscribers;

/// <summary>
/// What a person, a program or a line of a file asked for, as it came: a web form, the API, a verb and an import all
/// end here, so that all of them mean the same by it. Null was not said; an empty list is an answer.
/// </summary>
public sealed record SettingsForm
{
    /// <summary>Slugs of the catalogue's topics.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Slugs among them that count double.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>Slugs of topics to leave out.</summary>
    public IReadOnlyList<string> MutedTopics { get; init; } = [];

    /// <summary>Own queries; blank ones are passed over.</summary>
    public IReadOnlyList<string>? Queries { get; init; }

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
}

/// <summary>One thing that is wrong with a form: which field, a sentence for the person, and in a query the place.</summary>
public sealed record FormError(string Field, string Sentence)
{
    /// <summary>The value as it was written, where the place in it matters.</summary>
    public string? Value { get; init; }

    /// <summary>Where in <see cref="Value"/>, in UTF-16 characters.</summary>
    public int Position { get; init; }

    /// <summary>How much of it.</summary>
    public int Length { get; init; }
}
