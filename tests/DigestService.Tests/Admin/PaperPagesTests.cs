using System.Net;
using System.Text.RegularExpressions;
using DigestService.Tests.Journeys;

namespace DigestService.Tests.Admin;

/// <summary>Papers added, corrected and hidden on the operator's pages.</summary>
public sealed partial class PaperPagesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task An_operator_adds_corrects_hides_and_puts_back_a_paper_and_adds_a_topic_and_signs_out()
    {
        await using var site = await OpenAsync();
        using var browser = await OperatorBrowser.SignInAsync(site);

        var added = await browser.PostFormAsync("/admin/papers/new", "/admin/papers/new", ("title", "Zebras & <b>stripes</b>"), ("abstract", "On stripes."), ("authors", "Ada Lovelace\r\nCharles Babbage\n"), ("listed-on", "2026-03-03"));
        added.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var page = added.Headers.Location!.ToString();
        (await site.Browser.GetStringAsync(page)).ShouldContain("Charles Babbage");
        var form = "/admin" + page.Replace("/paper/", "/papers/", StringComparison.Ordinal);
        (await browser.GetStringAsync("/admin/papers?q=zebras")).ShouldContain(form);

        var version = Version().Match(await browser.GetStringAsync(form)).Groups["version"].Value;
        foreach (var press in (string[])["the first", "the second"])
            (await browser.PostFormAsync(form, form, ("title", "Zebras without stripes"), ("abstract", "On stripes."), ("authors", "Ada Lovelace"), ("version", version))).StatusCode.ShouldBe(HttpStatusCode.Redirect, press);
        var late = await browser.PostFormAsync(form, form, ("title", "Too late"), ("abstract", "On stripes."), ("version", version));
        late.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await late.Content.ReadAsStringAsync()).ShouldContain("changed while you wrote");
        (await site.Browser.GetStringAsync(page)).ShouldContain("Zebras without stripes");

        (await browser.PostFormAsync(form, form + "/hide", ("reason", "A <request>"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using (var gone = await site.Browser.GetAsync(page + "?again"))
            gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await browser.GetStringAsync("/admin/papers")).ShouldContain("A &lt;request&gt;");
        (await browser.PostFormAsync("/admin/papers", form + "/unhide")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await site.Browser.GetStringAsync(page + "?back")).ShouldContain("Zebras without stripes");

        (string, string)[] topic = [("slug", "fish"), ("name", "Fish"), ("group", "Animals"), ("description", "Fish."), ("query", "zebrafish OR  medaka")];
        const string NewTopic = "/admin/topics/new";
        foreach (var press in (string[])["the first", "the second"])
            (await browser.PostFormAsync(NewTopic, NewTopic, topic)).StatusCode.ShouldBe(HttpStatusCode.Redirect, press);
        (await browser.PostFormAsync(NewTopic, NewTopic, [.. topic[..4], ("query", "trout")])).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.PostFormAsync(NewTopic, NewTopic, [("slug", "-"), .. topic[1..4], ("query", "carp")])).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var press in (string[])["the first", "the second"])
        {
            using var signedOut = await browser.PostFormAsync(press == "the first" ? "/admin" : "/", "/admin/sign-out");
            (signedOut.StatusCode, signedOut.Headers.Location?.OriginalString).ShouldBe((HttpStatusCode.Redirect, "/admin"), press);
        }
    }

    [Theory]
    [InlineData("title", "", "no title")]
    [InlineData("title", "   ", "no title")]
    [InlineData("arxiv", "12345", "no arXiv id")]
    [InlineData("doi", "ten", "no DOI")]
    [InlineData("url", "example", "no http or https address")]
    [InlineData("pdf", "file:///etc/passwd", "no http or https address")]
    [InlineData("code", "javascript:alert(1)", "no http or https address")]
    [InlineData("project", "http://", "no http or https address")]
    [InlineData("listed-on", "3 March", "not a day")]
    [InlineData("listed-on", "2126-01-01", "impossible")]
    public async Task A_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(string field, string value, string sentence)
    {
        await using var site = await OpenAsync();
        using var browser = await OperatorBrowser.SignInAsync(site);
        var fields = new Dictionary<string, string> { ["title"] = "Zebras", ["comment"] = "12 pages & <more>", ["listed-on"] = "2026-03-03", [field] = value };

        var refused = await browser.PostFormAsync("/admin/papers/new", "/admin/papers/new", [.. fields.Select(typed => (typed.Key, typed.Value))]);

        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await refused.Content.ReadAsStringAsync();
        Regex.IsMatch(page, $"""<span class="notice" role="alert" id="fault-{field}">[^<]*{sentence}""").ShouldBeTrue(page);
        page.ShouldContain($"aria-describedby=\"fault-{field}\"");
        page.ShouldContain("value=\"12 pages &amp; &lt;more&gt;\"");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from papers", null, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task A_stranger_changes_no_paper()
    {
        await using var site = await OpenAsync();
        var id = await site.AddPaperAsync("Zebras");

        foreach (var path in new[] { $"/admin/papers/{id}", $"/admin/papers/{id}/hide", $"/admin/papers/{id}/unhide", "/admin/papers/new" })
            (await site.PostAsync(path, [("title", "Mine")])).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        (await site.Database.QuerySingleOrDefaultAsync<string>("select title from papers", null, CancellationToken.None)).ShouldBe("Zebras");
    }

    private Task<Site> OpenAsync() => Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));

    [GeneratedRegex("name=\"version\" value=\"(?<version>[^\"]*)\"")]
    private static partial Regex Version();
}
