using DigestService.Platform.Layout;
using DigestService.Topics;

namespace DigestService.Subscribers.Pages;

/// <summary>One own query on the preferences page.</summary>
public sealed record QueryField(string Text, string Name = "", InputFault? Error = null, PreviewResult? Preview = null)
{
    /// <summary>The days in which nothing matched it; 0 where something did, or is not known.</summary>
    public int SilentDays { get; init; }
}

/// <summary>A paper of a digest that would come, and why it would.</summary>
public sealed record TriedPaper(long Id, string Title, string? TextLanguage, string Why);

/// <summary>The digest that the settings on the page would bring; faulty ones are left out of it.</summary>
public sealed record TriedDigest(IReadOnlyList<TriedPaper> Papers, bool HasFaults);

/// <summary>What the preferences page shows of every reader.</summary>
public abstract record ReaderModel
{
    /// <summary>Path of the page itself, where its forms go.</summary>
    public required string Path { get; init; }

    /// <summary>Path of the reader's way out.</summary>
    public required string UnsubscribePath { get; init; }

    /// <summary>Path of the saved papers, the reader's own or the list's.</summary>
    public required string SavedPath { get; init; }

    /// <summary>Path of the reader's own view of their latest digest; null before the first.</summary>
    public string? LatestDigestPath { get; init; }

    /// <summary>The reader's address.</summary>
    public required string Address { get; init; }

    /// <summary>The address they want to move to, as it was typed.</summary>
    public string? NewAddress { get; init; }

    /// <summary>One sentence on what comes next, and when.</summary>
    public required string Status { get; init; }

    /// <summary>Digests to this reader are paused.</summary>
    public required bool IsPaused { get; init; }

    /// <summary>What was just done, as one sentence.</summary>
    public string? Notice { get; init; }
}

/// <summary>The preferences page of a reader who gets the digest of a list that another leads.</summary>
public sealed record ListMemberModel : ReaderModel
{
    /// <summary>What is wrong with it, as one sentence; null when nothing is.</summary>
    public string? AddressFault { get; init; }

    /// <summary>What the list is called.</summary>
    public required string List { get; init; }

    /// <summary>Who changes its settings, with most of the address left out.</summary>
    public required string Leader { get; init; }

    /// <summary>Why nothing was done, as one sentence.</summary>
    public string? Fault { get; init; }
}

/// <summary>The preferences page: everything as it is stored, or as it was just typed.</summary>
public sealed record PreferencesModel : ReaderModel
{
    /// <summary>The earliest day a pause can end.</summary>
    public required string Tomorrow { get; init; }

    /// <summary>The day a pause was to end on, as it was typed.</summary>
    public string? PauseUntil { get; init; }

    /// <summary>The list that has these settings, as one sentence; null where they are the reader's alone.</summary>
    public string? LedList { get; init; }

    /// <summary>The catalogue.</summary>
    public required IReadOnlyList<Topic> Topics { get; init; }

    /// <summary>What topics were looked for by; null where nobody looked.</summary>
    public string? Asked { get; init; }

    /// <summary>Slugs of the topics that were found.</summary>
    public IReadOnlySet<string> Found { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The settings.</summary>
    public required SettingsForm Form { get; init; }

    /// <summary>The version of the settings that the form was filled from; null where its sender named none.</summary>
    public string? Version { get; init; }

    /// <summary>What was pasted to start from.</summary>
    public string Pasted { get; init; } = "";

    /// <summary>Though something is wrong, the settings are those that are stored.</summary>
    public bool IsSaved { get; init; }

    /// <summary>Names of what was saved elsewhere since the form was filled.</summary>
    public IReadOnlyList<string> ChangedElsewhere { get; init; } = [];

    /// <summary>Own queries, with at least one empty field.</summary>
    public required IReadOnlyList<QueryField> Queries { get; init; }

    /// <summary>The authors the reader follows, one a line.</summary>
    public required string Authors { get; init; }

    /// <summary>Whether there are neither own queries nor authors. Without topics too, the digest holds what is trending.</summary>
    public bool HasNoQueries => Authors.Length == 0 && Queries.All(query => string.IsNullOrEmpty(query.Text));

    /// <summary>Papers a day by the row of the topic.</summary>
    public required IReadOnlyDictionary<long, double> Rates { get; init; }

    /// <summary>The digest that the settings would bring; null where nobody asked.</summary>
    public TriedDigest? Next { get; init; }

    /// <summary>The digest of today has not come yet and may be asked for.</summary>
    public required bool MaySendNow { get; init; }

    /// <summary>What is wrong with what was typed.</summary>
    public IReadOnlyList<InputFault> Errors { get; init; } = [];

    /// <summary>What is stored and no longer understood: it is told, and hinders nothing.</summary>
    public IReadOnlyList<InputFault> Standing { get; init; } = [];

    /// <summary>What the reader thought of papers, the latest of it.</summary>
    public required IReadOnlyList<Verdict> Verdicts { get; init; }

    /// <summary>There is more of it, which a page of its own shows.</summary>
    public required bool HasMoreVerdicts { get; init; }

    /// <summary>For <c>aria-describedby</c>: the id of what is wrong with a field; null when nothing is.</summary>
    public string? FaultOf(string field) => ErrorOf(field) is null ? null : $"fault-{field}";

    /// <summary>For <c>aria-invalid</c>: <c>true</c>, or null when nothing is wrong with a field.</summary>
    public string? InvalidOf(string field) => ErrorOf(field) is null ? null : "true";

    /// <summary>Whether something is wrong with one of some fields, so that what folds them away stands open.</summary>
    public bool HasErrorIn(params IReadOnlyList<string> fields) => Errors.Concat(Standing).Any(error => fields.Contains(error.Field, StringComparer.Ordinal));

    /// <summary>The first error of a field.</summary>
    public string? ErrorOf(string field) => Errors.Concat(Standing).FirstOrDefault(error => error.Field == field && error.Value is null)?.Sentence;
}
