using System.Net;
using DigestService.Platform;

namespace DigestService.Tests.Journeys;

/// <summary>Saved papers behind a link of their own, and the page that a button of a mail leads to.</summary>
public sealed class SavedPapersTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    private const string Digest = """
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at, papers, scores)
        select id, @day, now(), 'queued', now(), now(), @papers, array_fill(1, array[cardinality(@papers)]) from subscribers
        """;

    [Fact]
    public async Task A_button_in_a_mail_leads_to_a_page_that_does_it_and_offers_the_same_for_the_rest_of_the_digest()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var papers = new List<long>();
        foreach (var title in (string[])["Earlier", "First", "Second <i>one</i>", "Third"])
            papers.Add(await site.AddPaperAsync(title));
        await site.Database.ExecuteAsync(Digest, new { day = new NodaTime.LocalDate(2026, 3, 3), papers = papers.Take(2).ToArray() }, CancellationToken.None);
        await site.Database.ExecuteAsync(Digest, new { day = new NodaTime.LocalDate(2026, 3, 4), papers = papers.Skip(1).ToArray() }, CancellationToken.None);
        var link = await LinkAsync(site, papers[1]);

        var asked = await site.Browser.GetStringAsync(link + "/save");
        var done = await (await site.PostAsync(link + "/save")).Content.ReadAsStringAsync();

        asked.ShouldContain("<button>Save</button>");
        foreach (var page in (string[])[asked, done])
        {
            page.ShouldContain("Second &lt;i&gt;one&lt;/i&gt;");
            page.ShouldContain("Third");
            page.ShouldNotContain("Earlier");
            page.ShouldContain(preferences);
        }

        done.ShouldContain("Saved");
        foreach (var paper in papers.Skip(2))
        {
            var other = await LinkAsync(site, paper);
            done.ShouldContain($"formaction=\"{other}/less\"");
            (await site.PostAsync(other + "/less")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await site.Database.QueryAsync<string>("select paper_id || kind from feedback order by 1", null, CancellationToken.None))
            .ShouldBe([$"{papers[1]}save", $"{papers[2]}less", $"{papers[3]}less"], ignoreOrder: true);
        WebUtility.HtmlDecode(await site.Browser.GetStringAsync(link + "/save")).ShouldContain("Less like this ✓");
    }

    [Fact]
    public async Task The_page_of_saved_papers_says_which_came_by_code_or_a_new_version_since_they_were_saved()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        foreach (var title in (string[])["Herons", "Storks", "Cranes"])
            await site.PostAsync(await LinkAsync(site, await site.AddPaperAsync(title)) + "/save");
        await site.Database.ExecuteAsync(
            """
            update papers set code_url = 'https://github.com/ada/birds', code_added_at = '2026-03-09 10:00Z', revised_at = '2026-03-10 10:00Z' where title = 'Herons';
            update papers set code_url = 'https://github.com/ada/birds', code_added_at = '2026-02-09 10:00Z', revised_at = '2026-03-11 10:00Z' where title = 'Storks';
            update papers set code_added_at = '2026-03-09 10:00Z', revised_at = '2026-02-10 10:00Z' where title = 'Cranes';
            """,
            null,
            CancellationToken.None);

        var html = WebUtility.HtmlDecode(await site.Browser.GetStringAsync(await SavedAsync(site)));

        html.ShouldContain("<p class=\"soft\">Code since 9 Mar 2026 · New version of 10 Mar 2026</p>");
        html.ShouldContain("<p class=\"soft\">New version of 11 Mar 2026</p>");
        System.Text.RegularExpressions.Regex.Count(html, "Code since|New version of").ShouldBe(3);
    }

    [Fact]
    public async Task Saved_papers_are_a_page_a_feed_and_files_for_reference_managers_the_latest_first()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        var papers = new List<long>();
        foreach (var title in (string[])["Older one", "Newer & <b>bolder</b>", "Only liked"])
        {
            papers.Add(await site.AddPaperAsync(title));
            await site.PostAsync(await LinkAsync(site, papers[^1]) + (title == "Only liked" ? "/like" : "/save"));
            site.Clock.Advance(NodaTime.Duration.FromHours(1));
        }

        var path = await SavedAsync(site);
        var page = await site.Browser.GetAsync(path);
        var html = await page.Content.ReadAsStringAsync();
        var feed = await site.Browser.GetAsync(path + ".atom");
        var entries = System.Xml.Linq.XDocument.Parse(await feed.Content.ReadAsStringAsync()).Descendants()
            .Where(element => element.Name.LocalName == "entry").Select(entry => entry.Elements().Single(element => element.Name.LocalName == "title").Value);

        html.IndexOf("Newer &amp; &lt;b&gt;bolder", StringComparison.Ordinal).ShouldBeInRange(1, html.IndexOf("Older one", StringComparison.Ordinal));
        html.ShouldNotContain("Only liked");
        html.ShouldNotContain("/preferences/");
        entries.ShouldBe(["Newer & <b>bolder</b>", "Older one"]);
        foreach (var answer in (HttpResponseMessage[])[page, feed, await site.Browser.GetAsync(path + ".bib"), await site.Browser.GetAsync(path + ".ris"), await site.Browser.GetAsync(path + ".json")])
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
            answer.Headers.GetValues("X-Robots-Tag").Single().ShouldContain("noindex");
            (await answer.Content.ReadAsStringAsync()).ShouldContain("Older one");
        }

        var removed = await site.PostAsync(path, ("paper", $"{papers[0]}"));
        removed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.Browser.GetStringAsync(path)).ShouldNotContain("Older one");
        (await site.PostAsync(path, ("paper", "x"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Voided_links_to_saved_papers_show_and_change_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var paper = await site.AddPaperAsync("A paper");
        await site.PostAsync(await LinkAsync(site, paper) + "/save");
        var path = await SavedAsync(site);
        (await site.Browser.GetStringAsync(preferences)).ShouldContain($"href=\"{path}\"");

        await site.PostAsync(preferences, ("action", "void"));

        foreach (var ending in (string[])["", ".atom", ".bib", ".ris", ".json"])
            (await site.Browser.GetAsync(path + ending)).StatusCode.ShouldBe(HttpStatusCode.NotFound, ending);
        (await site.PostAsync(path, ("paper", $"{paper}"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetStringAsync(await SavedAsync(site))).ShouldContain("A paper");
    }

    private static async Task<string> LinkAsync(Site site, long paper) =>
        $"/f/{site.Service<LinkSigner>().SignShort(LinkPurpose.Feedback, await IdAsync(site), await VersionAsync(site))}/{paper}";

    private static async Task<string> SavedAsync(Site site) =>
        "/saved/" + site.Service<LinkSigner>().Sign(LinkPurpose.Saved, await IdAsync(site), generation: await VersionAsync(site));

    private static async Task<long> IdAsync(Site site) => long.Parse((await site.ColumnAsync(Ada, "id"))!, null);

    private static async Task<int> VersionAsync(Site site) => int.Parse((await site.ColumnAsync(Ada, "link_version"))!, null);
}
