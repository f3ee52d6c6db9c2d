using System.Text;
using BenchmarkDotNet.Attributes;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Platform;

namespace DigestService.Benchmarks;

/// <summary>One digest of eight papers: assembled from fragments, and with every paper rendered for its one reader.</summary>
[MemoryDiagnoser]
public class ComposeBenchmarks
{
    private static readonly SiteOptions Site = new() { BaseUrl = "https://digest.example.org", PostalAddress = "1 Library Lane, Bookham" };
    private static readonly LinkSigner Signer = new(Encoding.ASCII.GetBytes("thirty-two octets of test key..."));
    private static readonly DigestContent Content = MailGallery.Ordinary("en");
    private readonly FragmentCache _fragments = new(Site);
    private DigestComposer _composer = null!; // Set up by BenchmarkDotNet before anything runs.
    private int _reader;

    /// <summary>Makes the composer and renders the fragments once.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var mail = new MailOptions { From = "digest@example.org", CommandAddress = "commands@example.org" };
        var identity = new MailIdentity(mail, Site, Signer, MailSignature.Load(new DkimOptions()));
        _composer = new DigestComposer(identity, Site, Signer, _fragments);
        AssembleFromFragments();
    }

    /// <summary>What a run does for every reader but the first.</summary>
    [Benchmark]
    public int AssembleFromFragments() => _composer.Compose(NextLetter()).Message.Length;

    /// <summary>The whole template for each reader.</summary>
    [Benchmark(Baseline = true)]
    public int RenderEverything()
    {
        _fragments.Clear();
        return _composer.Compose(NextLetter()).Message.Length;
    }

    private DigestContent NextLetter()
    {
        _reader++;
        return Content with { DeliveryId = _reader, Recipient = Content.Recipient with { SubscriberId = _reader } };
    }
}
