using System.Net;
using DigestService.Platform;
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
    public async Task Voided_links_open_nothing_and_the_new_one_does()
    {
        await using var site = await Site.OpenAsync(apps);
        var old = await site.SubscribeAsync(Ada);
        var leave = SubscribingTests.UnsubscribePath(await site.Browser.GetStringAsync(old));

        var renewed = (await site.PostAsync(old, ("action", "void"))).Headers.Location!.OriginalString;

        (await site.Browser.GetAsync(old)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.PostAsync(leave)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await site.Browser.GetAsync(renewed)).StatusCode.ShouldBe(HttpStatusCode.OK);
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
                text, $$"""\{{{parameter.Name}}[^}]*\}""", value, System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
        }

        return text;
    }
}
