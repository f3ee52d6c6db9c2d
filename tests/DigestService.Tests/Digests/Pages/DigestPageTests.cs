using System.Net;
using DigestService.Digests;
using DigestService.Platform;
using DigestService.Tests.Journeys;

namespace DigestService.Tests.Mails;

public sealed class DigestPageTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Sent = """
        with reader as (
            insert into subscribers (address, address_key, state, language, created_at)
            values ('ada@example.org', 'ada@example.org', 'unsubscribed', 'de', now())
            returning id
        ),
        paper as (
            insert into papers (title, original_title, abstract, authors, arxiv_id, url, first_listed_on, created_at, updated_at)
            values ('Less <b>Is</b> More', 'Less', 'It is.', array['Ada Lovelace'], '2603.00001', 'https://arxiv.org/abs/2603.00001', '2026-03-04', now(), now())
            returning id
        )
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at, papers, scores, entry_reasons)
        select reader.id, '2026-03-04', now(), 'queued', now(), now(), array[paper.id], array[1], '[[[1,"Agents",["more"]]]]'
        from reader, paper
        """;

    [Fact]
    public async Task A_sent_digest_is_read_in_the_browser_and_its_papers_are_cited()
    {
        await using var site = await Site.OpenAsync(apps);
        var token = await SendDigestAsync(site, 20260304);

        var page = await site.Browser.GetAsync($"/digests/{token}");
        var html = await page.Content.ReadAsStringAsync();
        var bib = await site.Browser.GetAsync($"/digests/{token}.bib");
        var ris = await site.Browser.GetAsync($"/digests/{token}.ris");

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        html.ShouldContain("<html lang=\"de\">");
        html.ShouldContain("Less &lt;b&gt;Is&lt;/b&gt; More");
        html.ShouldNotContain("Agents");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
        page.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        bib.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-bibtex");
        (await bib.Content.ReadAsStringAsync()).ShouldContain("@misc{lovelace2026less,");
        (await ris.Content.ReadAsStringAsync()).ShouldContain("AU  - Lovelace, Ada\r\n");
    }

    [Fact]
    public async Task A_paper_behind_one_that_is_hidden_by_now_keeps_the_number_it_had_in_the_mail()
    {
        await using var site = await Site.OpenAsync(apps);
        var token = await SendDigestAsync(site, 20260304);
        var database = site.Database;
        var whole = await site.Browser.GetStringAsync($"/digests/{token}");
        await database.ExecuteAsync(
            """update digests set papers = array[1000000] || papers, scores = array[2] || scores, entry_reasons = '[[[1,"Agents",["more"]]],[[1,"Agents",["more"]]]]'""", null, default);

        var rest = await site.Browser.GetStringAsync($"/digests/{token}");

        whole.ShouldContain(" 1. ");
        rest.ShouldContain(" 2. ");
        rest.ShouldNotContain(" 1. ");
    }

    // As PeriodTests holds for the mail.
    [Theory]
    [InlineData("daily", 1, "today")]
    [InlineData("daily", 3, "this week")]
    [InlineData("weekdays", 3, "today")]
    [InlineData("weekdays", 4, "this week")]
    [InlineData("weekly", 7, "this week")]
    public async Task The_page_of_a_monday_speaks_of_the_same_time_as_its_mail(string frequency, int daysBefore, string span)
    {
        await using var site = await Site.OpenAsync(apps);
        var id = LinkSigner.ClaimedSubject(await SendDigestAsync(site, 20260309))!.Value;
        await site.Database.ExecuteAsync(
            """
            update subscribers set language = 'en', frequency = @frequency;
            update digests set digest_on = '2026-03-09';
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at)
            select id, date '2026-03-09' - @daysBefore, now(), 'queued', now(), now() from subscribers;
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at)
            select id, date '2026-03-09' - days, now(), 'empty', now(), now() from subscribers, generate_series(1, @daysBefore - 1) as days;
            """,
            new { frequency, daysBefore },
            default);

        var html = await site.Browser.GetStringAsync($"/preferences/{site.Service<LinkSigner>().Sign(LinkPurpose.Preferences, id, 1)}/digests/2026-03-09");

        html.ShouldContain($"1 paper {span}");
    }

    [Fact]
    public async Task Its_reader_sees_the_reasons_and_the_buttons_behind_the_preferences_link_and_nobody_else_does()
    {
        await using var site = await Site.OpenAsync(apps);
        var shared = await SendDigestAsync(site, 20260304);
        var signer = site.Service<LinkSigner>();
        var id = LinkSigner.ClaimedSubject(shared)!.Value;
        var preferences = signer.Sign(LinkPurpose.Preferences, id, 1);

        var own = await site.Browser.GetAsync($"/preferences/{preferences}/digests/2026-03-04");
        var html = await own.Content.ReadAsStringAsync();

        html.ShouldContain("zu deinem Thema Agents (more)");
        html.ShouldContain("/f/");
        own.Headers.CacheControl!.NoStore.ShouldBeTrue();
        own.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        foreach (var token in (string[])[shared, signer.Sign(LinkPurpose.Preferences, id, 2), signer.Sign(LinkPurpose.Preferences, id + 1, 1)])
            (await site.Browser.GetAsync($"/preferences/{token}/digests/2026-03-04")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var day in (string[])["2026-03-05", "2026-02-30", "x", "20260304"])
            (await site.Browser.GetAsync($"/preferences/{preferences}/digests/{day}")).StatusCode.ShouldBe(HttpStatusCode.NotFound, day);
    }

    [Fact]
    public async Task The_readers_own_page_of_a_quiet_day_says_why_it_holds_what_is_trending_as_its_mail_did()
    {
        await using var site = await Site.OpenAsync(apps);
        var id = LinkSigner.ClaimedSubject(await SendDigestAsync(site, 20260304))!.Value;
        var database = site.Database;
        await database.ExecuteAsync("update subscribers set language = 'en'", null, default);
        var page = $"/preferences/{site.Service<LinkSigner>().Sign(LinkPurpose.Preferences, id, 1)}/digests/2026-03-04";

        var ordinary = await site.Browser.GetStringAsync(page);
        await database.ExecuteAsync("update digests set entry_reasons = '[[[8]]]'", null, default);
        var quiet = await site.Browser.GetStringAsync(page);

        ordinary.ShouldNotContain("Nothing new was on your topics");
        quiet.ShouldContain("Nothing new was on your topics today, so here is what others are reading.");
    }

    [Fact]
    public async Task Reasons_that_stand_on_the_row_as_octets_are_shown_as_those_of_former_rows_are()
    {
        await using var site = await Site.OpenAsync(apps);
        var id = LinkSigner.ClaimedSubject(await SendDigestAsync(site, 20260304))!.Value;
        var address = $"/preferences/{site.Service<LinkSigner>().Sign(LinkPurpose.Preferences, id, 1)}/digests/2026-03-04";
        var before = await site.Browser.GetStringAsync(address);
        var database = site.Database;
        var json = await database.QuerySingleOrDefaultAsync<string>("select entry_reasons from digests", null, default);

        await database.ExecuteAsync(
            "update digests set entry_reasons = null, why = @why", new { why = WhyWriter.Write(EntryReasons.Read(json, 2), []) }, default);

        (await site.Browser.GetStringAsync(address)).ShouldBe(before);
        before.ShouldContain("zu deinem Thema Agents (more)");
    }

    [Fact]
    public async Task News_of_saved_papers_stand_on_the_readers_own_page_and_on_no_page_that_is_passed_on()
    {
        await using var site = await Site.OpenAsync(apps);
        var shared = await SendDigestAsync(site, 20260304);
        await site.Database.ExecuteAsync(
            """
            with paper as (
                insert into papers (title, code_url, first_listed_on, created_at, updated_at)
                values ('Herons at dusk', 'https://github.com/ada/herons', '2026-01-04', now(), now())
                returning id
            ), merged as (
                insert into merged_papers (merged_id, paper_id, merged_at) select 99999, id, now() from paper
            )
            update digests set saved_news = '[[99999, 3]]'
            """,
            null,
            default);
        var preferences = site.Service<LinkSigner>().Sign(LinkPurpose.Preferences, LinkSigner.ClaimedSubject(shared)!.Value, 1);

        var own = await site.Browser.GetStringAsync($"/preferences/{preferences}/digests/2026-03-04");
        var passedOn = await site.Browser.GetStringAsync($"/digests/{shared}");

        own.ShouldContain("Neues zu Papers, die du dir gemerkt hast");
        own.ShouldContain("<a href=\"https://github.com/ada/herons\">hat jetzt Code</a> &#183; hat eine neue Version");
        passedOn.ShouldNotContain("Herons");
        passedOn.ShouldNotContain("gemerkt hast");
    }

    [Fact]
    public async Task A_reader_sees_the_next_digest_as_it_would_be_and_looking_changes_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        await site.AddPaperAsync("Chain-of-thought reasoning, revisited", listedOn: new NodaTime.LocalDate(2026, 3, 4), text: "On chain-of-thought prompting.");
        await site.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(CancellationToken.None);
        var before = await site.EverythingAsync();

        (await site.Browser.GetStringAsync(preferences)).ShouldContain($"formaction=\"{preferences}/tomorrow\"");
        var page = await site.PostAsync(preferences + "/tomorrow");
        var html = await page.Content.ReadAsStringAsync();

        html.ShouldContain("Chain-of-thought reasoning, revisited");
        html.ShouldContain("on your topic");
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await site.EverythingAsync()).ShouldBe(before);
        await site.PostAsync(preferences, ("action", "pause"));
        (await (await site.PostAsync(preferences + "/tomorrow")).Content.ReadAsStringAsync()).ShouldContain("Your digest is paused");
        (await site.PostAsync("/preferences/x/tomorrow")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_digest_that_is_shown_or_asked_for_is_of_the_settings_that_stand_on_the_page_and_are_not_saved()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        await site.AddPaperAsync("Zebrafish swim in silence", listedOn: new NodaTime.LocalDate(2026, 3, 4), upvotes: 0, text: "On zebrafish.");
        await site.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(CancellationToken.None);
        (string, string)[] typed = [("form", "all"), ("query", "zebrafish"), ("max", "3")];
        (string, string)[] faulty = [("form", "all"), ("query", "\"open"), ("max", "4")];

        var shown = await (await site.PostAsync(preferences + "/tomorrow", typed)).Content.ReadAsStringAsync();
        var unclear = await site.PostAsync(preferences + "/tomorrow", faulty);
        var nothingSent = await site.PostAsync(preferences, [.. faulty, ("action", "now")]);
        var planned = await site.Database.QuerySingleOrDefaultAsync<int>("select count(*) from digests", null, CancellationToken.None);
        var sent = await site.PostAsync(preferences, [.. typed, ("action", "now")]);
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);

        shown.ShouldContain("Zebrafish swim in silence");
        foreach (var refused in new[] { unclear, nothingSent })
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await refused.Content.ReadAsStringAsync()).ShouldContain("fault-query-0");
        }

        planned.ShouldBe(0);
        sent.Headers.Location!.OriginalString.ShouldEndWith("?done=now");
        (await site.LatestMailAsync("ada@mail.example")).ShouldContain("Zebrafish swim in silence");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select max_items from subscribers", null, CancellationToken.None)).ShouldBe(3);
    }

    [Fact]
    public async Task A_day_without_a_mail_is_not_shown_as_one_and_papers_that_were_sent_are_not_denied()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        await site.AddPaperAsync("Chain-of-thought reasoning, revisited", listedOn: new NodaTime.LocalDate(2026, 3, 4), text: "On chain-of-thought prompting.");
        await site.PostAsync(preferences, ("action", "now"));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        const string nothing = "Nothing would come: there is nothing new on your topics.";

        (await (await site.PostAsync(preferences + "/tomorrow")).Content.ReadAsStringAsync()).ShouldContain(nothing);
        (await (await site.PostAsync(preferences + "/try", ("form", "all"), ("topics", "reasoning"))).Content.ReadAsStringAsync()).ShouldContain(nothing);

        await site.PostAsync(preferences, ("empty_day", "note"));
        var note = await (await site.PostAsync(preferences + "/tomorrow")).Content.ReadAsStringAsync();
        note.ShouldNotContain(nothing);
        note.ShouldContain("Nothing new on your topics");
    }

    [Fact]
    public async Task Two_papers_of_a_digest_that_turned_out_to_be_one_are_shown_and_cited_once()
    {
        await using var site = await Site.OpenAsync(apps);
        var token = await SendDigestAsync(site, 20260304);
        var before = await site.Browser.GetStringAsync($"/digests/{token}");
        await site.Database.ExecuteAsync(
            "insert into digest_items (subscriber_id, digest_on, position, paper_id, score, section, reasons) select subscriber_id, digest_on, 3, paper_id, 0.5, 'outside', reasons from digest_items", null, CancellationToken.None);

        var html = await site.Browser.GetStringAsync($"/digests/{token}");
        var bib = await site.Browser.GetStringAsync($"/digests/{token}.bib");

        html.ShouldBe(before);
        bib.Split("@misc{").Length.ShouldBe(2);
    }

    [Fact]
    public async Task No_other_token_and_no_other_day_shows_anything()
    {
        await using var site = await Site.OpenAsync(apps);
        var token = await SendDigestAsync(site, 20260304);
        var signer = site.Service<LinkSigner>();
        string[] wrong =
        [
            "x", token[..^1], token[..^4] + "AAAA", signer.Sign(LinkPurpose.Digest, 1, 20260305), signer.Sign(LinkPurpose.Digest, 1, 99),
            signer.Sign(LinkPurpose.Digest, 1, 20260230), signer.Sign(LinkPurpose.Digest, 999, 20260304), signer.Sign(LinkPurpose.Preferences, 1, 20260304),
        ];

        foreach (var each in wrong)
            foreach (var suffix in new[] { "", ".bib", ".ris" })
                (await site.Browser.GetAsync($"/digests/{each}{suffix}")).StatusCode.ShouldBe(HttpStatusCode.NotFound, each + suffix);
    }

    private static async Task<string> SendDigestAsync(Site site, long day)
    {
        await site.Database.ExecuteAsync(Sent, null, CancellationToken.None);
        var id = await site.Database.QuerySingleOrDefaultAsync<long>("select max(id) from subscribers", null, CancellationToken.None);
        return site.Service<LinkSigner>().Sign(LinkPurpose.Digest, id, day);
    }
}
