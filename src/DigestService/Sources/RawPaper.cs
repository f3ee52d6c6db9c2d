using System.Buffers;
using System.Text.RegularExpressions;
using DigestService.Papers;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// What a reader found in one entry, before cleaning. <see cref="TryBuild"/> is the one gate between the outside and the
/// catalogue: it cleans, measures and refuses.
/// </summary>
internal sealed partial class RawPaper
{
    /// <summary>The longest title, in characters.</summary>
    internal const int MaxTitleLength = 1_000;

    /// <summary>The longest abstract, in characters.</summary>
    internal const int MaxAbstractLength = 50_000;

    /// <summary>The most authors.</summary>
    internal const int MaxAuthors = 10_000;

    private const int MaxUrlLength = 2_000;
    private const int MaxKeywords = 12;
    private const int MaxDaysAhead = 366;

    private static readonly SearchValues<string> LinkedPlaces = SearchValues.Create(
        ["github.", "gitlab.", "huggingface.co", "codeberg.org"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n");

    /// <summary>The line it begins on.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Title as written.</summary>
    public string? Title { get; set; }

    /// <summary>Abstract as written.</summary>
    public string? Abstract { get; set; }

    /// <summary>Anything that may hold an arXiv id: the id, an address.</summary>
    public string? Arxiv { get; set; }

    /// <summary>Anything that may hold a DOI.</summary>
    public string? Doi { get; set; }

    /// <inheritdoc cref="PaperDraft.EntryId"/>
    public string? EntryId { get; set; }

    /// <summary>Names as written.</summary>
    public List<string> Authors { get; } = [];

    /// <summary>Subject codes as written.</summary>
    public List<string> Categories { get; } = [];

    /// <summary>Institution as written.</summary>
    public string? Organization { get; set; }

    /// <summary>Address of the paper's page.</summary>
    public string? Url { get; set; }

    /// <summary>Address of the PDF.</summary>
    public string? PdfUrl { get; set; }

    /// <summary>Address of its code.</summary>
    public string? CodeUrl { get; set; }

    /// <summary>Address of its project page.</summary>
    public string? ProjectUrl { get; set; }

    /// <summary>Address of its model or data set.</summary>
    public string? ModelUrl { get; set; }

    /// <summary>The authors' remark.</summary>
    public string? Comment { get; set; }

    /// <summary>One sentence that a machine wrote.</summary>
    public string? InShort { get; set; }

    /// <summary>Keywords that a machine chose.</summary>
    public List<string> Keywords { get; } = [];

    /// <summary>Votes.</summary>
    public long? Upvotes { get; set; }

    /// <summary>When the first version appeared.</summary>
    public Instant? PublishedAt { get; set; }

    /// <summary>When it was withdrawn.</summary>
    public Instant? WithdrawnAt { get; set; }

    /// <summary>When title and abstract last changed.</summary>
    public Instant? UpdatedAt { get; set; }

    /// <summary>The day the entry itself says it was listed.</summary>
    public LocalDate? ListedOn { get; set; }

    /// <summary>Rank in the listing.</summary>
    public int? Position { get; set; }

    /// <inheritdoc cref="PaperDraft.IsReplacement"/>
    public bool IsReplacement { get; set; }

    /// <inheritdoc cref="PaperDraft.IsLaterVersion"/>
    public bool IsLaterVersion { get; set; }

    /// <inheritdoc cref="PaperDraft.IsAnnouncement"/>
    public bool IsAnnouncement { get; set; }

    /// <inheritdoc cref="PaperDraft.TellsWithdrawal"/>
    public bool TellsWithdrawal { get; set; }

    /// <summary>True where it is said to be withdrawn, and not since when.</summary>
    public bool IsSaidWithdrawn { get; set; }

    /// <summary>A date of listing that is there and cannot be read.</summary>
    public string? UnreadableDate { get; set; }

    /// <summary>
    /// The moment that a text names. One that names none although it is not empty is kept in
    /// <see cref="UnreadableDate"/>: such an entry is refused, because nobody knows whether it is news.
    /// </summary>
    public Instant? DateOf(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var moment = Moments.TryParse(text);
        if (moment is null)
            UnreadableDate ??= text.Trim();
        return moment;
    }

    /// <summary>Puts an entry, which tells its day itself, behind those of its day that <paramref name="lastOfDays"/> counts.</summary>
    public void Place(int line, Dictionary<LocalDate, int> lastOfDays, SourceDocument document)
    {
        Line = line;
        ListedOn = document.Said(ListedOn);
        var day = document.DayOf(ListedOn);
        Position = lastOfDays[day] = lastOfDays.GetValueOrDefault(day, document.FirstPosition) + 1;
    }

    /// <summary>The draft, or the reason why there is none.</summary>
    public PaperDraft? TryBuild(string source, SourceDocument document, out string reason)
    {
        var title = PeopleText.Clean(BrokenWords.Joined(Title ?? "", Abstract));
        reason = WhyNot(title, document);
        if (reason.Length > 0)
            return null;
        if (Upvotes is < 0 or > int.MaxValue)
        {
            document.Remark(Line, "Its number of votes is impossible; the paper is kept without it.");
            Upvotes = null;
        }

        var arxivId = ArxivId.TryParse(Arxiv, out var id) || ArxivId.TryParse(Url, out id) ? id : (ArxivId?)null;
        if (arxivId is null && ArxivId.TryParse(Doi, out id))
            arxivId = id;
        var doi = Papers.Doi.TryParse(Doi, out var read) && !read.Value.StartsWith("10.48550/arxiv", StringComparison.Ordinal) ? read : (Doi?)null;
        var abstractText = Abstract is null ? null : PeopleText.Clean(BrokenWords.Joined(Abstract, Title));
        var links = LinksIn(Comment, Abstract);
        var listedOn = document.DayOf(ListedOn);
        var observedAt = document.ObservedAt(ListedOn);
        source = document.SourceName ?? source;
        return new PaperDraft
        {
            Origin = new DraftOrigin(document.Name, Line),
            Source = source,
            Title = title,
            OriginalTitle = Original(Title, title),
            Abstract = string.IsNullOrEmpty(abstractText) ? null : abstractText,
            OriginalAbstract = Original(Abstract, abstractText),
            ArxivId = arxivId,
            Doi = doi,
            EntryId = EntryId,
            Authors = CleanAll(Authors.ConvertAll(AuthorList.Cleaned), 200),
            Categories = CleanAll(Categories, 100),
            Organization = Short(Organization, 300),
            Url = arxivId?.AbstractUrl ?? WebAddress(Url) ?? doi?.Url,
            PdfUrl = arxivId?.PdfUrl ?? WebAddress(PdfUrl),
            CodeUrl = WebAddress(CodeUrl) ?? links.Code,
            ProjectUrl = WebAddress(ProjectUrl) ?? links.Project,
            ModelUrl = WebAddress(ModelUrl) ?? links.Model,
            Comment = Short(Comment, 2_000),
            InShort = Short(InShort, 600),
            Keywords = [.. CleanAll(Keywords, 60).Take(MaxKeywords)],
            Upvotes = (int?)Upvotes,
            PublishedAt = PublishedAt,
            WithdrawnAt = WithdrawnAt ?? (SaysWithdrawn() ? UpdatedAt ?? observedAt : null),
            TellsWithdrawal = TellsWithdrawal,
            TextAsOf = source == SourceAuthority.HuggingFace ? observedAt : document.Said(UpdatedAt) ?? (ListedOn is null && document.ListedOn is null ? null : listedOn.AtMidnight().InUtc().ToInstant()),
            ListedOn = listedOn,
            Position = IsReplacement ? null : Position,
            IsRanked = document.IsRanked ?? source is SourceAuthority.HuggingFace or SourceAuthority.ListingPage,
            ObservedAt = observedAt,
            IsReplacement = IsReplacement,
            IsLaterVersion = IsLaterVersion || (PublishedAt is { } first && UpdatedAt is { } latest && first.InUtc().Date < latest.InUtc().Date),
            IsAnnouncement = IsAnnouncement,
        };
    }

    private string WhyNot(string title, SourceDocument document) => title.Length switch
    {
        0 => "It has no title.",
        > MaxTitleLength => $"Its title is longer than {MaxTitleLength} characters.",
        _ when Abstract?.Length > MaxAbstractLength => $"Its abstract is longer than {MaxAbstractLength} characters.",
        _ when Authors.Count > MaxAuthors => $"It names more than {MaxAuthors} authors.",
        _ when UnreadableDate is { } date => $"Its date “{PeopleText.Clean(date.Length > 60 ? date[..60] : date)}” cannot be read.",
        _ when ListedOn is { } day && (day.Year < 1900 || day > document.Now.InUtc().Date.PlusDays(MaxDaysAhead)) => "Its listing day is impossible.",
        _ => "",
    };

    private static string? Original(string? written, string? cleaned) =>
        string.IsNullOrEmpty(written) || string.IsNullOrEmpty(cleaned) || string.Equals(written, cleaned, StringComparison.Ordinal) ? null : PeopleText.Storable(written);

    private static string[] CleanAll(List<string> values, int maxLength)
    {
        if (values.Count == 0)
            return [];
        var cleaned = new List<string>(values.Count);
        foreach (var value in values)
        {
            if (Short(value, maxLength) is { } kept && (cleaned.Count > 100 || !cleaned.Contains(kept)))
                cleaned.Add(kept);
        }

        return [.. cleaned];
    }

    private static string? Short(string? text, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var cleaned = PeopleText.Clean(text.Length > 4 * maxLength ? text[..(4 * maxLength)] : text);
        if (cleaned.Length > maxLength)
            cleaned = PeopleText.Clean(cleaned[..maxLength]);
        return cleaned.Length == 0 ? null : cleaned;
    }

    /// <summary>The address where it is one of the web, written as one; else null.</summary>
    internal static string? WebAddress(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxUrlLength || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri))
            return null;
        return uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 ? uri.AbsoluteUri : null;
    }

    // Authors say where their code is in the remark or at the end of the abstract.
    private static (string? Code, string? Project, string? Model) LinksIn(string? comment, string? abstractText)
    {
        string? code = null, project = null, model = null;
        foreach (var text in new[] { comment, abstractText })
        {
            foreach (var match in Links(text))
            {
                var address = WebAddress((match.Value.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? "" : "https://") + match.Value.TrimEnd('.', ',', ';', ':', '/', '}'));
                if (match.Groups["code"].Success)
                    code ??= address;
                else if (match.Groups["model"].Success)
                    model ??= address;
                else
                    project ??= address;
            }
        }

        return (code, project, model);
    }

    // A link holds no blank: only words that name one of the places are read.
    private static List<Match> Links(string? text)
    {
        var links = new List<Match>();
        for (var at = 0; text is not null && text.AsSpan(at).IndexOfAny(LinkedPlaces) is >= 0 and var found;)
        {
            var start = text.AsSpan(0, at + found).LastIndexOfAny(Blanks) + 1;
            var end = text.AsSpan(at + found).IndexOfAny(Blanks) is >= 0 and var length ? at + found + length : text.Length;
            links.AddRange(Link().Matches(text[start..end]));
            at = end;
        }

        return links;
    }

    private bool SaysWithdrawn() => IsSaidWithdrawn || Withdrawal.IsSaidIn(Comment, Abstract);

    [GeneratedRegex(
        @"(?:https?://)?(?:www\.)?(?:(?<code>(?:github\.com|gitlab\.com|codeberg\.org)/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)|(?<model>huggingface\.co/(?:datasets/|spaces/|collections/)?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?)|(?<project>[A-Za-z0-9-]+\.(?:github|gitlab)\.io(?:/[A-Za-z0-9_./-]*)?))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Link();
}
