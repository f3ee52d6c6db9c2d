using System.Net;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using Microsoft.AspNetCore.Routing;

namespace DigestService.Tests.Journeys;

public sealed class LinkTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    private static readonly Dictionary<LinkPurpose, string> Pages = new()
    {
        [LinkPurpose.Confirm] = "/confirm/{0}",
        [LinkPurpose.Preferences] = "/preferences/{0}",
        [LinkPurpose.Unsubscribe] = "/unsubscribe/{0}",
        [LinkPurpose.Feedback] = "/feedback/{0}/like",
        [LinkPurpose.Digest] = "/digests/{0}",
        [LinkPurpose.Saved] = "/saved/{0}",
        [LinkPurpose.Address] = "/address/{0}",
    };

    [Fact]
    public async Task A_link_for_one_purpose_opens_no_other()
    {
        await using var site = await Site.OpenAsync(apps);
        var reader = await ReaderAsync(site);
        var paper = await site.AddPaperAsync("A paper");
        var signer = site.Service<LinkSigner>();
        foreach (var purpose in Enum.GetValues<LinkPurpose>())
        {
            var token = signer.Sign(purpose, reader.Id, purpose is LinkPurpose.Feedback ? paper : reader.LinkVersion);
            foreach (var (page, pattern) in Pages.Where(page => page.Key != purpose))
            {
                var path = string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, token);
                (await site.Browser.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, $"GET {page} with {purpose}");
                if (page is not LinkPurpose.Digest)
                    (await site.PostAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, $"POST {page} with {purpose}");
            }
        }

        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    [Fact]
    public async Task A_link_works_with_what_stands_behind_it_in_a_sentence()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        var leaving = LeavingPath(site, await ReaderAsync(site));
        await site.SignUpAsync("new@mail.example");
        var confirming = await site.LinkInMailAsync("new@mail.example", "confirm");
        var saved = $"/saved/{site.Service<LinkSigner>().Sign(LinkPurpose.Saved, (await ReaderAsync(site)).Id)}.atom";

        foreach (var ending in (string[])[".", ",", "%20", "%3E", ").", "%C2%A0%E2%80%9D", "/,", "%0A"])
        {
            foreach (var path in (string[])[leaving, confirming, saved, "/saved/x"])
                (await site.Browser.GetAsync(path + ending)).StatusCode.ShouldBe(path == "/saved/x" ? HttpStatusCode.NotFound : HttpStatusCode.OK, path + ending);
        }

        (await site.PostAsync(leaving + "%3E.", ("List-Unsubscribe", "One-Click"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
        (await site.PostAsync(confirming + "%3E.")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Voided_links_open_nothing_but_the_way_out_and_the_new_ones_open_everything()
    {
        await using var site = await Site.OpenAsync(apps);
        var old = await site.SubscribeAsync(Ada);
        var before = await ReaderAsync(site);
        var paper = await site.AddPaperAsync("A paper");
        await site.Database.ExecuteAsync(Digest, new { paper }, CancellationToken.None);

        var renewed = (await site.PostAsync(old, ("action", "void"))).Headers.Location!.OriginalString.Split('?')[0];

        var after = await ReaderAsync(site);
        foreach (var (reader, status) in new[] { (before, HttpStatusCode.NotFound), (after, HttpStatusCode.OK) })
        {
            foreach (var path in OwnPages(site, reader, paper))
                (await site.Browser.GetAsync(path)).StatusCode.ShouldBe(status, path);
        }

        (await site.PostAsync(OwnPages(site, before, paper)[3])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await VerdictsAsync(site)).ShouldBeEmpty();
        (await site.Browser.GetAsync(old)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetAsync(renewed)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.PostAsync(LeavingPath(site, before))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
    }

    [Theory]
    [InlineData("/unsubscribe/")]
    [InlineData("/api/v1/unsubscribe/")]
    public async Task A_link_to_leave_from_any_mail_ever_sent_ends_the_present_subscription(string page)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        var link = LeavingPath(site, await ReaderAsync(site)).Replace("/unsubscribe/", page, StringComparison.Ordinal);
        for (var year = 1; year <= 3; year++)
        {
            (await site.PostAsync(link, ("List-Unsubscribe", "One-Click"))).IsSuccessStatusCode.ShouldBeTrue();
            (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed", $"year {year}");
            site.Clock.Advance(NodaTime.Duration.FromDays(400));
            var preferences = await site.SubscribeAsync(Ada);
            await site.PostAsync(preferences, ("action", "void"));
        }

        // Erased and come back, the reader has another row; whoever was erased and is not back has left.
        await EraseAsync(site);
        (await site.PostAsync(link)).IsSuccessStatusCode.ShouldBeTrue();
        site.Clock.Advance(NodaTime.Duration.FromDays(2));
        await site.SubscribeAsync(Ada);
        await EraseAsync(site);
        await site.SubscribeAsync(Ada);
        (await site.PostAsync(link)).IsSuccessStatusCode.ShouldBeTrue();
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
    }

    [Fact]
    public async Task The_page_of_a_link_to_leave_leads_to_no_settings()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);

        var page = await site.Browser.GetStringAsync(LeavingPath(site, await ReaderAsync(site)));

        page.ShouldContain("<button>Unsubscribe</button>");
        page.ShouldNotContain("/preferences/");
    }

    private const string Digest = """
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at, papers, scores)
        select id, '2026-03-04', now(), 'queued', now(), now(), array[@paper], array[1] from subscribers
        """;

    private static string LeavingPath(Site site, Subscriber reader) =>
        "/unsubscribe/" + site.Service<LinkSigner>().Sign(LinkPurpose.Unsubscribe, reader.Id, reader.LinkVersion);

    private static string[] OwnPages(Site site, Subscriber reader, long paper)
    {
        var signer = site.Service<LinkSigner>();
        var preferences = signer.Sign(LinkPurpose.Preferences, reader.Id, reader.LinkVersion);
        return
        [
            $"/preferences/{preferences}", $"/preferences/{preferences}/data.json", $"/api/v1/preferences/{preferences}",
            $"/feedback/{signer.Sign(LinkPurpose.Feedback, reader.Id, paper, generation: reader.LinkVersion)}/like",
            $"/digests/{signer.Sign(LinkPurpose.Digest, reader.Id, 20260304, generation: reader.LinkVersion)}",
            $"/saved/{signer.Sign(LinkPurpose.Saved, reader.Id, generation: reader.LinkVersion)}",
            $"/saved/{signer.Sign(LinkPurpose.Saved, reader.Id, generation: reader.LinkVersion)}.atom",
            $"/saved/{signer.Sign(LinkPurpose.Saved, reader.Id, generation: reader.LinkVersion)}.bib",
            $"/saved/{signer.Sign(LinkPurpose.Saved, reader.Id, generation: reader.LinkVersion)}.ris",
            $"/preferences/{preferences}/start",
        ];
    }

    private static async Task ImportAsync(Site site, string line)
    {
        var file = Path.Combine(TestDirectory.Create("papers"), "one.jsonl");
        await File.WriteAllTextAsync(file, line);
        await site.Service<PaperImport>().ImportAsync(ImportInput.FromPaths([file], null, null, site.Clock.Now), progress: null, CancellationToken.None);
    }

    private static async Task EraseAsync(Site site)
    {
        DigestService.Mail.EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        (await site.Service<Erasure>().EraseAsync(address, CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Looking_never_changes_anything_wherever_one_looks()
    {
        await using var site = await Site.OpenAsync(apps);
        var reader = await ReaderAsync(site);
        await site.SignUpAsync("pending@mail.example");
        var waiting = await site.LinkInMailAsync("pending@mail.example", "confirm");
        var paper = await site.AddPaperAsync("A paper");
        var signer = site.Service<LinkSigner>();
        var before = await site.EverythingAsync();

        var looked = 0;
        foreach (var route in site.Routes)
        {
            var path = Fill(route, paper, signer, reader);
            foreach (var query in (string[])["", "?action=save&topics=reasoning&email=eve@mail.example&done=saved&q=agents"])
            {
                foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
                {
                    using var request = new HttpRequestMessage(method, path + query);
                    var answer = await site.Browser.SendAsync(request);
                    ((int)answer.StatusCode).ShouldBeLessThan(500, $"{method} {path}{query}");
                    looked++;
                }
            }
        }

        await site.Browser.GetAsync(waiting);
        looked.ShouldBeGreaterThan(60);
        (await site.EverythingAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Feedback_is_recorded_by_the_button_and_taken_back_on_the_preferences_page()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var reader = await ReaderAsync(site);
        var paper = await site.AddPaperAsync("Pruning <b>trees</b>");
        var token = site.Service<LinkSigner>().Sign(LinkPurpose.Feedback, reader.Id, paper);

        (await site.Browser.GetStringAsync($"/feedback/{token}/like")).ShouldContain("<button>More like this</button>");
        (await VerdictsAsync(site)).ShouldBeEmpty();
        foreach (var kind in (string[])["like", "like", "save"])
            (await site.PostAsync($"/feedback/{token}/{kind}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await VerdictsAsync(site)).ShouldBe(["like", "save"]);
        await site.PostAsync($"/feedback/{token}/less");
        (await VerdictsAsync(site)).ShouldBe(["less", "save"]);
        (await site.PostAsync($"/feedback/{token}/hate")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await site.Browser.GetStringAsync(preferences)).ShouldContain("Pruning &lt;b&gt;trees&lt;/b&gt;");
        await site.PostAsync(preferences, ("action", "forget"), ("paper", paper.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("kind", "less"));
        (await VerdictsAsync(site)).ShouldBe(["save"]);
        await site.PostAsync(preferences, ("action", "reset"));
        (await VerdictsAsync(site)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_feedback_links_of_a_paper_that_was_merged_judge_the_one_that_stayed()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        var reader = await ReaderAsync(site);
        await ImportAsync(site, """{"title":"A Preprint Title","authors":["A. One"],"doi":"10.1000/xyz","listed_on":"2026-03-01"}""");
        await ImportAsync(site, """{"id":"2603.00001","title":"A Quite Different Title","authors":["A. One"],"listed_on":"2026-03-02"}""");
        var gone = await site.Database.QuerySingleOrDefaultAsync<long>("select id from papers where arxiv_id = '2603.00001'", null, CancellationToken.None);
        await site.Database.ExecuteAsync(Digest, new { paper = gone }, CancellationToken.None);
        await ImportAsync(site, """{"id":"2603.00001","doi":"10.1000/xyz","title":"A Quite Different Title","authors":["A. One"],"listed_on":"2026-03-02"}""");
        var stays = await site.Database.QuerySingleOrDefaultAsync<long>("select id from papers", null, CancellationToken.None);
        var signer = site.Service<LinkSigner>();
        string[] links =
        [
            $"/f/{signer.SignShort(LinkPurpose.Feedback, reader.Id, reader.LinkVersion)}/{gone}",
            $"/feedback/{signer.Sign(LinkPurpose.Feedback, reader.Id, gone)}",
        ];

        stays.ShouldNotBe(gone);
        foreach (var (link, kind) in links.Zip(["like", "save"]))
        {
            (await site.Browser.GetStringAsync($"{link}/{kind}")).ShouldContain($"/{stays}/");
            (await site.PostAsync($"{link}/{kind}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await site.PostAsync($"/api/v1{links[0]}/less")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await VerdictsAsync(site)).ShouldBe(["less", "save"]);
        (await site.Database.QueryAsync<long>("select distinct paper_id from feedback", null, CancellationToken.None)).ShouldBe([stays]);
    }

    [Fact]
    public async Task A_short_link_judges_the_paper_it_names_for_the_reader_it_was_made_for()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        var reader = await ReaderAsync(site);
        var paper = await site.AddPaperAsync("A paper");
        var signer = site.Service<LinkSigner>();
        var token = signer.SignShort(LinkPurpose.Feedback, reader.Id, reader.LinkVersion);
        string[] wrong =
        [
            $"/f/{signer.SignShort(LinkPurpose.Feedback, reader.Id + 1, reader.LinkVersion)}/{paper}/like",
            $"/f/{signer.SignShort(LinkPurpose.Feedback, reader.Id, reader.LinkVersion + 1)}/{paper}/like",
            $"/f/{signer.SignShort(LinkPurpose.Preferences, reader.Id, reader.LinkVersion)}/{paper}/like",
            $"/f/{signer.Sign(LinkPurpose.Feedback, reader.Id, paper)}/{paper}/like",
            $"/f/{token[..^1]}{(token[^1] == 'A' ? 'B' : 'A')}/{paper}/like",
            $"/f/{token[..^1]}/{paper}/like", $"/f/{token}/{paper + 1}/like", $"/f/{token}/x/like", $"/f/{token}/{paper}/hate",
            $"/feedback/{token}/like", $"/preferences/{token}", $"/unsubscribe/{token}", $"/digests/{token}",
        ];

        (await site.Browser.GetStringAsync($"/f/{token}/{paper}/like")).ShouldContain($"action=\"/f/{token}/{paper}/like\"");
        foreach (var path in wrong)
        {
            (await site.Browser.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            if (!path.StartsWith("/digests/", StringComparison.Ordinal))
                (await site.PostAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await VerdictsAsync(site)).ShouldBeEmpty();
        (await site.PostAsync($"/f/{token}/{paper}/like")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.PostAsync($"/api/v1/f/{token}/{paper}/save")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await VerdictsAsync(site)).ShouldBe(["like", "save"]);
    }

    private static Task<IReadOnlyList<string>> VerdictsAsync(Site site) =>
        site.Database.QueryAsync<string>("select kind from feedback order by kind", null, CancellationToken.None);

    private static async Task<Subscriber> ReaderAsync(Site site)
    {
        if (await site.ColumnAsync(Ada, "state") is null)
            await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        return (await site.Database.QuerySingleOrDefaultAsync<Subscriber>(
            SubscriberQueries.FindByAddress, new { addressKey = Ada }, CancellationToken.None))!;
    }

    // A real token of the right purpose wherever a route wants one: what could change something, would.
    private static string Fill(RouteEndpoint route, long paper, LinkSigner signer, Subscriber reader)
    {
        var text = "/" + route.RoutePattern.RawText!.TrimStart('/');
        var purpose = Pages.Keys.FirstOrDefault(
            purpose => text.Contains(Pages[purpose].Split('/')[1] + "/", StringComparison.Ordinal), LinkPurpose.Preferences);
        var token = signer.Sign(purpose, reader.Id, purpose is LinkPurpose.Feedback ? paper : reader.LinkVersion);
        foreach (var parameter in route.RoutePattern.Parameters)
        {
            var value = parameter.Name switch
            {
                "token" => token,
                "date" => "2026-03-03",
                "slug" => "reasoning",
                "kind" => "like",
                "documentName" => "v1",
                _ => paper.ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
            text = System.Text.RegularExpressions.Regex.Replace(
                text, $$"""\{{{parameter.Name}}[^}]*\}""", value);
        }

        return text;
    }
}
