using System.Net;
using System.Text;
using AngleSharp.Html.Parser;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Platform;
using DigestService.Relevance;

namespace DigestService.Tests.Mails;

public sealed class DigestComposerTests
{
    private readonly MailTestBed _bed = new();

    [Fact]
    public void The_same_letter_is_the_same_octets_whoever_was_served_before()
    {
        var content = MailGallery.Ordinary("fr");
        var other = MailGallery.Ordinary("fr") with { DeliveryId = 7, Recipient = content.Recipient with { SubscriberId = 99, Address = "other@example.org" } };

        var first = _bed.Digests.Compose(content).Message;
        _bed.Digests.Compose(other);
        var again = _bed.Digests.Compose(content).Message;
        var elsewhere = new MailTestBed().Digests.Compose(content).Message;

        again.ShouldBe(first);
        elsewhere.ShouldBe(first);
    }

    [Fact]
    public void A_first_digest_without_papers_does_not_speak_of_what_stands_under_them()
    {
        var quiet = MailGallery.Ordinary("en") with { Entries = [], IsQuietDay = true, IsFirst = true };

        _bed.Digests.Compose(quiet).Text.ShouldNotContain("Under each paper");
        _bed.Digests.Compose(MailGallery.Ordinary("en") with { IsFirst = true }).Text.ShouldContain("Under each paper");
    }

    [Theory]
    [InlineData("en", "News of papers you saved", "has code now: https", "has a new version", "and 1 more")]
    [InlineData("de", "Neues zu Papers, die du dir gemerkt hast", "hat jetzt Code: https", "hat eine neue Version", "und ein weiteres")]
    [InlineData("fr", "Du nouveau sur les articles que vous avez gardés", "a maintenant du code\u00A0: https", "a une nouvelle version", "et 1 autre")]
    [InlineData("es", "Novedades de los artículos que guardaste", "ya tiene código: https", "tiene una versión nueva", "y 1 más")]
    [InlineData("zh", "您收藏的论文有新消息", "现已有代码：https", "有新版本", "另有 1 篇")]
    public void News_of_saved_papers_are_told_in_the_readers_language_in_both_parts(string language, string heading, string code, string version, string more)
    {
        var content = MailGallery.Ordinary(language) with
        {
            SavedNews = [.. Enumerable.Range(1, 6).Select(n => new SavedPaperNews { PaperId = n, Title = $"Herons <{n}>", CodeUrl = "https://github.com/ada/herons", HasCode = n == 1, HasNewVersion = n > 1 })],
        };

        var mail = _bed.Digests.Compose(content);

        var block = new HtmlParser().ParseDocument(mail.Html).QuerySelectorAll("h2").Single(found => found.TextContent == heading).Closest("tr")!.NextElementSibling!.TextContent;
        foreach (var words in (string[])["Herons <5>", code[..code.IndexOfAny([':', '：', '\u00A0'])], version, more])
            block.ShouldContain(words);
        block.ShouldNotContain("Herons <6>");
        foreach (var words in (string[])[heading, "Herons <5>", code, version, more])
            mail.Text.ShouldContain(words);
    }

    [Fact]
    public async Task Many_threads_compose_at_once_and_mix_nothing_up()
    {
        var contents = Enumerable.Range(1, 64)
            .Select(n => MailGallery.Ordinary("en") with { DeliveryId = n, Recipient = MailGallery.Ordinary("en").Recipient with { SubscriberId = n } })
            .ToList();
        var alone = contents.Select(content => new MailTestBed().Digests.Compose(content).Message).ToList();

        var together = await Task.WhenAll(contents.Select(content => Task.Run(() => _bed.Digests.Compose(content).Message)));

        for (var n = 0; n < contents.Count; n++)
            together[n].ShouldBe(alone[n]);
    }

    [Fact]
    public void What_many_digests_say_alike_is_named_by_their_recipes_and_the_mails_stay_the_same_octets()
    {
        foreach (var language in new[] { "en", "de", "fr", "es", "zh" })
        {
            var content = MailGallery.Ordinary(language);
            var first = _bed.Digests.ComposeRecipe(content).Recipe;
            for (var n = 0; n < 30; n++)
                _bed.Digests.ComposeRecipe(content);

            var later = _bed.Digests.ComposeRecipe(content).Recipe;

            later.ToMail().ShouldBe(first.ToMail());
            later.Fragments.Count.ShouldBeGreaterThan(first.Fragments.Count);
            later.Octets.Length.ShouldBeLessThan(first.Octets.Length);
        }
    }

    [Fact]
    public void Each_reader_gets_links_signed_for_them_alone()
    {
        var content = MailGallery.Ordinary("en");
        var mail = _bed.Digests.Compose(content with { Recipient = content.Recipient with { SubscriberId = 77, LinkVersion = 3 } });

        foreach (var entry in content.Entries)
        {
            var token = _bed.Signer.SignShort(LinkPurpose.Feedback, 77, generation: 3);
            foreach (var action in new[] { "like", "less", "save" })
            {
                mail.Html.ShouldContain($"https://digest.example.org/f/{token}/{entry.Paper.Id}/{action}\"");
                mail.Text.ShouldContain($"https://digest.example.org/f/{token}/{entry.Paper.Id}/{action}\n");
            }
        }

        mail.Html.ShouldContain($"/unsubscribe/{_bed.Signer.Sign(LinkPurpose.Unsubscribe, 77, 3)}\"");
        mail.Html.ShouldContain($"/preferences/{_bed.Signer.Sign(LinkPurpose.Preferences, 77, 3)}\"");
        mail.Html.ShouldContain($"/digests/{_bed.Signer.Sign(LinkPurpose.Digest, 77, 20260305, generation: 3)}\"");
        mail.Html.ShouldNotContain(WireTemplate.Hole);
        mail.Text.ShouldNotContain(WireTemplate.Hole);
        mail.Html.ShouldNotContain(WireTemplate.ShortHole);
        mail.Text.ShouldNotContain(WireTemplate.ShortHole);
    }

    [Fact]
    public void A_paper_whose_votes_have_moved_is_rendered_anew()
    {
        var content = MailGallery.Ordinary("en");
        _bed.Digests.Compose(content);

        var entry = content.Entries[0];
        var later = _bed.Digests.Compose(content with { Entries = [entry with { Paper = entry.Paper with { Upvotes = 4321 } }] });

        later.Html.ShouldContain("&#9650;&#160;4,321");
    }

    [Fact]
    public void A_mail_with_too_much_to_say_tells_the_last_papers_in_brief_and_counts_what_it_leaves_out()
    {
        var endless = GalleryPapers.Fifty.Select(paper => new DigestEntry
        {
            Paper = paper with
            {
                Title = string.Concat(Enumerable.Repeat("很长的标题", 60)),
                Abstract = new string('<', 2000),
                Url = "https://example.org/" + new string('a', 500),
            },
            Section = DigestSection.Topics,
            Topic = "Everything",
            Reasons = [],
        }).ToList();

        var mail = _bed.Digests.Compose(MailGallery.Ordinary("en") with { Entries = endless });

        Encoding.UTF8.GetByteCount(mail.Html).ShouldBeLessThanOrEqualTo(100_000);
        mail.Html.ReplaceLineEndings(" ").ShouldContain("more papers had no room in this mail");
        mail.Text.ShouldContain("50. 很长的标题");
    }

    [Fact]
    public void The_page_that_is_passed_on_holds_the_papers_and_acts_for_nobody()
    {
        var content = MailGallery.Ordinary("en");

        var page = _bed.Digests.RenderShared(content);

        var words = new HtmlParser().ParseDocument(page).Body!.TextContent.ReplaceLineEndings(" "); // A page has a body.
        foreach (var entry in content.Entries)
            words.ShouldContain(entry.Paper.Title);
        page.ShouldNotContain("/f/");
        page.ShouldNotContain("/preferences/");
        page.ShouldNotContain("/unsubscribe/");
        page.ShouldNotContain(content.Recipient.Address);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("zh")]
    public void The_page_that_is_passed_on_tells_nothing_of_what_its_reader_is_interested_in(string tag)
    {
        Reason[] telling =
        [
            new MatchedTopic("secret query one", ["confidential"]), new NearTopic("secret query two", ["hush"]), new LikeThat(1, "A liked paper"),
            new FollowedAuthor("Wilhelmina Followed"), new BigOutside(), new LikedAlike(),
        ];
        var content = MailGallery.Ordinary(tag) with { Topics = ["secret query one", "secret query three"], Break = new DigestBreak(new(2026, 1, 1), new(2026, 1, 8), 77) };
        content = content with { Entries = [.. content.Entries.Select((entry, n) => entry with { Topic = $"secret query {n / 3}", Reasons = telling })] };

        var page = WebUtility.HtmlDecode(_bed.Digests.RenderShared(content));
        var own = WebUtility.HtmlDecode(_bed.Digests.RenderOwn(content));

        foreach (var secret in (string[])["secret", "confidential", "hush", "A liked paper", "Wilhelmina", "77", content.Recipient.Address])
        {
            page.ShouldNotContain(secret);
            own.ShouldContain(secret);
        }
        foreach (var entry in content.Entries)
            page.ShouldContain(entry.Paper.Title);
    }

    [Fact]
    public void A_summary_counts_every_paper_once_those_by_followed_authors_too()
    {
        var content = MailGallery.Ordinary("en");
        var entry = content.Entries[0];
        DigestEntry Of(string? topic, Reason reason, DigestSection section = DigestSection.Topics) =>
            entry with { Topic = topic, Reasons = [reason], Section = section };
        var followed = Of(null, new FollowedAuthor("Ada"));

        string Lead(params IReadOnlyList<DigestEntry> entries) => _bed.Digests.Compose(content with { Entries = entries }).Text;

        Lead([Of("A", new MatchedTopic("A", [])), Of("A", new MatchedTopic("A", [])), followed, Of(null, new NearTopic("B", ["x"])), Of(null, new BigOutside(), DigestSection.Outside)])
            .ShouldContain("5 papers today: 2 on A, 1 by authors you follow, 1 more for you and 1");
        Lead([followed]).ShouldContain("1 paper today by authors you follow.");
        Lead([.. "ABCDE".Select(topic => Of($"{topic}", new MatchedTopic($"{topic}", [])))])
            .ShouldContain("5 papers today: 1 on A, 1 on B, 1 on C and 2 on 2 more topics.");
    }

    [Fact]
    public void What_was_chosen_for_a_reader_is_not_called_what_is_most_talked_about()
    {
        var content = MailGallery.Ordinary("en");
        DigestEntry Of(Reason reason, DigestSection section = DigestSection.Topics) => content.Entries[0] with { Topic = null, Reasons = [reason], Section = section };
        string Lead(params IReadOnlyList<DigestEntry> entries) => _bed.Digests.Compose(content with { Entries = entries }).Text;

        foreach (var (reason, heading) in (IReadOnlyList<(Reason, string)>)[
            (new CloseInMeaning("Agents", ""), "On your topics"), (new NearTopic("Agents", ["x"]), "On your topics"), (new LikeThat(1, "Herons"), "More for you"), (new LikedAlike(), "More for you")])
        {
            var text = Lead(Of(reason), Of(new BigOutside(), DigestSection.Outside));
            text.ShouldContain("2 papers today: 1 for you and 1 trending elsewhere.");
            text.ShouldContain("\n" + heading + "\n");
            text.ShouldNotContain("Trending now");
        }

        Lead(Of(new CloseInMeaning("Agents", ""))).ShouldContain("1 paper today for you.");
        Lead(Of(new Upvoted(9, 8))).ShouldContain("The paper most talked about today.");
    }

    [Fact]
    public void Beside_the_subject_an_inbox_shows_the_next_titles()
    {
        var content = MailGallery.Ordinary("en");
        string Preview(DigestContent shown) => WebUtility.HtmlDecode(_bed.Digests.Compose(shown).Html.Split("</div>")[0].Split('>')[^1].Trim());

        Preview(content).ShouldBe($"{content.Entries[1].Paper.Title} · {content.Entries[2].Paper.Title}");
        Preview(content with { Entries = [content.Entries[0]] }).ShouldStartWith("1 paper today");
        Preview(content with { Entries = [], IsQuietDay = true }).ShouldStartWith("We looked through everything");
    }

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("a.io", null)]
    [InlineData("digest.papers.research.example", null)]
    public void The_last_field_of_the_feedback_id_names_the_sender_in_5_to_15_characters(string domain, string? said)
    {
        var bed = new MailTestBed();
        bed.Mail.From = $"digest@{domain}";
        var identity = new MailIdentity(bed.Mail, bed.Site, bed.Signer, MailSignature.Load(new DkimOptions()));

        string Last() => identity.ListHeaders(MailGallery.Ordinary("en").Recipient, "digest", new(2026, 3, 5))
            .Single(header => header.Name == "Feedback-ID").Value.Split(':')[^1];

        Last().Length.ShouldBeInRange(5, 15);
        Last().ShouldBe(said ?? Last());
        Last().ShouldMatch("^[a-z0-9.]+$");
    }

    [Fact]
    public void The_mail_is_dated_on_the_readers_own_clock_and_names_its_delivery()
    {
        var content = MailGallery.Ordinary("en") with { Recipient = MailGallery.Ordinary("en").Recipient with { Zone = "Asia/Kathmandu" }, DeliveryId = 9_876_543_210 };

        var mail = _bed.Digests.Compose(content);
        var headers = Encoding.ASCII.GetString(mail.Message);

        headers.ShouldContain("\r\nDate: Thu, 05 Mar 2026 11:45:00 +0545\r\n");
        headers.ShouldContain("\r\nX-Digest-Delivery: 9876543210\r\n");
        mail.MessageId.ShouldStartWith("digest.9876543210.");
        mail.MessageId.ShouldEndWith("@example.org");
        mail.Sender.ShouldStartWith("bounces+9876543210-");
    }

    [Fact]
    public void Papers_are_grouped_only_where_a_heading_serves_more_than_one()
    {
        var content = MailGallery.Ordinary("en");
        var grouped = _bed.Digests.Compose(content).Html;
        var scattered = _bed.Digests.Compose(content with
        {
            Entries = [.. content.Entries.Take(4).Select((entry, n) => entry with { Topic = $"Topic {n}" })],
        }).Html;

        grouped.ShouldContain(">Agents</h2>");
        scattered.ShouldContain(">On your topics</h2>");
        scattered.ShouldNotContain(">Topic 1</h2>");
    }

    [Fact]
    public void A_bare_count_of_upvotes_is_a_reason_only_for_want_of_another()
    {
        var content = MailGallery.Ordinary("en");
        var entry = content.Entries[0];

        var among = _bed.Digests.Compose(content with { Entries = [entry with { Reasons = [new NewlyListed(), new Upvoted(412, 0)] }] }).Text;
        var alone = _bed.Digests.Compose(content with { Entries = [entry with { Reasons = [new Upvoted(412, 0)] }] }).Text;

        among.ShouldContain("Why: new today\n");
        alone.ShouldContain("Why: 412 upvotes\n");
    }
}
