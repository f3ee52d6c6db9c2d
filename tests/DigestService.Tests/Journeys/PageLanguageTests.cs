using System.Net;
using DigestService.Platform;
using DigestService.Subscribers.Pages.Words;

namespace DigestService.Tests.Journeys;

/// <summary>Pages in the reader's language, or in the one the browser asks for.</summary>
public sealed class PageLanguageTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Theory]
    [InlineData("de-AT,en;q=0.5", "de", "Abonnieren", "Sprachmodelle")]
    [InlineData("fr", "fr", "S’abonner", "Modèles de langue")]
    [InlineData("pt, es;q=0.9, en;q=0.1", "es", "Suscribirse", "Modelos de lenguaje")]
    [InlineData("zh-TW", "zh-Hans", "订阅", "语言模型")]
    [InlineData("en;q=0, nonsense ;;, *", "en", "Subscribe", "Language models")]
    public async Task Public_pages_speak_what_the_browser_asks_for(string asked, string tag, string subscribe, string group)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Chain-of-thought reasoning");
        foreach (var path in new[] { "/", "/papers", "/papers/2026-03-03", "/topics", "/topics/reasoning", "/search?q=reasoning", "/trending/week", "/manage", "/nothing", "/preferences/x" })
        {
            var page = await GetAsync(site, path, asked);
            page.ShouldContain($"<html lang=\"{tag}\">", Case.Sensitive, path);
            page.ShouldContain($">{subscribe}</a>", Case.Sensitive, path);
        }

        (await GetAsync(site, "/topics", asked)).ShouldContain(group);
    }

    [Fact]
    public async Task The_readers_own_pages_speak_the_readers_language_whatever_the_browser_asks_for()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning");
        var preferences = await site.SubscribeAsync(Ada, ("language", "de"), ("topics", "reasoning"));
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, null);
        var signer = site.Service<LinkSigner>();
        string[] paths =
        [
            preferences, preferences + "/start", $"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, id, 1)}", $"/saved/{signer.Sign(LinkPurpose.Saved, id)}",
            $"/f/{signer.SignShort(LinkPurpose.Feedback, id, 1)}/{paper}/like", $"/confirm/{signer.Sign(LinkPurpose.Confirm, id, 1)}",
        ];
        foreach (var path in paths)
            (await GetAsync(site, path, "fr")).ShouldContain("<html lang=\"de\">", Case.Sensitive, path);

        var refused = await site.PostAsync(preferences, ("form", "all"), ("at", "26:00"), ("max", "9999"));
        var page = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync());
        page.ShouldContain("„26:00“ ist keine Uhrzeit");
        page.ShouldContain("ist keine Zahl von 1 bis 50");
        (await GetAsync(site, preferences, "en")).ShouldContain("Gedankenketten und Reasoning-Modelle");
    }

    [Fact]
    public async Task Only_who_wishes_for_nothing_is_told_that_the_digest_holds_what_is_trending()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("language", "de"), ("query", "sparse nets"));

        (await GetAsync(site, preferences, "de")).ShouldNotContain(ReaderWords.Of("de").NoTopics);
        await site.PostAsync(preferences, ("form", "all"), ("query", ""));

        (await GetAsync(site, preferences, "de")).ShouldContain(ReaderWords.Of("de").NoTopics);
    }

    private static async Task<string> GetAsync(Site site, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var answer = await site.Browser.SendAsync(request);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }
}
