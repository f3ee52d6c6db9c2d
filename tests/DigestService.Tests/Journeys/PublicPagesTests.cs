using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using AngleSharp.Html.Parser;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Topics.Pages;
using NodaTime;

namespace DigestService.Tests.Journeys;

public sealed class PublicPagesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)> & {{7*7}}";

    [Fact]
    public async Task The_front_page_shows_the_latest_day_most_upvoted_first_and_nothing_of_tomorrow()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Older", new LocalDate(2026, 3, 2), 99);
        await site.AddPaperAsync("Second", upvotes: 3);
        await site.AddPaperAsync("First", upvotes: 30, url: "https://papers.example/1");
        await site.AddPaperAsync("Tomorrow", new LocalDate(2026, 3, 5), 500);

        var page = await ParseAsync(site, "/");

        page.QuerySelectorAll(".papers h2").Select(title => title.TextContent).ShouldBe(["First", "Second"]);
        page.QuerySelector("main .lead")!.TextContent.ShouldBe("Tuesday, 3 March 2026");
        page.QuerySelector(".authors[dir=auto]")!.TextContent.ShouldBe("Ada Lovelace, Charles Babbage");
        page.QuerySelectorAll("form#subscribe input[name=topics]").Length.ShouldBeGreaterThan(50);
        page.QuerySelector(".links a")!.GetAttribute("href").ShouldBe("https://papers.example/1");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/api/v1/papers")]
    [InlineData("/api/v1/papers/999999")]
    [InlineData("/admin")]
    [InlineData("/digests/mistyped")]
    public async Task HEAD_is_answered_as_GET_is_without_a_body(string path)
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", "correct horse"));
        using var got = await site.Browser.GetAsync(path);
        using var question = new HttpRequestMessage(HttpMethod.Head, path);

        using var answer = await site.Browser.SendAsync(question);

        (answer.StatusCode, answer.Content.Headers.ContentType).ShouldBe((got.StatusCode, got.Content.Headers.ContentType));
        answer.Headers.CacheControl?.ToString().ShouldBe(got.Headers.CacheControl?.ToString());
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        if (path is "/healthz" or "/readyz")
            answer.Headers.CacheControl?.NoStore.ShouldBe(true);
    }

    [Theory]
    [InlineData("/paper/{0}.bib", "@misc{lovelace2026first,", "application/x-bibtex")]
    [InlineData("/paper/{0}.ris", "TI  - First among papers", "application/x-research-info-systems")]
    [InlineData("/paper/{0}.json", "\"family\": \"Lovelace\"", "application/vnd.citationstyles.csl+json")]
    [InlineData("/paper/2603.00001.bib", "eprint = {2603.00001}", "application/x-bibtex")]
    [InlineData("/papers/2026-03-03.bib", "First among papers", "application/x-bibtex")]
    [InlineData("/papers/2026-03-03.json", "First among papers", "application/vnd.citationstyles.csl+json")]
    [InlineData("/topics/reasoning.ris", "TI  - First among papers", "application/x-research-info-systems")]
    [InlineData("/search.bib?q=papers", "First among papers", "application/x-bibtex")]
    [InlineData("/search.json?q=papers", "First among papers", "application/vnd.citationstyles.csl+json")]
    public async Task Papers_and_lists_are_cited_under_their_own_addresses(string path, string content, string type)
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("First among papers");
        await site.Database.ExecuteAsync(
            """
            update papers set arxiv_id = '2603.00001' where id = @paper;
            insert into topic_matches (query_id, paper_id, relevance) select query_id, @paper, 0.5 from topics where slug = 'reasoning';
            """,
            new { paper }, default);

        var answer = await site.Browser.GetAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, path, paper));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(content);
    }

    [Fact]
    public async Task The_address_of_a_paper_that_was_merged_leads_to_the_one_that_stayed()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("The one that stayed");
        await site.Database.ExecuteAsync("insert into merged_papers (merged_id, paper_id, merged_at) values (987654, @paper, now())", new { paper }, default);

        var moved = await site.Browser.GetAsync("/paper/987654");
        moved.StatusCode.ShouldBe(HttpStatusCode.MovedPermanently);
        var page = await ParseAsync(site, moved.Headers.Location!.ToString());
        var cited = await site.Browser.GetStringAsync("/paper/987654.bib");
        var data = await site.Browser.GetStringAsync("/api/v1/papers/987654");

        page.QuerySelector("h1")!.TextContent.ShouldBe("The one that stayed");
        cited.ShouldContain("The one that stayed");
        data.ShouldContain($"\"id\":{paper}");
        page.QuerySelectorAll("a[href^='/paper/']").Select(link => link.GetAttribute("href")!.Split('.')[^1]).ShouldBe(["bib", "ris", "json"]);
    }

    [Fact]
    public async Task Every_page_loads_nothing_from_elsewhere_sets_no_cookie_and_allows_no_inline_code()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("A paper");
        foreach (var path in (string[])["/", "/papers", "/papers/2026-03-03", $"/paper/{paper}", "/topics", "/topics/reasoning", "/trending/week", "/search?q=paper", "/nothing"])
        {
            var answer = await site.Browser.GetAsync(path);
            answer.Headers.Contains("Set-Cookie").ShouldBeFalse(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("default-src 'none'");
            policy.ShouldNotContain("unsafe");
            answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
            var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
            page.QuerySelectorAll("link[rel=stylesheet], script, img").Select(part => part.GetAttribute("href") ?? part.GetAttribute("src"))
                .ShouldAllBe(source => source != null && source.StartsWith("/assets/", StringComparison.Ordinal), path);
            page.QuerySelectorAll("[style], style, [onclick], [onload]").ShouldBeEmpty(path);
            page.QuerySelectorAll("h1").Length.ShouldBe(1, path);
            page.DocumentElement.GetAttribute("lang").ShouldBe("en");
        }
    }

    [Fact]
    public async Task Trending_fades_faster_by_day_than_by_month_and_leaves_out_what_was_withdrawn()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Big last week", new LocalDate(2026, 2, 24), 300);
        await site.AddPaperAsync("Some today", upvotes: 40);
        await site.AddPaperAsync("Fewer today", upvotes: 5);
        var withdrawn = await site.AddPaperAsync("Withdrawn", upvotes: 900);
        await site.Database.ExecuteAsync("update papers set withdrawn_at = now() where id = @withdrawn", new { withdrawn }, default);

        (await TitlesAsync("/trending/day")).ShouldBe(["Some today", "Fewer today"]);
        (await TitlesAsync("/trending/week")).ShouldBe(["Some today", "Big last week", "Fewer today"]);
        (await TitlesAsync("/trending/month")).ShouldBe(["Big last week", "Some today", "Fewer today"]);
        (await site.Browser.GetStringAsync("/api/v1/trending/month?limit=1")).ShouldContain("Big last week");

        async Task<IEnumerable<string>> TitlesAsync(string path) =>
            (await ParseAsync(site, path)).QuerySelectorAll(".papers h2").Select(title => title.TextContent);
    }

    [Fact]
    public async Task Titles_abstracts_and_links_of_the_worst_kind_are_shown_as_text()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync(Hostile, text: Hostile + "\u202e\u0007", url: "javascript:alert(3)");

        foreach (var path in (string[])["/", "/papers/2026-03-03", $"/paper/{paper}", "/search?q=script", "/search?q=" + Uri.EscapeDataString(Hostile)])
        {
            var html = await (await site.Browser.GetAsync(path)).Content.ReadAsStringAsync();
            html.ShouldNotContain("<script>alert", Case.Insensitive, path);
            html.ShouldNotContain("<img", Case.Insensitive, path);
            html.ShouldNotContain("javascript:", Case.Insensitive, path);
        }

        (await ParseAsync(site, $"/paper/{paper}")).QuerySelector("h1")!.TextContent.ShouldBe(Hostile);
    }

    [Fact]
    public async Task What_cannot_be_answered_is_said_on_a_page_in_the_same_hand()
    {
        (string Path, int Status)[] expected =
        [
            ("/papers/2026-13-01", 404),
            ("/papers/yesterday", 404),
            ("/papers/0000-00-00", 404),
            ("/papers?until=soon", 400),
            ("/papers/2026-03-03?page=x", 400),
            ("/paper/0", 404),
            ("/paper/99999999999999999999", 404),
            ("/paper/2512.09363", 404),
            ("/topics/%2e%2e%2fetc", 404),
            ("/topics/no-such-topic", 404),
            ("/trending/year", 404),
            ("/topics/no-such-topic/feed.atom", 404),
            ("/search?q=%22open", 400),
            ("/preferences/abc", 404),
            ("/confirm/%F0%9F%98%80", 404),
            ("/unsubscribe/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 404),
            ("/digests/abc", 404),
            ("/nothing/here", 404),
        ];
        await using var site = await Site.OpenAsync(apps);
        foreach (var (path, status) in expected)
        {
            var answer = await site.Browser.GetAsync(path);

            ((int)answer.StatusCode).ShouldBe(status, path);
            var html = await answer.Content.ReadAsStringAsync();
            html.ShouldContain("class=\"masthead\"", customMessage: path);
            html.ShouldNotContain("Exception", customMessage: path);
            html.ShouldNotContain("   at ", customMessage: path);
        }
    }

    [Fact]
    public async Task A_huge_form_is_refused_without_being_stored()
    {
        await using var site = await Site.OpenAsync(apps);
        var many = Enumerable.Range(0, 5_000).Select(i => ("topics", $"t{i}")).ToArray();

        var tooMany = await site.SignUpAsync("ada@mail.example", many);
        var tooLong = await site.SignUpAsync("ada@mail.example", ("query", new string('x', 100_000)));
        var tooBig = await AnswerToHeadersAsync(site, "POST /subscribe HTTP/1.1", "Host: digest.example", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 2097152");

        tooMany.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        tooLong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        tooBig.ShouldStartWith("HTTP/1.1 413 ");
        (await site.ColumnAsync("ada@mail.example", "state")).ShouldBeNull();
    }

    [Fact]
    public async Task A_public_page_that_has_not_changed_is_not_sent_again()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A paper");
        foreach (var path in (string[])["/", "/papers/2026-03-03", "/feed.atom"])
        {
            var first = await site.Browser.GetAsync(path);
            first.Headers.CacheControl!.Public.ShouldBeTrue();

            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag.ShouldNotBeNull());
            (await site.Browser.SendAsync(again)).StatusCode.ShouldBe(HttpStatusCode.NotModified, path);
        }

        var tag = (await site.Browser.GetAsync("/")).Headers.ETag!;
        await site.AddPaperAsync("Another");
        using var changed = new HttpRequestMessage(HttpMethod.Get, "/");
        changed.Headers.IfNoneMatch.Add(tag);
        (await site.Browser.SendAsync(changed)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_feed_is_well_formed_whatever_a_paper_holds()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync(Hostile, text: "form feed \f, escape \u001b, emoji 😀, non-character \uffff", url: "https://papers.example/1");

        var feed = XDocument.Parse(await site.Browser.GetStringAsync("/feed.atom"));

        XNamespace atom = "http://www.w3.org/2005/Atom";
        var entry = feed.Root!.Element(atom + "entry")!;
        entry.Element(atom + "title")!.Value.ShouldBe(Hostile);
        entry.Element(atom + "id")!.Value.ShouldBe($"https://digest.example/paper/{paper}");
        entry.Element(atom + "summary")!.Value.ShouldContain("😀");
        feed.Root.Element(atom + "updated")!.Value.ShouldBe("2026-03-03T00:00:00Z");

        await site.Database.ExecuteAsync("update papers set authors = array(select 'Somebody of the Collaboration ' || n from generate_series(1, 3000) n)", null, default);
        await site.AddPaperAsync("Behind a collaboration's");
        var entries = XDocument.Parse(await site.Browser.GetStringAsync("/feed.atom")).Root!.Elements(atom + "entry").ToList();
        entries.Count.ShouldBe(2);
        entries[0].Elements(atom + "author").Select(author => author.Value).ShouldBe([.. Enumerable.Range(1, 20).Select(n => $"Somebody of the Collaboration {n}"), "et al."]);
    }

    [Fact]
    public async Task A_day_on_which_known_papers_were_listed_again_is_between_its_neighbours_and_tomorrow_is_not_shown()
    {
        await using var site = await Site.OpenAsync(apps);
        var again = await site.AddPaperAsync("Listed again", new LocalDate(2026, 2, 27));
        await site.AddPaperAsync("Of today");
        await site.AddPaperAsync("Of tomorrow", new LocalDate(2026, 3, 5));
        await site.Database.ExecuteAsync(
            """
            insert into listings (source, listed_on, imported_at) values ('huggingface', '2026-03-01', now()), ('huggingface', '2026-03-02', now());
            insert into listing_entries (listing_id, paper_id, position, observed_at) select id, @again, 1, now() from listings where listed_on = '2026-03-01';
            """,
            new { again }, default);

        (await DaysAsync("/papers/2026-03-03")).ShouldBe(["/papers/2026-03-01"]);
        (await DaysAsync("/papers/2026-03-01")).ShouldBe(["/papers/2026-02-27", "/papers/2026-03-03"]);
        (await DaysAsync("/papers/2026-02-27")).ShouldBe(["/papers/2026-03-01"]);
        (await DaysAsync("/papers?until=2026-06-01")).ShouldBe(["/papers/2026-03-03", "/papers/2026-03-01", "/papers/2026-02-27"]);
        (await site.Browser.GetStringAsync("/papers/2026-03-05")).ShouldNotContain("Of tomorrow");
        (await site.Browser.GetStringAsync("/papers/2026-03-05.bib")).ShouldNotContain("Of tomorrow");
        (await site.Browser.GetStringAsync("/api/v1/papers?listed_on=2026-03-05")).ShouldNotContain("Of tomorrow");

        async Task<IEnumerable<string>> DaysAsync(string path) =>
            (await ParseAsync(site, path)).QuerySelectorAll("main a[href^='/papers/']").Select(link => link.GetAttribute("href")!).Distinct();
    }

    [Theory]
    [InlineData("2603.00001", "/paper/2603.00001v3")]
    [InlineData("2603.00001", "/paper/arXiv:2603.00001")]
    [InlineData("math/0309136", "/paper/math/0309136")]
    [InlineData("math/0309136", "/paper/math.GT/0309136v2")]
    [InlineData("math/0309136", "/paper/math%2F0309136")]
    public async Task An_arXiv_id_leads_to_its_paper_however_it_is_written(string arxivId, string path)
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Of arXiv");
        await site.Database.ExecuteAsync("update papers set arxiv_id = @arxivId where id = @paper", new { arxivId, paper }, default);

        (await site.Browser.GetAsync(path)).Headers.Location!.ToString().ShouldBe($"/paper/{paper}");
        (await site.Browser.GetStringAsync(path + ".bib")).ShouldContain($"eprint = {{{arxivId}}}");
        (await site.Browser.GetAsync(path.Replace("00001", "00002", StringComparison.Ordinal).Replace("0309136", "0309137", StringComparison.Ordinal))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_feed_of_a_search_holds_its_latest_papers_and_not_its_closest()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.Database.ExecuteAsync(
            """
            insert into papers (title, original_title, abstract, authors, categories, first_listed_on, upvotes, created_at, updated_at)
            select title, title, 'Lattice widgets and lattice widgets again.', array['Author ' || n], '{cs.GR}', date '2026-02-01' - n, 0, now(), now()
            from (select n, 'Lattice widgets ' || n as title from generate_series(1, 70) n) numbered
            """,
            null, default);
        await site.AddPaperAsync("Of something else", text: "It mentions lattice structures, in passing, beside many other things, and widgets too.");
        await site.AddPaperAsync("Without the words");
        XNamespace atom = "http://www.w3.org/2005/Atom";

        foreach (var text in (string[])["lattice widgets", "lattice AND (widgets OR gadgets)", "lattice widgets -nothing"])
        {
            var titles = (await EntriesAsync(text)).ToList();
            titles.Count.ShouldBe(60, text);
            titles[..2].ShouldBe(["Of something else", "Lattice widgets 1"], text);
        }

        (await EntriesAsync("Lattice widgets 70")).ShouldBe(["Lattice widgets 70"]);
        (await EntriesAsync("lattice widgets that nobody has")).ShouldNotBeEmpty();
        (await site.Browser.GetAsync("/search.atom?q=%28")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        async Task<IEnumerable<string>> EntriesAsync(string text) =>
            XDocument.Parse(await site.Browser.GetStringAsync("/search.atom?q=" + Uri.EscapeDataString(text))).Root!.Elements(atom + "entry").Select(entry => entry.Element(atom + "title")!.Value);
    }

    [Fact]
    public async Task A_topics_page_and_feed_hold_its_papers()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Chain-of-thought reasoning, revisited", text: "On chain-of-thought prompting.");
        await site.AddPaperAsync("Something else");
        await site.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(CancellationToken.None);

        (await ParseAsync(site, "/topics/reasoning")).QuerySelectorAll(".papers h2").ShouldHaveSingleItem().TextContent
            .ShouldBe("Chain-of-thought reasoning, revisited");
        (await site.Browser.GetStringAsync("/topics/reasoning/feed.atom")).ShouldContain("Chain-of-thought reasoning, revisited");
        (await ParseAsync(site, "/search?q=%22chain-of-thought%22")).QuerySelectorAll(".papers h2").Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_category_has_a_page_that_papers_lead_to_and_that_leads_to_a_subscription()
    {
        await using var site = await Site.OpenAsync(apps);
        var older = await site.AddPaperAsync("Older", new LocalDate(2026, 3, 1));
        var newer = await site.AddPaperAsync("Newer");
        await site.AddPaperAsync("Of another kind");
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG,stat.ML}' where id = any(@ids)", new { ids = new[] { older, newer } }, default);

        (await ParseAsync(site, $"/paper/{newer}")).QuerySelectorAll("a[href='/category/cs.LG']").ShouldHaveSingleItem();
        var page = await ParseAsync(site, "/category/cs.LG");
        page.QuerySelectorAll(".papers h2").Select(title => title.TextContent).ShouldBe(["Newer", "Older"]);
        var signUp = await ParseAsync(site, page.QuerySelector("a.button")!.GetAttribute("href")!);
        signUp.QuerySelector("#query")!.GetAttribute("value").ShouldBe("cat:cs.LG");
        foreach (var none in (string[])["cs.XX", "cs.lg", "cs", "%27", "a%20b", "cs.LG%00", "%3Cscript%3E", new string('x', 100), "🙂"])
            (await site.Browser.GetAsync("/category/" + none)).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_papers_page_plots_its_upvotes_by_day_and_signs_up_for_its_like_with_one_field()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning, revisited", text: "On chain-of-thought prompting.");
        await site.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(CancellationToken.None);
        await site.Database.ExecuteAsync(
            "insert into votes values (@paper, '2026-03-01T10:00Z', 2), (@paper, '2026-03-01T20:00Z', 5), (@paper, '2026-03-03T01:00Z', 10)", new { paper }, default);

        var page = await ParseAsync(site, $"/paper/{paper}");
        var form = page.QuerySelectorAll("form[action='/subscribe']").ShouldHaveSingleItem();
        var hidden = form.QuerySelectorAll("input[type=hidden]").Select(field => (field.GetAttribute("name")!, field.GetAttribute("value")!)).ToArray();
        await site.SignUpAsync("ada@mail.example", hidden);

        page.QuerySelector("svg")!.GetAttribute("aria-label").ShouldBe("From 5 upvotes on 1 Mar 2026 to 10 on 3 Mar 2026");
        page.QuerySelector("polyline")!.GetAttribute("points").ShouldBe("2,30 238,2");
        form.QuerySelectorAll("input[type=email]").Length.ShouldBe(1);
        hidden.ShouldContain(("topics", "reasoning"));
        (await site.CountMailsAsync("ada@mail.example", "confirmation")).ShouldBe(1);
        page.QuerySelector("meta[property='og:title']")!.GetAttribute("content").ShouldBe("Chain-of-thought reasoning, revisited");
        page.QuerySelector("meta[property='og:url']")!.GetAttribute("content").ShouldBe($"https://digest.example/paper/{paper}");
    }

    [Fact]
    public async Task A_papers_page_says_when_it_was_published_and_leads_to_its_first_and_its_latest_version()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning");
        await site.Database.ExecuteAsync("update papers set arxiv_id = '2602.01234', published_at = '2026-02-27T18:00Z'", null, default);

        var facts = (await ParseAsync(site, $"/paper/{paper}")).QuerySelector("dl.facts")!;

        facts.TextContent.ShouldContain("27 February 2026");
        facts.QuerySelectorAll("a[href^='https://arxiv.org/']").Select(link => $"{link.TextContent} {link.GetAttribute("href")}")
            .ShouldBe(["first version https://arxiv.org/abs/2602.01234v1", "latest version https://arxiv.org/abs/2602.01234"]);
    }

    [Fact]
    public async Task Robots_find_the_map_of_the_site_and_every_address_on_it_answers()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A paper");
        await site.AddPaperAsync("Tomorrow", new LocalDate(2026, 3, 5));

        (await site.Browser.GetStringAsync("/robots.txt")).ShouldContain("\nSitemap: https://digest.example/sitemap.xml\n");
        var map = XDocument.Parse(await site.Browser.GetStringAsync("/sitemap.xml"));
        var addresses = map.Descendants().Where(element => element.Name.LocalName == "loc").Select(element => element.Value).ToList();

        addresses.ShouldAllBe(address => address.StartsWith("https://digest.example/", StringComparison.Ordinal));
        addresses.ShouldContain("https://digest.example/papers/2026-03-03");
        addresses.ShouldNotContain("https://digest.example/papers/2026-03-05");
        addresses.Count.ShouldBe(addresses.Distinct(StringComparer.Ordinal).Count());
        foreach (var address in addresses)
            (await site.Browser.GetAsync(address["https://digest.example".Length..])).StatusCode.ShouldBe(HttpStatusCode.OK, address);
    }

    [Fact]
    public void The_map_of_a_large_archive_has_no_more_addresses_than_its_format_allows()
    {
        var day = new LocalDate(2026, 3, 3);
        var papers = Enumerable.Range(0, Sitemap.MostAddresses).Select(i => new SitemapPaper { Id = i, Day = day.PlusDays(-i) }).ToList();

        var map = XDocument.Parse(System.Text.Encoding.UTF8.GetString(Sitemap.Map(new SiteOptions(), [], papers)));

        map.Root!.Elements().Count().ShouldBe(Sitemap.MostAddresses);
    }

    [Fact]
    public async Task What_is_typed_from_right_to_left_is_written_so()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example");
        var left = SubscribingTests.UnsubscribePath(await site.Browser.GetStringAsync(preferences));
        foreach (var path in (string[])["/", "/search", preferences, preferences + "/start", left])
        {
            if (path == left)
                await site.PostAsync(left);
            var page = await ParseAsync(site, path);

            page.QuerySelectorAll("input[type=text]:not([name=website]):not([dir=auto]), input[type=search]:not([dir=auto]):not(#find), textarea:not([dir=auto])")
                .Select(field => field.OuterHtml).ShouldBeEmpty(path);
        }
    }

    [Fact]
    public async Task No_heading_is_skipped_on_any_page()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning");
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG}'", null, default);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        foreach (var path in (string[])["/", "/papers", "/papers/2026-03-03", $"/paper/{paper}", "/category/cs.LG", "/topics", "/topics/reasoning", "/trending/week", "/search?q=reasoning", "/manage", preferences, "/nothing"])
        {
            var page = await new HtmlParser().ParseDocumentAsync(await (await site.Browser.GetAsync(path)).Content.ReadAsStringAsync());
            var levels = page.QuerySelectorAll("main h1, main h2, main h3, main h4").Select(heading => heading.LocalName[1] - '0').ToList();
            levels.Count(level => level == 1).ShouldBe(1, path);
            levels.Zip(levels.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1, path);
        }
    }

    [Fact]
    public async Task Style_and_script_are_kept_for_ever_under_names_that_change_with_them()
    {
        await using var site = await Site.OpenAsync(apps);
        var page = await ParseAsync(site, "/");
        var sheet = page.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;

        var answer = await site.Browser.GetAsync(sheet);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/css");
        answer.Headers.CacheControl!.ToString().ShouldContain("immutable");
        sheet.ShouldMatch("^/assets/site-[0-9a-f]{12}\\.css$");
    }

    /// <summary>The first line of what the site answers to a request of which it gets the headers alone.</summary>
    private static async Task<string?> AnswerToHeadersAsync(Site site, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(site.Browser.BaseAddress!.Host, site.Browser.BaseAddress.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
        using var answer = new StreamReader(client.GetStream());
        return await answer.ReadLineAsync();
    }

    private static async Task<AngleSharp.Html.Dom.IHtmlDocument> ParseAsync(Site site, string path) =>
        await new HtmlParser().ParseDocumentAsync(await site.Browser.GetStringAsync(path));
}
