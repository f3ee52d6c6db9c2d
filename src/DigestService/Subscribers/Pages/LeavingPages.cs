using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// The way out. The POST is RFC 8058's one-click: mail programs send it without a cookie, follow no redirect, and may
/// send it more than once; it is answered with 200 each time. A link of any mail ever sent works, however old.
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

    // The page leads nowhere else: mail programs and forwarded mails pass this link on, and it must open no settings.
    private static async Task<IResult> AskAsync(string token, SubscriberLinkOpener links, CancellationToken ct) =>
        await links.OpenLeavingAsync(token, ct) switch
        {
            (false, _) => SignUpPages.VoidLink(),
            (_, null or { State: SubscriberState.Unsubscribed }) => PageResult.Private<MessagePage>(Left),
            (_, { } reader) => PageResult.Private<ButtonPage>(new ButtonModel(
                "Unsubscribe?",
                $"No more digests will come to {reader.Address}. To pause, or to change what comes, use the preferences link in any of our mails.",
                $"/unsubscribe/{token}",
                "Unsubscribe")),
        };

    private static async Task<IResult> LeaveAsync(
        string token, SubscriberLinkOpener links, Subscriptions subscriptions, CancellationToken ct)
    {
        var (isGenuine, reader) = await links.OpenLeavingAsync(token, ct);
        if (!isGenuine)
            return SignUpPages.VoidLink();
        if (reader is not null)
            await subscriptions.UnsubscribeAsync(reader.Id, ct);
        return PageResult.Private<MessagePage>(Left);
    }
}
