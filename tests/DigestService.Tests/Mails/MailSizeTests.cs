using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Mails.Languages;
using DigestService.Relevance;
using DigestService.Tests.Shared;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Mails;

/// <summary>How big a digest of real papers is: each day of Hugging Face's list, ten papers a mail.</summary>
public sealed class MailSizeTests(ITestOutputHelper output) : IDisposable
{
    private const int MostOctets = 32_000;
    private static readonly string[] EnglishTopics =
        ["Large language models", "Agents and tool use", "Retrieval-augmented generation", "Evaluation and benchmarks", "Diffusion models"];

    private static readonly string[] ChineseTopics = ["大语言模型", "智能体与工具使用", "检索增强生成", "评测与基准", "扩散模型"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("digest-size-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("zh")]
    public void A_mail_of_ten_papers_is_at_most_32_kB(string language)
    {
        var step = language == "en" || Full.IsAsked ? 1 : 4;
        using var signature = NewSignature();
        var bed = new MailTestBed(signature);
        var sizes = new List<(int Octets, string Day, ComposedMail Mail)>();
        foreach (var file in Directory.EnumerateFiles(SharedData.Require("data/hf-daily"), "*.json").Order(StringComparer.Ordinal).Where((_, day) => day % step == 0))
        {
            foreach (var papers in Papers(file).Chunk(10))
            {
                var mail = bed.Digests.Compose(Content(language, papers));
                var text = mail.Text;
                papers.ShouldAllBe(paper => text.Contains(paper.ArxivId!, StringComparison.Ordinal)); // Each of the list has one.
                sizes.Add((mail.Message.Length, Path.GetFileNameWithoutExtension(file), mail));
            }
        }

        sizes.Sort((one, other) => one.Octets.CompareTo(other.Octets));
        var biggest = sizes[^1];
        output.WriteLine($"{sizes.Count} mails, median {sizes[sizes.Count / 2].Octets}, biggest {biggest.Octets} on {biggest.Day}: HTML {biggest.Mail.Html.Length}, text {biggest.Mail.Text.Length}");
        sizes.Count.ShouldBeGreaterThan(200 / step);
        sizes.Where(size => size.Octets > MostOctets).Select(size => $"{size.Day}: {size.Octets}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("en", 8, 12, true)]
    [InlineData("zh", 8, 12, true)]
    [InlineData("en", 30, 6, true)]
    [InlineData("zh", 30, 6, true)]
    [InlineData("en", 400, 60, false)]
    [InlineData("zh", 400, 60, false)]
    public void Papers_of_whatever_length_keep_it_too(string language, int titleLetters, int nameLetters, bool isEachNamed)
    {
        var papers = Enumerable.Range(1, 10).Select(id => new MailPaper
        {
            Id = id,
            Title = $"{id} {new string('题', titleLetters)}",
            Abstract = new string('文', 3_000),
            Authors = [.. Enumerable.Range(0, 3_000).Select(_ => new string('名', nameLetters))],
            ArxivId = $"2603.{id:00000}",
            Upvotes = 3,
            FirstListedOn = new LocalDate(2026, 3, 5),
        }).ToArray();

        var mail = new MailTestBed().Digests.Compose(Content(language, papers));

        mail.Message.Length.ShouldBeLessThanOrEqualTo(MostOctets);
        var named = papers.Count(paper => mail.Text.Contains(paper.ArxivId!, StringComparison.Ordinal)); // given above
        papers.Count(paper => mail.Html.Contains(paper.ArxivId!, StringComparison.Ordinal)).ShouldBe(named);
        if (isEachNamed)
            named.ShouldBe(10);
        else
            named.ShouldBeInRange(1, 9);
        var words = Language.Of(language).LeftOut(10 - named)[..4];
        mail.Text.Contains(words, StringComparison.Ordinal).ShouldBe(!isEachNamed);
        WebUtility.HtmlDecode(mail.Html).Contains(words, StringComparison.Ordinal).ShouldBe(!isEachNamed);
    }

    private MailSignature NewSignature()
    {
        var file = Path.Combine(_folder.FullName, "dkim.pem");
        using var key = RSA.Create(2048);
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return MailSignature.Load(new DkimOptions { Domain = "example.org", Selector = "s1", PrivateKeyFile = file });
    }

    private static DigestContent Content(string language, MailPaper[] papers) => Content(language, papers, language == "zh" ? ChineseTopics : EnglishTopics);

    private static DigestContent Content(string language, MailPaper[] papers, string[] topics) => MailGallery.Ordinary(language) with
    {
        DeliveryId = 1_234_567,
        Recipient = MailGallery.Ordinary(language).Recipient with { SubscriberId = 234_567 },
        Topics = topics,
        Entries = [.. papers.Select((paper, n) => new DigestEntry
        {
            Paper = paper,
            Section = n < 8 ? DigestSection.Topics : DigestSection.Outside,
            Topic = n < 8 ? topics[n / 2] : null,
            Reasons = n < 8 ? [new MatchedTopic(topics[n / 2], ["language model", "agent"]), new Upvoted(Math.Max(3, paper.Upvotes), 9)] : [new BigOutside(), new Upvoted(Math.Max(3, paper.Upvotes), 20)],
        })],
    };

    private static IEnumerable<MailPaper> Papers(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var id = 120_000;
        foreach (var paper in json.RootElement.EnumerateArray().Select(item => item.GetProperty("paper")))
        {
            yield return new MailPaper
            {
                Id = id++,
                Title = paper.GetProperty("title").GetString()!, // Every paper of the list has one.
                Abstract = Text(paper, "summary"),
                Authors = [.. paper.GetProperty("authors").EnumerateArray().Select(author => author.GetProperty("name").GetString()!)], // And every author a name.
                ArxivId = paper.GetProperty("id").GetString(),
                CodeUrl = Text(paper, "githubRepo"),
                ProjectUrl = Text(paper, "projectPage"),
                Upvotes = paper.GetProperty("upvotes").GetInt32(),
                FirstListedOn = new LocalDate(2026, 3, 5),
            };
        }
    }

    private static string? Text(JsonElement paper, string name) => paper.TryGetProperty(name, out var value) ? value.GetString() : null;
}
