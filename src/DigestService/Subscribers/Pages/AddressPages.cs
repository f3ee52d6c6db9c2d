using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>The link in the mail to a new address: its button moves the subscription there.</summary>
internal static class AddressPages
{
    /// <summary>Maps it.</summary>
    public static void MapAddressPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/address/{token}", AskAsync);
        routes.MapForm("/address/{token}", MoveAsync);
    }

    private static async Task<IResult> AskAsync(string token, AddressChange change, CancellationToken ct) =>
        await change.FindAsync(token, ct) switch
        {
            { IsMoved: true } moved => ButtonPage.Show(
                say => new ButtonModel(say.SubscribedTitle, say.Moved, $"/address/{token}", say.ToPreferences), moved.Reader.Language),
            { } wish => ButtonPage.Show(
                say => new ButtonModel(say.MoveTitle, say.MoveLead(wish.Address), $"/address/{token}", say.MoveButton), wish.Reader.Language),
            _ => SignUpPages.VoidLink(),
        };

    private static async Task<IResult> MoveAsync(string token, SubscriberLinkOpener links, AddressChange change, CancellationToken ct) =>
        await change.MoveAsync(token, ct) is { } moved
            ? new SeeOther(links.Path(LinkPurpose.Preferences, moved) + "?done=moved")
            : SignUpPages.VoidLink();
}
