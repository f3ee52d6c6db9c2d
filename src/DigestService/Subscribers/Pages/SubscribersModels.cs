using System.Globalization;
using DigestService.Topics;
using DigestService.Topics.Starting;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>Settings as the API takes them; what is left out stays as it is.</summary>
public record ApiSettings
{
    /// <summary>Slugs of topics, the whole list; the other lists stay.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Slugs among them that count double.</summary>
    public IReadOnlyList<string>? More { get; init; }

    /// <summary>Slugs of topics to leave out.</summary>
    public IReadOnlyList<string>? MutedTopics { get; init; }

    /// <summary>Queries of the reader's own.</summary>
    public IReadOnlyList<string>? Queries { get; init; }

    /// <summary>Words and phrases whose papers are left out, each an item.</summary>
    public IReadOnlyList<string>? MutedWords { get; init; }

    /// <summary>The sentence that a machine wrote in place of the abstract, where there is one.</summary>
    public bool? InShort { get; init; }

    /// <summary>IANA time zone.</summary>
    public string? Zone { get; init; }

    /// <summary>Local hour, <c>07:00</c>.</summary>
    public string? At { get; init; }

    /// <summary><c>daily</c>, <c>weekdays</c> or <c>weekly</c>.</summary>
    public string? Frequency { get; init; }

    /// <summary>The day of a weekly digest: Monday is 1.</summary>
    public int? WeeklyOn { get; init; }

    /// <summary>The most papers in a digest.</summary>
    public int? Max { get; init; }

    /// <summary>Language of mails: en, de, fr, es or zh.</summary>
    public string? Language { get; init; }

    /// <summary>Places kept for what is big outside the topics.</summary>
    public int? OutsideTopics { get; init; }

    /// <summary><c>skip</c>, <c>trending</c> or <c>note</c>.</summary>
    public string? EmptyDay { get; init; }

    /// <summary>The form they amount to; a field that was sent as null goes back to its default.</summary>
    internal SettingsForm ToForm(IReadOnlySet<string> nulls)
    {
        return new()
        {
            BlankIsDefault = true,
            Topics = List("topics", Topics),
            More = List("more", More),
            MutedTopics = List("muted_topics", MutedTopics),
            Queries = List("queries", Queries),
            MutedWords = MutedWords is null ? Text("muted_words", null) : string.Join('\n', MutedWords.Where(word => word is not null).Select(MutedText.AsOne)),
            InShort = Text("in_short", InShort is { } inShort ? (inShort ? "yes" : "no") : null),
            Zone = Text("zone", Zone),
            At = Text("at", At),
            Frequency = Text("frequency", Frequency),
            WeeklyOn = Text("weekly_on", WeeklyOn?.ToString(CultureInfo.InvariantCulture)),
            Max = Text("max", Max?.ToString(CultureInfo.InvariantCulture)),
            Language = Text("language", Language),
            OutsideTopics = Text("outside_topics", OutsideTopics?.ToString(CultureInfo.InvariantCulture)),
            EmptyDay = Text("empty_day", EmptyDay),
        };

        string? Text(string field, string? value) => value ?? (nulls.Contains(field) ? "" : null);

        IReadOnlyList<string>? List(string field, IReadOnlyList<string>? values) =>
            values?.Where(value => value is not null).ToList() ?? (nulls.Contains(field) ? [] : null);
    }
}

/// <summary>A sign-up.</summary>
public sealed record ApiSignUp : ApiSettings
{
    /// <summary>The reader's address.</summary>
    public string? Email { get; init; }

    /// <summary>Papers the reader likes, by arXiv ids, DOIs, links, BibTeX or titles, one a line: their first likes once the address is confirmed.</summary>
    public string? Papers { get; init; }
}

/// <summary>Papers to start from.</summary>
public sealed record ApiStart
{
    /// <summary>arXiv ids, DOIs, links, BibTeX, titles or authors' names, one a line; a hundred at most.</summary>
    public string? Papers { get; init; }

    /// <summary>Whether the papers become likes and all that is proposed is added to the settings; otherwise nothing is written.</summary>
    public bool? Take { get; init; }
}

/// <summary>What is proposed to a reader who named papers.</summary>
public sealed record ApiProposal
{
    /// <summary>The papers that were found.</summary>
    public required IReadOnlyList<StartingPaper> Papers { get; init; }

    /// <summary>What was not found, as it was written.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Whether more was named than is read.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Slugs of topics that fit, the best first.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>Queries of words that the papers share.</summary>
    public required IReadOnlyList<string> Queries { get; init; }

    /// <summary>Authors to follow.</summary>
    public required IReadOnlyList<string> Authors { get; init; }

    /// <summary>Whether it was taken.</summary>
    public required bool IsTaken { get; init; }
}

/// <summary>
/// New settings. What <c>GET</c> gave may be sent back whole: what cannot be set here must then stand as it is.
/// </summary>
public sealed record ApiPreferencesUpdate : ApiSettings
{
    /// <summary>The version that <c>GET</c> gave: settings that were saved elsewhere since are not overwritten then (409).</summary>
    public string? Version { get; init; }

    /// <summary>The reader's address; it cannot be changed.</summary>
    public string? Email { get; init; }

    /// <summary>The state; it cannot be changed here.</summary>
    public string? State { get; init; }

    /// <summary>When the next digest is due; it follows from the settings.</summary>
    public Instant? NextDueAt { get; init; }

    /// <summary>The day on which a pause ends; it cannot be changed here.</summary>
    public LocalDate? PausedUntil { get; init; }

    /// <summary>The list; it cannot be changed here.</summary>
    public string? List { get; init; }

    /// <summary>Whether the reader leads the list; it cannot be changed here.</summary>
    public bool? LeadsList { get; init; }
}

/// <summary>The same words for everybody who signs up.</summary>
public sealed record ApiMessage(string Message);

/// <summary>A reader's settings and what comes next.</summary>
public sealed record ApiPreferences : ApiSettings
{
    /// <summary>The reader's address.</summary>
    public required string Email { get; init; }

    /// <summary><c>active</c> or <c>paused</c>.</summary>
    public required string State { get; init; }

    /// <summary>When the next digest is due; null where none comes: paused without an end, or an address that must not be mailed.</summary>
    public Instant? NextDueAt { get; init; }

    /// <summary>The day on which a pause ends.</summary>
    public LocalDate? PausedUntil { get; init; }

    /// <summary>The list of addresses whose digest this is; null for a digest of one's own. Who does not lead it cannot change its settings.</summary>
    public string? List { get; init; }

    /// <summary>Whether the reader leads the list.</summary>
    public bool? LeadsList { get; init; }

    /// <summary>Names the settings as they stand; a <c>PUT</c> that carries it overwrites no later save.</summary>
    public required string Version { get; init; }
}
