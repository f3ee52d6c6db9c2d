using System.Globalization;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>More like this, less like this, save: a click in a mail opens a page, its button records.</summary>
internal static class FeedbackPages
{
    /// <summary>Maps them.</summary>
    public static void MapFeedbackPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/f/{token}/{paper:long}/{kind}", AskAsync);
        routes.MapForm("/f/{token}/{paper:long}/{kind}", GiveAsync);

        // The links of mails sent before the short ones: the paper is in the token.
        routes.MapPage("/feedback/{token}/{kind}", (string token, string kind, SubscriberLinkOpener links, Archive archive, CancellationToken ct) =>
            AskAsync(token, null, kind, links, archive, ct));
        routes.MapForm("/feedback/{token}/{kind}", (string token, string kind, SubscriberLinkOpener links, Archive archive, Feedback feedback, CancellationToken ct) =>
            GiveAsync(token, null, kind, links, archive, feedback, ct));
    }

    private static async Task<IResult> AskAsync(
        string token, long? paper, string kind, SubscriberLinkOpener links, Archive archive, CancellationToken ct)
    {
        if (await OpenAsync(token, paper, kind, links, archive, ct) is not { } opened)
            return SignUpPages.VoidLink();
        var button = kind switch { "like" => "More like this", "less" => "Less like this", _ => "Save" };
        return PageResult.Private<ButtonPage>(new ButtonModel(
            opened.Paper.Title,
            kind is "save" ? "Keep this paper on your list." : "Your next digests will take it into account.",
            paper is { } number ? string.Create(CultureInfo.InvariantCulture, $"/f/{token}/{number}/{kind}") : $"/feedback/{token}/{kind}",
            button)
        {
            OtherPath = $"/paper/{opened.Paper.Id}",
            OtherText = "Only look at the paper",
        });
    }

    private static async Task<IResult> GiveAsync(
        string token, long? paper, string kind, SubscriberLinkOpener links, Archive archive, Feedback feedback, CancellationToken ct)
    {
        if (await OpenAsync(token, paper, kind, links, archive, ct) is not { } opened)
            return SignUpPages.VoidLink();
        await feedback.GiveAsync(opened.ReaderId, opened.Paper.Id, kind, "mail", ct);
        var title = kind switch { "like" => "More like this, noted", "less" => "Less like this, noted", _ => "Saved" };
        return PageResult.Private<MessagePage>(new MessageModel(
            title,
            $"“{opened.Paper.Title}”. All you told us stands on your preferences page, where you can take it back.",
            $"/paper/{opened.Paper.Id}",
            "To the paper"));
    }

    private static async Task<(long ReaderId, ArchivePaper Paper)?> OpenAsync(
        string token, long? paperId, string kind, SubscriberLinkOpener links, Archive archive, CancellationToken ct)
    {
        if (!Feedback.Kinds.Contains(kind, StringComparer.Ordinal) || await links.OpenFeedbackAsync(token, paperId, ct) is not { } opened)
            return null;
        return await archive.PaperAsync(opened.PaperId, ct) is { } paper ? (opened.Reader.Id, paper) : null;
    }
}
