using DigestService.Platform;
using NodaTime;

namespace DigestService.Mails;

/// <summary>The signed links that one reader's mail carries, each good for one purpose only.</summary>
internal sealed class RecipientLinks(MailRecipient recipient, SiteOptions site, LinkSigner signer)
{
    /// <summary>Opens the preferences.</summary>
    public string PreferencesToken { get; } = signer.Sign(LinkPurpose.Preferences, recipient.SubscriberId, recipient.LinkVersion);

    /// <summary>Ends the subscription.</summary>
    public string UnsubscribeToken { get; } = signer.Sign(LinkPurpose.Unsubscribe, recipient.SubscriberId, recipient.LinkVersion);

    /// <summary>Topics, hour, days, length.</summary>
    public string Preferences => site.Link($"/preferences/{PreferencesToken}");

    /// <summary>The part of the preferences that pauses.</summary>
    public string Pause => Preferences + "#pause";

    /// <summary>The end.</summary>
    public string Unsubscribe => site.Link($"/unsubscribe/{UnsubscribeToken}");

    /// <summary>The token that shows a reader's digest of a day, in the browser or as citations.</summary>
    public static string DigestToken(MailRecipient recipient, LocalDate day, LinkSigner signer) =>
        signer.Sign(LinkPurpose.Digest, recipient.SubscriberId, (day.Year * 10_000L) + (day.Month * 100) + day.Day, generation: recipient.LinkVersion);
}
