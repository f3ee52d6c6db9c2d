using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests.Mail;

/// <summary>The signed links that one reader's mail carries, each good for one purpose only.</summary>
internal sealed class ReaderLinks(MailReader reader, LocalDate? digestOn, SiteOptions site, LinkSigner signer)
{
    private readonly string _digest = digestOn is { } day
        ? site.Link($"/digests/{signer.Sign(LinkPurpose.Digest, reader.SubscriberId, AsNumber(day))}")
        : "";

    /// <summary>Topics, hour, days, length.</summary>
    public string Preferences { get; } = site.Link($"/preferences/{signer.Sign(LinkPurpose.Preferences, reader.SubscriberId, reader.LinkVersion)}");

    /// <summary>The part of the preferences that pauses.</summary>
    public string Pause => Preferences + "#pause";

    /// <summary>The end.</summary>
    public string Unsubscribe { get; } = site.Link($"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, reader.SubscriberId, reader.LinkVersion)}");

    /// <summary>This digest on the web.</summary>
    public string Browser => _digest;

    /// <summary>Its papers for LaTeX.</summary>
    public string BibTeX => _digest + ".bib";

    /// <summary>Its papers for reference managers.</summary>
    public string Ris => _digest + ".ris";

    /// <summary>A day as a digest's token carries it: <c>20261121</c>.</summary>
    public static long AsNumber(LocalDate day) => (day.Year * 10_000L) + (day.Month * 100) + day.Day;
}
