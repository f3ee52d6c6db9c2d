using NodaTime;

namespace DigestService.Papers;

/// <summary>Where an entry stands: its file or address, and its line.</summary>
internal readonly record struct DraftOrigin(string File, int Line);

/// <summary>
/// What one source says about one paper on one occasion, cleaned for people; what the source left out is null or empty.
/// </summary>
internal sealed record PaperDraft
{
    /// <summary>Where the source says it.</summary>
    public DraftOrigin Origin { get; init; }

    /// <summary>The source's name, such as <c>arxiv</c>; see <see cref="SourceAuthority"/>.</summary>
    public required string Source { get; init; }

    /// <summary>The title for people.</summary>
    public required string Title { get; init; }

    /// <summary>The title as the source wrote it, where cleaning changed it.</summary>
    public string? OriginalTitle { get; init; }

    /// <summary>The abstract for people.</summary>
    public string? Abstract { get; init; }

    /// <summary>The abstract as the source wrote it, where cleaning changed it.</summary>
    public string? OriginalAbstract { get; init; }

    /// <summary>The arXiv identifier.</summary>
    public ArxivId? ArxivId { get; init; }

    /// <summary>The DOI, other than arXiv's own.</summary>
    public Doi? Doi { get; init; }

    /// <summary>What a feed calls the entry; unique in that feed, as Atom and RSS ask.</summary>
    public string? EntryId { get; init; }

    /// <summary>Names in the paper's order; empty where the source names nobody.</summary>
    public string[] Authors { get; init; } = [];

    /// <summary>Subject codes, the primary one first.</summary>
    public string[] Categories { get; init; } = [];

    /// <summary>The institution that presents the paper.</summary>
    public string? Organization { get; init; }

    /// <summary>The paper's page.</summary>
    public string? Url { get; init; }

    /// <summary>The paper itself.</summary>
    public string? PdfUrl { get; init; }

    /// <summary>Its source code.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Its project page.</summary>
    public string? ProjectUrl { get; init; }

    /// <summary>Its weights or data on a model hub.</summary>
    public string? ModelUrl { get; init; }

    /// <summary>The authors' remark, such as <c>12 pages, accepted at …</c>.</summary>
    public string? Comment { get; init; }

    /// <summary>One sentence on the paper that a machine wrote.</summary>
    public string? InShort { get; init; }

    /// <summary>Keywords that a machine chose.</summary>
    public string[] Keywords { get; init; } = [];

    /// <summary>Votes at <see cref="ObservedAt"/>.</summary>
    public int? Upvotes { get; init; }

    /// <summary>When the first version was published.</summary>
    public Instant? PublishedAt { get; init; }

    /// <summary>When the paper was withdrawn, or was first seen withdrawn.</summary>
    public Instant? WithdrawnAt { get; init; }

    /// <summary>True where the source would say of a withdrawn paper that it is: then silence means that it stands.</summary>
    public bool TellsWithdrawal { get; init; }

    /// <summary>As of when title and abstract read so; later text of an equal source replaces earlier.</summary>
    public Instant? TextAsOf { get; init; }

    /// <summary>The day of the listing, or the day the paper was announced.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>The place in that day's listing, from 1; null where the entry is no listing of its paper.</summary>
    public int? Position { get; init; }

    /// <summary>True where the listing's order says what its readers thought; else its places mean nothing.</summary>
    public bool IsRanked { get; init; }

    /// <summary>When the source answered so.</summary>
    public required Instant ObservedAt { get; init; }

    /// <summary>
    /// True for a new version of an old paper: it completes the paper and is no listing of it, so that a paper met this
    /// way first is not taken for new.
    /// </summary>
    public bool IsReplacement { get; init; }

    /// <summary>True where the source says that this is a later version than the paper's first.</summary>
    public bool IsLaterVersion { get; init; }

    /// <summary>
    /// True where arXiv announced the paper as new on <see cref="ListedOn"/>. That outranks a day worked out from the
    /// calendar: a paper that moderation held is announced days after its turn.
    /// </summary>
    public bool IsAnnouncement { get; init; }

    /// <summary>
    /// True where the archive says no more than that the paper is gone: a paper known by its arXiv id is marked, an unknown
    /// one is not made.
    /// </summary>
    public bool IsDeletion { get; init; }
}
