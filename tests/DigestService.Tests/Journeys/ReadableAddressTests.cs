using System.Net;
using DigestService.Platform;
using DigestService.Tests.Admin;

namespace DigestService.Tests.Journeys;

/// <summary>A reader whose domain is not written in ASCII sees it as they write it; what is stored and sent is punycode.</summary>
public sealed class ReadableAddressTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Readable = "ada@bücher.example";
    private const string Stored = "ada@xn--bcher-kva.example";

    [Fact]
    public async Task Pages_show_an_address_in_its_own_letters_and_find_it_by_them()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        await site.SignUpAsync(Readable);
        var confirm = await site.LinkInMailAsync(Stored, "confirm");
        (await ReadAsync(site.Browser, confirm)).ShouldContain(Readable);
        await site.PostAsync(confirm);
        var id = await site.Database.QuerySingleOrDefaultAsync<long>("select id from subscribers where address = @Stored", new { Stored }, default);
        var signer = site.Service<LinkSigner>();
        using var browser = await OperatorBrowser.SignInAsync(site);

        var mail = await site.Database.QuerySingleOrDefaultAsync<long>("select min(id) from deliveries", null, default);
        string[] paths =
        [
            "/admin/outbox", "/admin/outbox?domain=%20B%C3%BCcher.example", "/admin/outbox?domain=xn--bcher-kva.example", $"/admin/outbox/{mail}",
            $"/preferences/{signer.Sign(LinkPurpose.Preferences, id, 1)}", $"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, id, 1)}", $"/admin/readers/{id}",
            "/admin/readers?q=b%C3%BCcher", "/admin/readers?q=ADA%40B%C3%BCcher.example", "/admin/readers?q=xn--bcher", "/admin/readers?q=ada",
        ];
        foreach (var path in paths)
        {
            var page = await ReadAsync(browser, path);
            page.ShouldContain(Readable, Case.Sensitive, path);
            page.ShouldNotContain(Stored, Case.Sensitive, path);
        }
    }

    private static async Task<string> ReadAsync(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(path, UriKind.Relative)));
}
