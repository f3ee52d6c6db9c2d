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

    private static async Task<IResult> AskAsync(string token, SubscriberLinkOpener links, AddressChange change, CancellationToken ct) =>
        await links.OpenCarryingAsync(token, LinkPurpose.Address, ct) is { } opened
        && await change.FindAsync(opened.Reader, opened.Extra, ct) is { } address
            ? ButtonPage.Show(say => new ButtonModel(say.MoveTitle, say.MoveLead(address), $"/address/{token}", say.MoveButton), opened.Reader.Language)
            : SignUpPages.VoidLink();

    private static async Task<IResult> MoveAsync(string token, SubscriberLinkOpener links, AddressChange change, CancellationToken ct)
    {
        if (await links.OpenCarryingAsync(token, LinkPurpose.Address, ct) is not { } opened
            || await change.MoveAsync(opened.Reader.Id, opened.Extra, ct) is not { } moved)
            return SignUpPages.VoidLink();
        return new SeeOther(links.Path(LinkPurpose.Preferences, moved) + "?done=moved");
    }
}
