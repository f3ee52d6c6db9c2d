using System.Globalization;
using DigestService.Tests.Admin;
using DigestService.Tests.Shared;
using Microsoft.Playwright;

namespace DigestService.Tests.Journeys;

/// <summary>
/// axe-core over every page, the operator's too. With <c>DIGEST_SCREENSHOTS</c> set to a folder, each page leaves a picture there.
/// </summary>
public sealed class AccessibilityTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("DIGEST_SCREENSHOTS");

    private const string Keyboard = """
        () => {
          const first = document.querySelector('a[href], button');
          const named = [...document.querySelectorAll('main button')].map(button => button.getAttribute('aria-label') ?? button.textContent.trim());
          return [
            ...(document.querySelector('nav') && !(first.hash && document.querySelector(first.hash)) ? ['no link to the content before the navigation'] : []),
            ...new Set(named.filter((name, place) => named.indexOf(name) !== place)).keys().map(name => `several buttons are called ${name}`),
          ];
        }
        """;

    [Theory]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Dark, true)]
    [InlineData(1280, ColorScheme.Light, true)]
    public async Task Axe_finds_nothing_on_any_page(int width, ColorScheme scheme, bool isLong = false)
    {
        // A colour is the same at every width, and a width at every colour: the other two pairs are looked at now and then.
        if (isLong && !Full.IsAsked)
            throw Skip.Because("the other two pairs of width and colours run with --full");
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        var pages = await EveryPage.FillAsync(site);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = site.Browser.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
        });
        var page = await context.NewPageAsync();
        var faults = new List<string>();
        await page.GotoAsync("/admin");
        await LookAsync("sign-in");
        await page.FillAsync("#password", OperatorBrowser.Password);
        await page.ClickAsync("button");
        (await page.TitleAsync()).ShouldBe("Admin");

        // Without --full the two pairs take turns: a page is seen by one of them.
        var addresses = pages.SelectMany(route => route.Value, (route, path) => (Route: route.Key, Path: path));
        foreach (var (place, address) in addresses.Index().Where(address => Full.IsAsked || address.Index % 2 == (width == 390 ? 0 : 1)))
        {
            await page.GotoAsync(address.Path);
            await LookAsync(string.Create(CultureInfo.InvariantCulture, $"{address.Route} {place}"));
        }

        // What a form answers has no address of its own.
        await page.GotoAsync(pages["/preferences/{token}/start"][0]);
        await page.FillAsync("#papers", "Another paper on reasoning models\nAda Lovelace\n2512.99999");
        await page.ClickAsync("main button[value=find]");
        (await page.IsVisibleAsync("main button[value=take]")).ShouldBeTrue();
        await LookAsync("what is proposed");
        await page.GotoAsync(pages["/f/{token}/{paper:long}/{kind}"][0]);
        await page.ClickAsync("main form button");
        await LookAsync("what was liked");

        // Paper is white: what is printed has dark ink, also from a dark screen.
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        foreach (var path in (string[])["/", "/admin"])
        {
            await page.GotoAsync(path);
            if (await page.EvaluateAsync<int>("Number(getComputedStyle(document.body).color.match(/\\d+/)[0])") is var red && red > 100)
                faults.Add($"{path} is printed in light ink");
        }

        faults.ShouldBeEmpty();

        async Task LookAsync(string name)
        {
            if (Screenshots is not null)
            {
                var file = string.Create(CultureInfo.InvariantCulture, $"{name}-{width}-{scheme}.png").Replace('/', '_').Replace(':', '_');
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, file), FullPage = true });
            }

            // A mail is shown in a frame in which nothing runs, axe neither: it would wait for ever.
            faults.AddRange(await page.EvaluateAsync<string[]>(
                "() => [...document.querySelectorAll('iframe')].filter(frame => { frame.remove(); return !frame.title; }).map(frame => frame.outerHTML)"));
            faults.AddRange((await AxeCore.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
            // The keyboard passes over the navigation, and whoever hears a button knows which of several it is.
            faults.AddRange((await page.EvaluateAsync<string[]>(Keyboard)).Select(fault => $"{name}: {fault}"));
            // No page is wider than the window.
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") is var wide && wide > width)
                faults.Add($"{name}: {wide} px wide");
            // Nor where a reader's letters are twice as large (WCAG 1.4.4).
            if (await page.EvaluateAsync<int>("() => { document.documentElement.style.fontSize = '212%'; return document.documentElement.scrollWidth; }") is var enlarged && enlarged > width)
                faults.Add($"{name}: {enlarged} px wide in large letters");
        }
    }

    [Fact]
    public async Task Every_page_of_the_site_is_among_these_and_is_shown()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        var pages = await EveryPage.FillAsync(site);
        using var browser = await OperatorBrowser.SignInAsync(site);

        EveryPage.RoutesOf(site).Except(pages.Keys).ShouldBeEmpty("a new page wants to be looked at");
        foreach (var path in pages.Where(page => page.Key != "(no route)").SelectMany(page => page.Value).Except(["/preferences/x", "/search?q=%22open"]))
        {
            using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative));
            answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, path);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html", path);
        }
    }
}
