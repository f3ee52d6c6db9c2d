using DigestService.Mails.Languages;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Mails.Gallery;

/// <summary>One mail of the gallery: its name in files and links, what it shows, and the mail.</summary>
internal sealed record GalleryMail(string Name, string Shows, ComposedMail Mail);

/// <summary>
/// Every mail the service sends, with ordinary and with awkward content, at fixed instants: what the development page
/// lists and the tests approve.
/// </summary>
internal sealed class MailGallery(DigestComposer digests, ServiceMailComposer service)
{
    private static readonly LocalDate Day = new(2026, 3, 5);
    private static readonly Instant Morning = Instant.FromUtc(2026, 3, 5, 6, 0);
    private static readonly string[] Topics = ["Agents", "Retrieval-augmented generation", "Robot learning", "Evaluation & benchmarks"];

    /// <summary>All mails, in an order that stays.</summary>
    public IEnumerable<GalleryMail> Mails() =>
        [
            .. Language.All.Select(language => new GalleryMail($"digest-{language.Tag}", $"A day like others, {language.Name}", digests.Compose(Ordinary(language.Tag)))),
            .. Digests(),
            .. Language.All.SelectMany(language => Service(language.Tag)),
            new("alert", "An alert to the operator", Alert()),
        ];

    /// <summary>The letter of a day like others.</summary>
    public static DigestContent Ordinary(string language) => Content(language, [.. Inside(0, 6), .. Outside(6, 2)]);

    private IEnumerable<GalleryMail> Digests()
    {
        yield return new("digest-first", "A first digest", digests.Compose(Content("en", [.. Inside(0, 3)]) with { IsFirst = true }));
        yield return new("digest-break", "After a break", digests.Compose(
            Content("en", [.. Inside(0, 3)]) with { Break = new DigestBreak(new LocalDate(2026, 2, 11), new LocalDate(2026, 2, 26), 37) }));
        yield return new("digest-quiet", "A day without news", digests.Compose(Content("en", []) with { IsQuietDay = true }));
        yield return new("digest-quiet-trending", "A day without news, with what is trending", digests.Compose(
            Content("en", [.. Outside(0, 4)]) with { IsQuietDay = true }));
        yield return new("digest-one", "One paper", digests.Compose(Content("en", [.. Inside(1, 1)])));
        yield return new("digest-saved-news", "News of saved papers", digests.Compose(Content("en", [.. Inside(0, 2)]) with
        {
            SavedNews = [.. GalleryPapers.Awkward.Select((paper, n) => new SavedPaperNews
            {
                PaperId = paper.Id,
                Title = paper.Title,
                CodeUrl = paper.CodeUrl,
                HasCode = paper.CodeUrl is not null,
                HasNewVersion = paper.CodeUrl is null || n == 2,
            })],
        }));
        yield return new("digest-no-topics", "A reader without topics", digests.Compose(Content(
            "en", [.. Outside(0, 4).Select(entry => entry with { Section = DigestSection.Topics })]) with { Topics = [] }));
        yield return new("digest-awkward", "Papers no layout was drawn for", digests.Compose(Content(
            "en", [.. GalleryPapers.Awkward.Select((paper, n) => Entry(paper, n, "<Agents> & \"others\""))])));
        yield return new("digest-awkward-zh", "The same in Chinese", digests.Compose(Content(
            "zh", [.. GalleryPapers.Awkward.Select((paper, n) => Entry(paper, n, "检索增强生成"))])));
        yield return new("digest-fifty", "Fifty papers", digests.Compose(Content(
            "en", [.. GalleryPapers.Fifty.Select((paper, n) => Entry(paper, n, Topics[n % Topics.Length]))])));
    }

    private IEnumerable<GalleryMail> Service(string language)
    {
        var content = new ServiceMailContent { DeliveryId = 7, Date = Morning, Recipient = RecipientOf(language) };
        yield return new($"confirmation-{language}", "Please confirm", service.Confirmation(content, Topics, 2));
        yield return new($"already-{language}", "Already subscribed", service.AlreadySubscribed(content));
        yield return new($"welcome-{language}", "Welcome", service.Welcome(content, Topics, Instant.FromUtc(2026, 3, 6, 6, 0)));
        yield return new($"preferences-{language}", "The link to the preferences", service.PreferencesLink(content));
        yield return new($"answer-{language}", "Answer to commands", service.CommandAnswer(
            content, new AnsweredMail("Re: preferences", ["4711@mail.example.org"]),
            [
                new AnsweredCommand("preferences", CommandOutcome.PreferencesSent),
                new AnsweredCommand("pause", CommandOutcome.Paused),
                new AnsweredCommand("make me <b>coffee</b>", CommandOutcome.NotUnderstood) { Line = 3, Example = "max 5" },
            ]));
        yield return new($"paused-{language}", "Paused", service.Paused(content, new LocalDate(2026, 4, 1)));
        yield return new($"goodbye-{language}", "Goodbye", service.Goodbye(content));
        var elsewhere = content with { Recipient = content.Recipient with { SubscriberId = 0 } };
        yield return new($"address-{language}", "Please confirm the new address", service.ConfirmAddress(elsewhere, "https://digest.example.org/address/token"));
        yield return new($"moved-{language}", "The digest goes elsewhere now", service.Moved(elsewhere));
    }

    private ComposedMail Alert() => service.OperatorAlert(8, "operator@example.org", Morning, new OperatorAlert(
        "The listing of 5 March is the same as that of 4 March",
        [new("Source", "huggingface"), new("Day", "2026-03-05"), new("Papers", "41, all known")],
        "The source may be stuck. Digests go out with what other sources brought. Fetch the day again once the source has moved on."));

    private static DigestContent Content(string language, IReadOnlyList<DigestEntry> entries) => new()
    {
        DeliveryId = 42,
        Recipient = RecipientOf(language),
        DigestOn = Day,
        Date = Morning,
        Entries = entries,
        Topics = Topics,
    };

    private static MailRecipient RecipientOf(string language) => new()
    {
        SubscriberId = 1,
        Address = "reader@example.org",
        Language = language,
        Zone = "Europe/Berlin",
    };

    private static IEnumerable<DigestEntry> Inside(int from, int count) =>
        GalleryPapers.Ordinary.Skip(from).Take(count).Select((paper, n) => Entry(paper, n, Topics[(from + n) / 2 % Topics.Length]));

    private static IEnumerable<DigestEntry> Outside(int from, int count) =>
        GalleryPapers.Ordinary.Skip(from).Take(count).Select(paper => new DigestEntry
        {
            Paper = paper,
            Section = DigestSection.Outside,
            Reasons = [new BigOutside(), new Upvoted(Math.Max(3, paper.Upvotes), 20)],
        });

    private static DigestEntry Entry(MailPaper paper, int place, string topic) => new()
    {
        Paper = paper,
        Section = DigestSection.Topics,
        Topic = topic,
        Reasons = (place % 6) switch
        {
            0 => [new MatchedTopic(topic, ["language model", "agent"]), new Upvoted(Math.Max(3, paper.Upvotes), 9)],
            1 => [new MatchedTopic(topic, ["retriever"]), new LikeThat(9, "Passages Worth Reading: Retrieval by Consequence")],
            2 => [new FollowedAuthor("Yuki Tanaka"), new MatchedTopic(topic, []), new NewlyListed()],
            3 => [new ListedHigh("huggingface", 2), new LikedAlike()],
            4 => [new Upvoted(Math.Max(3, paper.Upvotes), 1), new ListedHigh("arxiv", 1)],
            _ => [new NearTopic(topic, ["planner", "tool call"])],
        },
    };
}
