using System.Net;
using DigestService.Papers.Pages;
using DigestService.Platform.Layout;

namespace DigestService.Tests.Journeys;

public sealed class CategoryPageTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData("en", "Computation and Language")]
    [InlineData("de", "Computerlinguistik")]
    [InlineData("fr", "Calcul et langage")]
    [InlineData("es", "Computación y lenguaje")]
    [InlineData("zh", "计算与语言")]
    public async Task A_category_is_called_by_its_name_in_the_readers_language(string language, string name)
    {
        await using var site = await SiteWithAsync("cs.CL");

        var page = await ReadAsync(site, "/category/cs.CL", language);

        page.ShouldContain($"<title>{name} (cs.CL) · ");
        page.ShouldContain($"<h1><span>{name}</span> <span class=\"soft\">cs.CL</span></h1>");
        (await ReadAsync(site, "/paper/1", language)).ShouldContain($">{name} (cs.CL)</a>");
    }

    [Fact]
    public async Task A_name_that_is_English_in_every_language_says_so()
    {
        await using var site = await SiteWithAsync("math.AG");

        (await ReadAsync(site, "/category/math.AG", "de")).ShouldContain("<h1><span lang=\"en\">Algebraic Geometry</span>");
        (await ReadAsync(site, "/category/math.AG", "en")).ShouldContain("<h1><span>Algebraic Geometry</span>");
    }

    [Theory]
    [InlineData("cs.ZZ")]
    [InlineData("NLP & more")]
    [InlineData("cs.cl")]
    [InlineData("AI/ML")]
    public async Task A_code_that_is_not_known_stays_a_code(string code)
    {
        await using var site = await SiteWithAsync(code);

        var page = await ReadAsync(site, $"/category/{Uri.EscapeDataString(code)}", "en");

        page.ShouldContain($"<h1>{code}</h1>");
        page.ShouldNotContain("search.atom");
        // What a query cannot hold would be asked for in vain, day by day.
        var canBeAskedFor = code.StartsWith("cs.", StringComparison.Ordinal);
        page.Contains("href=\"/?query=", StringComparison.Ordinal).ShouldBe(canBeAskedFor);
        (await ReadAsync(site, "/paper/1", "en")).Contains("action=\"/subscribe\"", StringComparison.Ordinal).ShouldBe(canBeAskedFor);
    }

    [Fact]
    public async Task The_feed_of_a_category_and_its_entries_have_the_name()
    {
        await using var site = await SiteWithAsync("cs.CL");

        var feed = await site.Browser.GetStringAsync(new Uri("/search.atom?q=cat:cs.CL", UriKind.Relative));

        feed.ShouldContain("<title>Computation and Language (cs.CL) · ");
        feed.ShouldContain("<category term=\"cs.CL\" label=\"Computation and Language\" />");
        (await ReadAsync(site, "/category/cs.CL", "en")).ShouldContain("href=\"/search.atom?q=cat:cs.CL\"");
    }

    [Fact]
    public void All_languages_have_the_names_of_the_same_categories()
    {
        var codes = new[] { "cs.LG", "cs.AI", "cs.CV", "cs.RO", "stat.ML", "eess.AS", "quant-ph" };

        PageLanguage.All.SelectMany(language => codes.Select(code => CategoryName.Of(code, language))).ShouldAllBe(category => category.Name != null && category.TextLanguage == null);
    }

    private async Task<Site> SiteWithAsync(string category)
    {
        var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Words and sentences");
        await site.Database.ExecuteAsync("update papers set categories = array[@category]", new { category }, CancellationToken.None);
        return site;
    }

    private static async Task<string> ReadAsync(Site site, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", language);
        using var answer = await site.Browser.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }
}
