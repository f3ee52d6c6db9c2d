using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// The way out. The POST is RFC 8058's one-click: mail programs send it without a cookie, follow no redirect, and may
/// send it more than once; it is answered with 200 each time.
/// </summary>
internal static class LeavingPages
{
    private static readonly MessageModel Left = new(
        "You are unsubscribed", "No more digests come, from this moment on. Changed your mind? Sign up again whenever you like.", "/", "To today’s papers");

    /// <summary>Maps it.</summary>
    public static void MapLeavingPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/unsubscribe/{token}", AskAsync);
        routes.MapForm("/unsubscribe/{token}", LeaveAsync);
    }

    private static async Task<IResult> AskAsync(string token, SubscriberLinkOpener links, CancellationToken ct) =>
        await links.OpenAsync(token, LinkPurpose.Unsubscribe, ct) switch
        {
            null => SignUpPages.VoidLink(),
            { State: SubscriberState.Unsubscribed } => PageResult.Private<MessagePage>(Left),
            var reader => PageResult.Private<ButtonPage>(new ButtonModel(
                "Unsubscribe?", $"No more digests will come to {reader.Address}.", $"/unsubscribe/{token}", "Unsubscribe")
            {
                OtherPath = links.Path(LinkPurpose.Preferences, reader) + "#pause",
                OtherText = "Pause, or change what comes",
            }),
        };

    private static async Task<IResult> LeaveAsync(
        string token, SubscriberLinkOpener links, Subscriptions subscriptions, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Unsubscribe, ct) is { } reader)
            await subscriptions.UnsubscribeAsync(reader.Id, ct);
        else if (!links.IsGenuine(token, LinkPurpose.Unsubscribe, out var id) || await links.FindAsync(id, ct) is not null)
            return SignUpPages.VoidLink();
        return PageResult.Private<MessagePage>(Left);
    }
}
