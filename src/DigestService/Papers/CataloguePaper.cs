using NodaTime;

namespace DigestService.Papers;

/// <summary>
/// A row of <c>papers</c> while drafts are merged into it. Merging is decided here alone: the same drafts in the same
/// order leave the same paper, and merging them again changes nothing.
/// </summary>
internal sealed class CataloguePaper : CatalogueRow
{
    // An announcement of arXiv's bears the day on which it was made, and follows its version by a weekend and more.
    private const int DaysUntilAnnounced = 7;

    private bool _gainedCode;
    private bool _wasRevised;

    /// <summary>A paper nobody has told of before.</summary>
    public static CataloguePaper FirstSeenAs(PaperDraft draft, long id)
    {
        var paper = new CataloguePaper { Id = id, IsNew = true, Title = draft.Title, FirstListedOn = FirstDay(draft) };
        paper.Merge(draft);
        return paper;
    }

    /// <summary>Takes from <paramref name="draft"/> what is better than, or missing from, what is known.</summary>
    public void Merge(PaperDraft draft)
    {
        MergeText(draft);
        ArxivId = Fill(ArxivId, draft.ArxivId?.Value);
        Doi = Fill(Doi, draft.Doi?.Value);
        Organization = Fill(Organization, draft.Organization);
        Url = Fill(Url, draft.Url);
        PdfUrl = Fill(PdfUrl, draft.PdfUrl);
        _gainedCode |= CodeUrl is null && draft.CodeUrl is not null;
        CodeUrl = Fill(CodeUrl, draft.CodeUrl);
        ProjectUrl = Fill(ProjectUrl, draft.ProjectUrl);
        ModelUrl = Fill(ModelUrl, draft.ModelUrl);
        InShort = Fill(InShort, draft.InShort);
        Keywords = Keywords.Length == 0 && draft.Keywords.Length > 0 ? Changed(draft.Keywords) : Keywords;
        MergeVotes(draft.Upvotes, draft.ObservedAt);
        PublishedAt = Earlier(PublishedAt, draft.PublishedAt);
        MergeWithdrawal(draft);
        if (!draft.IsReplacement)
            MergeDay(draft);
        if (!Sources.Contains(draft.Source, StringComparer.Ordinal))
            Sources = Changed<string[]>([.. Sources, draft.Source]);
    }

    /// <summary>
    /// Reads as <paramref name="correction"/> says, what it leaves empty too. Other sources no longer change what it says, and may
    /// fill what it left empty. Identifiers it has not are kept.
    /// </summary>
    public void Correct(PaperDraft correction)
    {
        if (Title != correction.Title)
            (Title, OriginalTitle) = Changed((correction.Title, (string?)null));
        if (Abstract != correction.Abstract)
            (Abstract, OriginalAbstract) = Changed((correction.Abstract, (string?)null));
        if (!Authors.AsSpan().SequenceEqual(correction.Authors))
            Authors = Changed(correction.Authors);
        if (!Categories.AsSpan().SequenceEqual(correction.Categories))
            Categories = Changed(correction.Categories);
        ArxivId = Fill(ArxivId, correction.ArxivId?.Value);
        Doi = Fill(Doi, correction.Doi?.Value);
        Organization = Replace(Organization, correction.Organization);
        Url = Replace(Url, correction.Url);
        PdfUrl = Replace(PdfUrl, correction.PdfUrl);
        _gainedCode |= CodeUrl is null && correction.CodeUrl is not null;
        CodeUrl = Replace(CodeUrl, correction.CodeUrl);
        ProjectUrl = Replace(ProjectUrl, correction.ProjectUrl);
        Comment = Replace(Comment, correction.Comment);
        if (!HasChanged)
            return;
        TextSource = Replace(TextSource, correction.Source);
        TextAsOf = Replace(TextAsOf, correction.TextAsOf);
        Sources = Union(Sources, [correction.Source]);
    }

    /// <summary>Dates what a stored paper has come by since it was read: code, a later version.</summary>
    public void DateNews(Instant now)
    {
        if (_gainedCode)
            CodeAddedAt = now;
        if (_wasRevised)
            RevisedAt = now;
    }

    /// <summary>Marks the paper as gone, unless somebody said later that it is back.</summary>
    public void Withdraw(Instant at) => MergeWithdrawal(at, at);

    /// <summary>Takes in a second row that turned out to be the same work.</summary>
    public void Merge(CataloguePaper other)
    {
        var preferred = Compare(other.TextSource, other.TextAsOf, TextSource, TextAsOf) > 0;
        MergeTitle(other.Title, other.OriginalTitle, other.TextSource, preferred);
        MergeAbstract(other.Abstract, other.OriginalAbstract, other.TextSource, preferred);
        if (preferred)
            (TextSource, TextAsOf) = Changed((other.TextSource, other.TextAsOf));
        if (other.Authors.Length > 0 && (preferred || Authors.Length == 0))
            Authors = Changed(other.Authors);
        ArxivId = Fill(ArxivId, other.ArxivId);
        Doi = Fill(Doi, other.Doi);
        Categories = Union(Categories, other.Categories);
        Organization = Fill(Organization, other.Organization);
        Url = Fill(Url, other.Url);
        PdfUrl = Fill(PdfUrl, other.PdfUrl);
        // Code that one of the two rows had before is no news of the work.
        if (CodeUrl is null && other.CodeUrl is not null)
            (CodeAddedAt, _gainedCode) = (Changed(other.CodeAddedAt), other._gainedCode);
        CodeUrl = Fill(CodeUrl, other.CodeUrl);
        ProjectUrl = Fill(ProjectUrl, other.ProjectUrl);
        ModelUrl = Fill(ModelUrl, other.ModelUrl);
        InShort = Fill(InShort, other.InShort);
        Keywords = Keywords.Length == 0 && other.Keywords.Length > 0 ? Changed(other.Keywords) : Keywords;
        Comment = Fill(Comment, other.Comment);
        if (other.RevisedAt is { } revisedAt && (RevisedAt is null || revisedAt > RevisedAt))
            RevisedAt = Changed(other.RevisedAt);
        _wasRevised |= other._wasRevised && !other.IsNew;
        if (other.UpvotesAt is { } at)
            MergeVotes(other.Upvotes, other.VotesSeenAt ?? at);
        PublishedAt = Earlier(PublishedAt, other.PublishedAt);
        if (other.WithdrawalAsOf is { } asOf && (WithdrawalAsOf is null || asOf > WithdrawalAsOf))
            (WithdrawnAt, WithdrawalAsOf) = Changed((other.WithdrawnAt, other.WithdrawalAsOf));
        if (other.FirstListedOn < FirstListedOn)
            FirstListedOn = Changed(other.FirstListedOn);
        Sources = Union(Sources, other.Sources);
    }

    // A paper first met as a new version is as old as its first one, not as this day's announcement.
    private static LocalDate FirstDay(PaperDraft draft)
    {
        if (!draft.IsReplacement)
            return draft.ListedOn;
        var born = draft.PublishedAt?.InUtc().Date ?? draft.ArxivId?.FirstDayOfMonth ?? draft.ListedOn;
        return LocalDate.Min(born, draft.ListedOn);
    }

    // The earliest day stands, but a day that arXiv announced stands before one that was worked out from the calendar.
    private void MergeDay(PaperDraft draft)
    {
        var isKnownFromArxivAlone = Sources.Length > 0 && Sources.All(source => source == SourceAuthority.Arxiv);
        var isWorkedOut = draft is { Source: SourceAuthority.Arxiv, Position: null };
        if (draft.IsAnnouncement && isKnownFromArxivAlone && draft.ListedOn != FirstListedOn)
            FirstListedOn = Changed(draft.ListedOn);
        else if (draft.ListedOn < FirstListedOn && !(isWorkedOut && Sources.Contains(SourceAuthority.Arxiv, StringComparer.Ordinal)))
            FirstListedOn = Changed(draft.ListedOn);
    }

    private void MergeText(PaperDraft draft)
    {
        var order = Compare(draft.Source, draft.TextAsOf, TextSource, TextAsOf);
        // A source that says something else of the same moment has corrected itself.
        var saysElse = SaysElse(draft);
        var isPreferred = (order > 0 || (order == 0 && string.Equals(draft.Source, TextSource, StringComparison.Ordinal))) && saysElse;
        if (IsLaterVersion(draft, saysElse))
        {
            TextAsOf = Changed(draft.TextAsOf);
            _wasRevised = true;
        }

        MergeTitle(draft.Title, draft.OriginalTitle, draft.Source, isPreferred);
        MergeAbstract(draft.Abstract, draft.OriginalAbstract, draft.Source, isPreferred);
        if (isPreferred)
        {
            TextSource = Replace(TextSource, draft.Source);
            TextAsOf = Replace(TextAsOf, draft.TextAsOf);
            Comment = Replace(Comment, draft.Comment ?? Comment);
        }

        if (draft.Authors.Length > 0 && (isPreferred || Authors.Length == 0) && !Authors.AsSpan().SequenceEqual(draft.Authors))
            Authors = Changed(draft.Authors);
        Comment = Fill(Comment, draft.Comment);
        Categories = Union(Categories, draft.Categories);
    }

    // Of two spellings of one title the better stands, whoever brings it: some feeds write in capitals, or cut off. The authors, by arXiv, and
    // the operator write as they wish.
    private static bool IsJudged(string? source) => source is not (SourceAuthority.Operator or SourceAuthority.Arxiv);

    private void MergeTitle(string title, string? original, string? source, bool isPreferred)
    {
        if (!(isPreferred ? !IsJudged(source) || !SpoiltText.IsWorseTitle(title, Title) : IsJudged(TextSource) && SpoiltText.IsWorseTitle(Title, title)))
            return;
        Title = Replace(Title, title);
        OriginalTitle = Replace(OriginalTitle, original);
    }

    private void MergeAbstract(string? text, string? original, string? source, bool isPreferred)
    {
        if (text is null || !(Abstract is null || (isPreferred ? !IsJudged(source) || !SpoiltText.IsCut(text, Abstract) : IsJudged(TextSource) && SpoiltText.IsCut(Abstract, text))))
            return;
        Abstract = Replace(Abstract, text);
        OriginalAbstract = Replace(OriginalAbstract, original);
    }

    // Some sources of arXiv tell the day of a version and not its moment, and the same version comes by several of them.
    private bool IsLaterVersion(PaperDraft draft, bool saysElse)
    {
        // Of other sources nobody knows whether they speak of versions of the paper or of their own page of it.
        if (!draft.IsLaterVersion || draft.Source is not (SourceAuthority.Arxiv or SourceAuthority.JsonLines) || draft.Source != TextSource)
            return false;
        if (draft.TextAsOf is not { } asOf || TextAsOf is not { } known)
            return false;
        var sameUntil = known.InUtc().Date.PlusDays(draft.IsReplacement && !(saysElse && WritesElse(draft)) ? DaysUntilAnnounced : 0);
        return asOf.InUtc().Date > sameUntil;
    }

    // The same words told again later leave the row as it is, unless the source calls them a later version.
    private bool SaysElse(PaperDraft draft) =>
        !string.Equals(draft.Source, TextSource, StringComparison.Ordinal)
        || !(string.Equals(draft.Title, Title, StringComparison.Ordinal) || IsJudged(draft.Source) && SpoiltText.IsWorseTitle(draft.Title, Title))
        || (draft.Abstract is not null && !(string.Equals(draft.Abstract, Abstract, StringComparison.Ordinal) || (Abstract is not null && IsJudged(draft.Source) && SpoiltText.IsCut(draft.Abstract, Abstract))))
        || SaysElseBesides(draft);

    // A release that makes other text of the same words has met no version of them.
    private bool WritesElse(PaperDraft draft) =>
        !string.Equals(draft.OriginalTitle ?? draft.Title, OriginalTitle ?? Title, StringComparison.Ordinal)
        || (draft.Abstract is not null && !string.Equals(draft.OriginalAbstract ?? draft.Abstract, OriginalAbstract ?? Abstract, StringComparison.Ordinal))
        || SaysElseBesides(draft);

    private bool SaysElseBesides(PaperDraft draft) =>
        (draft.Comment is not null && !string.Equals(draft.Comment, Comment, StringComparison.Ordinal))
        || (draft.Authors.Length > 0 && !Authors.AsSpan().SequenceEqual(draft.Authors));

    private void MergeWithdrawal(PaperDraft draft)
    {
        if (draft.WithdrawnAt is null && (!draft.TellsWithdrawal || WithdrawnAt is null))
            return;
        // An old version that was withdrawn says nothing of the newer one that stands here.
        if (WithdrawalAsOf is null && draft.TextAsOf < TextAsOf && string.Equals(draft.Source, TextSource, StringComparison.Ordinal))
            return;
        MergeWithdrawal(draft.WithdrawnAt, draft.TextAsOf ?? draft.ObservedAt);
    }

    // The latest word stands; of two at one moment, that the paper is withdrawn.
    private void MergeWithdrawal(Instant? withdrawnAt, Instant asOf)
    {
        var isNews = WithdrawalAsOf is not { } known || asOf > known || (asOf == known && withdrawnAt is not null);
        if (isNews && (withdrawnAt is null) != (WithdrawnAt is null))
            (WithdrawnAt, WithdrawalAsOf) = Changed((withdrawnAt, (Instant?)asOf));
    }

    // What was observed last stands, whichever file comes last. Seeing the same again changes nothing.
    private void MergeVotes(int? upvotes, Instant observedAt)
    {
        if (upvotes is not { } votes)
            return;
        if ((VotesSeenAt ?? UpvotesAt) is { } seenAt && (observedAt < seenAt || (observedAt == seenAt && votes <= Upvotes)))
            return;
        VotesSeenAt = observedAt;
        if (UpvotesAt is not null && votes == Upvotes)
            return;
        Upvotes = Changed(votes);
        UpvotesAt = observedAt;
    }

    private static int Compare(string? source, Instant? asOf, string? knownSource, Instant? knownAsOf)
    {
        var byAuthority = SourceAuthority.Of(source).CompareTo(SourceAuthority.Of(knownSource));
        return byAuthority != 0 ? byAuthority : (asOf ?? Instant.MinValue).CompareTo(knownAsOf ?? Instant.MinValue);
    }
}
