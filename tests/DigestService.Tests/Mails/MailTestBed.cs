using System.Text;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Platform;

namespace DigestService.Tests.Mails;

/// <summary>The composers over settings and a key that never change.</summary>
internal sealed class MailTestBed
{
    public MailTestBed(MailSignature? signature = null)
    {
        Identity = new MailIdentity(Mail, Site, Signer, signature ?? MailSignature.Load(new DkimOptions()));
        Fragments = new FragmentCache(Site);
        Digests = new DigestComposer(Identity, Site, Signer, Fragments);
        Service = new ServiceMailComposer(Identity, Site, Signer);
        Gallery = new MailGallery(Digests, Service);
    }

    public LinkSigner Signer { get; } = new(Encoding.ASCII.GetBytes("thirty-two octets of test key..."));

    public SiteOptions Site { get; } = new()
    {
        BaseUrl = "https://digest.example.org",
        Name = "Daily Papers Digest",
        PostalAddress = "1 Library Lane, 12345 Bookham, Exampleland",
    };

    public MailOptions Mail { get; } = new()
    {
        From = "digest@example.org",
        FromName = "Daily Papers Digest",
        BounceAddress = "bounces@example.org",
        CommandAddress = "commands@example.org",
    };

    public MailIdentity Identity { get; }

    public FragmentCache Fragments { get; }

    public DigestComposer Digests { get; }

    public ServiceMailComposer Service { get; }

    public MailGallery Gallery { get; }
}
