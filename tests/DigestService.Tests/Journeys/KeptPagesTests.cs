using System.Net;

namespace DigestService.Tests.Journeys;

/// <summary>Public pages are rendered once and kept until something they show changes.</summary>
public sealed class KeptPagesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_kept_page_changes_with_what_it_shows_and_in_each_language_by_itself()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("The first paper");
        var first = await GetAsync(site, "/", "en");
        var german = await GetAsync(site, "/", "de");
        var again = await GetAsync(site, "/", "en");

        again.Text.ShouldBe(first.Text);
        german.Text.ShouldContain("lang=\"de\"");
        first.Answer.Headers.Vary.ShouldContain("Accept-Language");
        await site.AddPaperAsync("The second paper");
        (await GetAsync(site, "/", "en")).Text.ShouldContain("The second paper");
        await site.Database.ExecuteAsync("update topics set name = 'Renamed by hand' where slug = 'reasoning'", null, CancellationToken.None);
        (await GetAsync(site, "/", "en")).Text.ShouldContain("Renamed by hand");
    }

    [Fact]
    public async Task A_page_that_is_kept_is_not_rendered_again()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("A paper with a title");
        var path = $"/paper/{paper}";
        await GetAsync(site, path, "en");
        // A change that no page is told of: only a page that is kept still shows what was.
        await site.Database.ExecuteAsync(
            $"alter table papers disable trigger user; update papers set title = 'Another title' where id = {paper}; alter table papers enable trigger user", null, CancellationToken.None);

        (await GetAsync(site, path, "en")).Text.ShouldContain("A paper with a title");
        (await GetAsync(site, path, "fr")).Text.ShouldContain("Another title");
    }

    [Fact]
    public async Task A_browser_that_holds_the_page_gets_no_body()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A paper");
        var (answer, _) = await GetAsync(site, "/papers", "en");
        foreach (var held in new[] { answer.Headers.ETag!.ToString(), "W/" + answer.Headers.ETag, $"\"other\", {answer.Headers.ETag}", "*" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/papers");
            request.Headers.TryAddWithoutValidation("If-None-Match", held);
            using var second = await site.Browser.SendAsync(request);
            second.StatusCode.ShouldBe(HttpStatusCode.NotModified, held);
            (await second.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task What_is_everybodys_is_packed_for_who_takes_gzip_and_what_is_one_readers_never()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A paper");
        var preferences = await site.SubscribeAsync("ada@mail.example");
        var sheet = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await site.Browser.GetStringAsync("/")).QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;
        foreach (var path in new[] { "/", "/topics", "/papers", sheet })
        {
            var (plain, text) = await AskAsync(path, null);
            foreach (var accepted in new[] { "gzip", "br, gzip;q=0.5", "GZIP" })
            {
                var (packed, unpacked) = await AskAsync(path, accepted);
                packed.Content.Headers.ContentEncoding.ShouldBe(["gzip"], $"{path} {accepted}");
                WithoutStamp(unpacked).ShouldBe(WithoutStamp(text), path);
                packed.Headers.Vary.ShouldContain("Accept-Encoding");
                if (plain.Headers.ETag is { } tag)
                    packed.Headers.ETag.ShouldNotBe(tag);
            }

            foreach (var refused in new[] { "gzip;q=0", "br", "identity" })
                (await AskAsync(path, refused)).Answer.Content.Headers.ContentEncoding.ShouldBeEmpty($"{path} {refused}");
        }

        (await AskAsync(preferences, "gzip")).Answer.Content.Headers.ContentEncoding.ShouldBeEmpty();

        async Task<(HttpResponseMessage Answer, string Text)> AskAsync(string path, string? accepted)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (accepted is not null)
                request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
            var answer = await site.Browser.SendAsync(request);
            var body = await answer.Content.ReadAsStreamAsync();
            if (answer.Content.Headers.ContentEncoding.Contains("gzip"))
                body = new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionMode.Decompress);
            using var reader = new StreamReader(body);
            return (answer, await reader.ReadToEndAsync());
        }

        static string WithoutStamp(string page) => System.Text.RegularExpressions.Regex.Replace(
            page, "name=\"stamp\" value=\"[^\"]*\"", "");
    }

    [Fact]
    public async Task Nothing_that_is_one_readers_or_went_wrong_is_kept()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example");
        foreach (var path in new[] { preferences, "/paper/4711", "/search?q=%28", "/admin", "/api/v1/papers" })
        {
            using var answer = await site.Browser.GetAsync(path);
            (answer.Headers.CacheControl?.Public ?? false).ShouldBeFalse(path);
        }

        await site.AddPaperAsync("A paper");
        (await site.Browser.GetAsync("/category/cs.LG")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG}'", null, CancellationToken.None);
        (await site.Browser.GetAsync("/category/cs.LG")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<(HttpResponseMessage Answer, string Text)> GetAsync(Site site, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        var answer = await site.Browser.SendAsync(request);
        return (answer, await answer.Content.ReadAsStringAsync());
    }
}
