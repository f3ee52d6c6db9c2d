using AngleSharp.Html.Parser;
using DigestService.Tests.Admin;

namespace DigestService.Tests.Journeys;

/// <summary>What stands on a tab and in a browser's history tells the pages apart.</summary>
public sealed class PageTitleTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Every_page_has_a_title_of_its_own_in_every_language()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        var pages = await EveryPage.FillAsync(site);
        using var browser = await OperatorBrowser.SignInAsync(site);

        foreach (var language in (string[])["en", "de", "fr", "es", "zh"])
        {
            // A digest in the browser is the one that the preferences lead to. The reader's own pages are in theirs; one address with other words behind the question mark is one page.
            await site.Database.ExecuteAsync("update subscribers set language = @language", new { language = language == "zh" ? "zh-Hans" : language }, default);
            var titles = new List<(string Path, string Title)>();
            foreach (var path in pages.Where(route => route.Key is not "(no route)" and not "/digests/{token}").SelectMany(route => route.Value).DistinctBy(path => path.Split('?')[0]))
                titles.Add((path, await TitleAsync(browser, path, language)));

            titles.Where(page => page.Title.Length == 0).ShouldBeEmpty();
            titles.Where(page => page.Path.StartsWith("/admin", StringComparison.Ordinal)).GroupBy(page => page.Title, StringComparer.Ordinal).Where(same => same.Count() > 1)
                .SelectMany(same => same).ShouldBeEmpty();
            var route = pages.SelectMany(route => route.Value, (route, path) => (route.Key, path)).DistinctBy(at => at.path).ToDictionary(at => at.path, at => at.Key, StringComparer.Ordinal);
            titles.GroupBy(page => page.Title, StringComparer.Ordinal).Where(same => same.Select(page => route[page.Path]).Distinct(StringComparer.Ordinal).Count() > 1)
                .SelectMany(same => same.Select(page => $"{language} {page.Title}: {route[page.Path]}")).ShouldBeEmpty();
        }

        (await TitleAsync(site.Browser, "/admin/readers", "en")).ShouldBe("Sign in");
        (await TitleAsync(browser, "/admin/outbox/1", "en")).ShouldBe("Nothing is here");
    }

    private static async Task<string> TitleAsync(HttpClient browser, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var answer = await browser.SendAsync(request);
        return (await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync())).Title ?? "";
    }
}
