using System.Globalization;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// More like this, less like this, save: a click in a mail opens a page, its button records. The page lists what else was in
/// the digest, with the same buttons.
/// </summary>
internal sealed class FeedbackPages(SubscriberLinkOpener links, Archive archive, Feedback feedback, LinkSigner signer)
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/f/{token}/{paper:long}/{kind}", (string token, long paper, string kind, FeedbackPages pages, CancellationToken ct) =>
            pages.AskAsync(token, paper, kind, ct));
        routes.MapForm("/f/{token}/{paper:long}/{kind}", (string token, long paper, string kind, FeedbackPages pages, CancellationToken ct) =>
            pages.GiveAsync(token, paper, kind, ct));

        // The links of mails sent before the short ones: the paper is in the token.
        routes.MapPage("/feedback/{token}/{kind}", (string token, string kind, FeedbackPages pages, CancellationToken ct) =>
            pages.AskAsync(token, null, kind, ct));
        routes.MapForm("/feedback/{token}/{kind}", (string token, string kind, FeedbackPages pages, CancellationToken ct) =>
            pages.GiveAsync(token, null, kind, ct));
    }

    private async Task<IResult> AskAsync(string token, long? paper, string kind, CancellationToken ct)
    {
        if (await OpenAsync(token, paper, kind, ct) is not { } opened)
            return SignUpPages.VoidLink();
        return PageResult.Private<FeedbackPage>(await ModelAsync(opened, kind, isDone: false, ct), language: opened.Reader.Language);
    }

    private async Task<IResult> GiveAsync(string token, long? paper, string kind, CancellationToken ct)
    {
        if (await OpenAsync(token, paper, kind, ct) is not { } opened)
            return SignUpPages.VoidLink();
        await feedback.GiveAsync(opened.Reader.Id, opened.Paper.Id, kind, "mail", ct);
        return PageResult.Private<FeedbackPage>(await ModelAsync(opened, kind, isDone: true, ct), language: opened.Reader.Language);
    }

    private async Task<FeedbackModel> ModelAsync(
        (Subscriber Reader, ArchivePaper Paper) opened, string kind, bool isDone, CancellationToken ct)
    {
        var (reader, paper) = opened;
        var companions = await archive.ByIdsAsync(await feedback.CompanionsAsync(reader.Id, paper.Id, ct), ct);
        var given = await feedback.GivenAsync(reader.Id, [paper.Id, .. companions.Select(other => other.Id)], ct);
        return new FeedbackModel
        {
            Kind = kind,
            IsDone = isDone,
            IsSubscribed = reader.IsConfirmed,
            Asked = Item(paper),
            Others = companions.Where(other => other.Id != paper.Id).Select(Item).ToList(),
            PreferencesPath = links.Path(LinkPurpose.Preferences, reader),
            SavedPath = links.Path(LinkPurpose.Saved, reader),
        };

        FeedbackItem Item(ArchivePaper one) => new(
            one,
            string.Create(CultureInfo.InvariantCulture, $"/f/{signer.SignShort(LinkPurpose.Feedback, reader.Id, reader.LinkVersion)}/{one.Id}"),
            given[one.Id].ToList());
    }

    private async Task<(Subscriber Reader, ArchivePaper Paper)?> OpenAsync(string token, long? paperId, string kind, CancellationToken ct)
    {
        if (!Feedback.Kinds.Contains(kind, StringComparer.Ordinal) || await links.OpenFeedbackAsync(token, paperId, ct) is not { } opened)
            return null;
        return await archive.PaperAsync(opened.PaperId, ct) is { } paper ? (opened.Reader, paper) : null;
    }
}

/// <summary>A paper to judge, the path its verdicts go below, and those that were given.</summary>
public sealed record FeedbackItem(ArchivePaper Paper, string Path, IReadOnlyList<string> Given);

/// <summary>One verdict, asked for or done, and what else is in the digest.</summary>
public sealed record FeedbackModel
{
    /// <summary>The verdict in question: <c>like</c>, <c>less</c> or <c>save</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>It was recorded.</summary>
    public required bool IsDone { get; init; }

    /// <summary>Digests will come that can take it into account.</summary>
    public required bool IsSubscribed { get; init; }

    /// <summary>The paper in question.</summary>
    public required FeedbackItem Asked { get; init; }

    /// <summary>The other papers of the digest that brought it.</summary>
    public required IReadOnlyList<FeedbackItem> Others { get; init; }

    /// <summary>Where the reader's settings are.</summary>
    public required string PreferencesPath { get; init; }

    /// <summary>Where their saved papers are.</summary>
    public required string SavedPath { get; init; }
}
