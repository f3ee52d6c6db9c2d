using System.Text.Json;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Relevance;
using DigestService.Tests.Shared;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Mails;

/// <summary>How big a digest of real papers is: each day of Hugging Face's list, ten papers a mail.</summary>
public sealed class MailSizeTests(ITestOutputHelper output)
{
    private const int MostOctets = 32_000;
    private static readonly string[] Topics =
        ["Large language models", "Agents and tool use", "Retrieval-augmented generation", "Evaluation and benchmarks", "Diffusion models"];

    [Fact]
    public void A_mail_of_ten_papers_is_at_most_32_kB()
    {
        var bed = new MailTestBed();
        var sizes = new List<(int Octets, string Day, ComposedMail Mail)>();
        foreach (var file in Directory.EnumerateFiles(SharedData.Require("data/hf-daily"), "*.json").Order(StringComparer.Ordinal))
        {
            foreach (var papers in Papers(file).Chunk(10))
            {
                var mail = bed.Digests.Compose(Content(papers));
                sizes.Add((mail.Message.Length, Path.GetFileNameWithoutExtension(file), mail));
            }
        }

        sizes.Sort((one, other) => one.Octets.CompareTo(other.Octets));
        var biggest = sizes[^1];
        output.WriteLine($"{sizes.Count} mails, {sizes.Count(size => size.Octets > 31_400)} above 31,400, median {sizes[sizes.Count / 2].Octets}, biggest {biggest.Octets} on {biggest.Day}: HTML {biggest.Mail.Html.Length}, text {biggest.Mail.Text.Length}");
        sizes.Count.ShouldBeGreaterThan(200);
        sizes.Where(size => size.Octets > MostOctets).Select(size => $"{size.Day}: {size.Octets}").ShouldBeEmpty();
    }

    private static DigestContent Content(MailPaper[] papers) => MailGallery.Ordinary("en") with
    {
        DeliveryId = 1_234_567,
        Recipient = MailGallery.Ordinary("en").Recipient with { SubscriberId = 234_567 },
        Topics = Topics,
        Entries = [.. papers.Select((paper, n) => new DigestEntry
        {
            Paper = paper,
            Section = n < 8 ? DigestSection.Topics : DigestSection.Outside,
            Topic = n < 8 ? Topics[n / 2] : null,
            Reasons = n < 8 ? [new MatchedTopic(Topics[n / 2], ["language model", "agent"]), new Upvoted(Math.Max(3, paper.Upvotes), 9)] : [new BigOutside(), new Upvoted(Math.Max(3, paper.Upvotes), 20)],
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
