using NodaTime;

namespace DigestService.Papers;

/// <summary>The columns of a row of <c>papers</c>, and whether they differ from the row as it was read.</summary>
internal abstract class CatalogueRow
{
    private CatalogueRow? _before;

    /// <summary>The row's id; of a new paper a number above all ids until <see cref="CatalogueWriter"/> gives it its own.</summary>
    public required long Id { get; set; }

    /// <summary>True until the row has been written.</summary>
    public bool IsNew { get; init; }

    /// <summary>True where anything differs from the row as it was read.</summary>
    public bool HasChanged => _before is { } before && !ReadsAs(before);

    /// <inheritdoc cref="PaperDraft.ArxivId"/>
    public string? ArxivId { get; set; }

    /// <inheritdoc cref="PaperDraft.Doi"/>
    public string? Doi { get; set; }

    /// <inheritdoc cref="PaperDraft.Title"/>
    public required string Title { get; set; }

    /// <inheritdoc cref="PaperDraft.Abstract"/>
    public string? Abstract { get; set; }

    /// <inheritdoc cref="PaperDraft.OriginalTitle"/>
    public string? OriginalTitle { get; set; }

    /// <inheritdoc cref="PaperDraft.OriginalAbstract"/>
    public string? OriginalAbstract { get; set; }

    /// <inheritdoc cref="PaperDraft.Authors"/>
    public string[] Authors { get; set; } = [];

    /// <inheritdoc cref="PaperDraft.Categories"/>
    public string[] Categories { get; set; } = [];

    /// <inheritdoc cref="PaperDraft.Organization"/>
    public string? Organization { get; set; }

    /// <inheritdoc cref="PaperDraft.Url"/>
    public string? Url { get; set; }

    /// <inheritdoc cref="PaperDraft.PdfUrl"/>
    public string? PdfUrl { get; set; }

    /// <inheritdoc cref="PaperDraft.CodeUrl"/>
    public string? CodeUrl { get; set; }

    /// <inheritdoc cref="PaperDraft.ProjectUrl"/>
    public string? ProjectUrl { get; set; }

    /// <inheritdoc cref="PaperDraft.ModelUrl"/>
    public string? ModelUrl { get; set; }

    /// <inheritdoc cref="PaperDraft.Comment"/>
    public string? Comment { get; set; }

    /// <inheritdoc cref="PaperDraft.InShort"/>
    public string? InShort { get; set; }

    /// <inheritdoc cref="PaperDraft.Keywords"/>
    public string[] Keywords { get; set; } = [];

    /// <summary>Votes when last observed.</summary>
    public int Upvotes { get; set; }

    /// <summary>When the votes last changed.</summary>
    public Instant? UpvotesAt { get; set; }

    /// <inheritdoc cref="PaperDraft.PublishedAt"/>
    public Instant? PublishedAt { get; set; }

    /// <summary>The earliest day on which a source listed the paper.</summary>
    public LocalDate FirstListedOn { get; set; }

    /// <inheritdoc cref="PaperDraft.WithdrawnAt"/>
    public Instant? WithdrawnAt { get; set; }

    /// <summary>Every source that named the paper, in the order in which they first did.</summary>
    public string[] Sources { get; set; } = [];

    /// <summary>Whose title, abstract and authors stand.</summary>
    public string? TextSource { get; set; }

    /// <inheritdoc cref="PaperDraft.TextAsOf"/>
    public Instant? TextAsOf { get; set; }

    /// <summary>As of when it was last said that the paper is withdrawn, or that it is back; null where nobody said so.</summary>
    public Instant? WithdrawalAsOf { get; set; }

    /// <summary>When the paper, stored without code, came by it.</summary>
    public Instant? CodeAddedAt { get; set; }

    /// <summary>When the archive last brought a later version of the stored paper.</summary>
    public Instant? RevisedAt { get; set; }

    /// <summary>When the votes were last seen as they are.</summary>
    public Instant? VotesSeenAt { get; set; }

    /// <summary>A value for one of the columns, asked for before it is put in its place: the copy is of the row as it was read. A new row was not.</summary>
    protected T Changed<T>(T value)
    {
        if (!IsNew)
            _before ??= (CatalogueRow)MemberwiseClone();
        return value;
    }

    private bool ReadsAs(CatalogueRow other) =>
        Title == other.Title && Abstract == other.Abstract && OriginalTitle == other.OriginalTitle && OriginalAbstract == other.OriginalAbstract
        && ArxivId == other.ArxivId && Doi == other.Doi && Organization == other.Organization && Url == other.Url && PdfUrl == other.PdfUrl
        && CodeUrl == other.CodeUrl && ProjectUrl == other.ProjectUrl && ModelUrl == other.ModelUrl && Comment == other.Comment
        && CodeAddedAt == other.CodeAddedAt && RevisedAt == other.RevisedAt && InShort == other.InShort && Keywords.AsSpan().SequenceEqual(other.Keywords)
        && Upvotes == other.Upvotes && UpvotesAt == other.UpvotesAt && PublishedAt == other.PublishedAt && FirstListedOn == other.FirstListedOn
        && WithdrawnAt == other.WithdrawnAt && WithdrawalAsOf == other.WithdrawalAsOf && TextSource == other.TextSource && TextAsOf == other.TextAsOf
        && Authors.AsSpan().SequenceEqual(other.Authors) && Categories.AsSpan().SequenceEqual(other.Categories)
        && Sources.AsSpan().SequenceEqual(other.Sources);

    /// <summary>What is known, else what is told.</summary>
    protected T? Fill<T>(T? known, T? told) => known is null && told is not null ? Changed(told) : known;

    /// <summary>What is told.</summary>
    protected T Replace<T>(T known, T told) => EqualityComparer<T>.Default.Equals(known, told) ? known : Changed(told);

    /// <summary>The earlier of the two.</summary>
    protected Instant? Earlier(Instant? known, Instant? told) => told is { } instant && (known is null || instant < known) ? Changed(told) : known;

    /// <summary>Both, in the order in which they came.</summary>
    protected string[] Union(string[] known, string[] told)
    {
        if (told.Length == 0 || told.All(value => known.Contains(value, StringComparer.Ordinal)))
            return known;
        return Changed(known.Union(told, StringComparer.Ordinal).ToArray());
    }
}
