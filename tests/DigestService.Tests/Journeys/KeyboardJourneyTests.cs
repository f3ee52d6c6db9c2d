using DigestService.Digests;
using DigestService.Tests.Admin;
using Microsoft.Playwright;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>The ways of readers and of the operator by keyboard alone: what is needed is reached by Tab, seen to have the focus, and works.</summary>
public sealed class KeyboardJourneyTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    private const string Ada = "ada@mail.example";

    private const string HasVisibleFocus = """
        () => {
            const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        }
        """;

    [Theory]
    [InlineData(true, 1280, ColorScheme.Light)]
    [InlineData(false, 390, ColorScheme.Dark)]
    public async Task A_reader_goes_all_the_way_by_keyboard_alone(bool hasScript, int width, ColorScheme scheme)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting and reasoning models.");
        await using var context = await OpenAsync(site, hasScript, width, scheme);
        var page = await context.NewPageAsync();

        await page.GotoAsync("/");
        await TypeAsync(page, "#subscribe #email", Ada);
        await PressAsync(page, "#subscribe details:first-of-type summary", "Enter");
        await PressAsync(page, "#t-reasoning", "Space");
        site.Clock.Advance(Duration.FromSeconds(1));
        await PressAsync(page, "#subscribe p > button", "Enter", leaves: true);

        await page.GotoAsync(await site.LinkInMailAsync(Ada, "confirm"));
        await PressAsync(page, "main form button", "Enter", leaves: true);
        await TypeAsync(page, "#find", "video gen");
        if (!hasScript)
            await LeaveAsync(page, "Enter");
        await PressAsync(page, "#t-video-generation", "Space");
        await PressAsync(page, "button[value=save]", "Enter", leaves: true);
        (await page.IsVisibleAsync("[role=status]")).ShouldBeTrue();
        (await page.Locator("fieldset #t-video-generation").IsCheckedAsync()).ShouldBeTrue();
        var preferences = page.Url;

        await PressAsync(page, "button[value=now]", "Enter", leaves: true);
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        await page.GotoAsync(await site.SaveLinkAsync(Ada));
        await PressAsync(page, "main form button", "Enter", leaves: true);
        await PressAsync(page, "main a[href^='/saved/']", "Enter", leaves: true);
        await PressAsync(page, ".papers form button", "Enter", leaves: true);
        (await page.Locator(".papers > li").CountAsync()).ShouldBe(0);

        await page.GotoAsync("/search");
        await TypeAsync(page, "main input[name=q]", "prompting");
        await LeaveAsync(page, "Enter");
        (await page.Locator(".papers > li").CountAsync()).ShouldBe(1);

        await page.GotoAsync(preferences);
        await PressAsync(page, "a[href^='/unsubscribe/']", "Enter", leaves: true);
        await PressAsync(page, "main button", "Enter", leaves: true);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
        await TypeAsync(page, "#reason", "Too many papers.");
        await PressAsync(page, "button[value=undo]", "Enter", leaves: true, backwards: true);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    [Theory]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task The_operator_does_the_days_work_by_keyboard_alone(int width, ColorScheme scheme)
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        await site.SignUpAsync(Ada);
        await using var context = await OpenAsync(site, hasScript: false, width, scheme);
        var page = await context.NewPageAsync();

        await page.GotoAsync("/admin");
        await TypeAsync(page, "#password", OperatorBrowser.Password);
        await LeaveAsync(page, "Enter");
        await PressAsync(page, "form[action='/admin/hold'] button", "Enter", leaves: true);
        await PressAsync(page, "form[action='/admin/release'] button", "Enter", leaves: true);
        await PressAsync(page, "header a[href='/admin/outbox']", "Enter", leaves: true);
        await PressAsync(page, "input[name=id]", "Space");
        await PressAsync(page, "button[formaction='/admin/outbox/stop'], form[action='/admin/outbox/stop'] button", "Enter", leaves: true);
        (await site.Database.QuerySingleOrDefaultAsync<string>("select state from deliveries", null, CancellationToken.None)).ShouldBe("failed");
        await PressAsync(page, "header a[href='/admin/papers']", "Enter", leaves: true);
        await PressAsync(page, "main a[href='/admin/papers/new']", "Enter", leaves: true);
        await TypeAsync(page, "#title", "By hand");
        await PressAsync(page, "main form button", "Enter", leaves: true);
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("By hand");
        await page.GotoAsync("/admin/keys");
        await TypeAsync(page, "#name", "A lab's script");
        await PressAsync(page, "main form.row button", "Enter", leaves: true);
        (await page.ContentAsync()).ShouldContain("digest_");
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
    }

    private Task<IBrowserContext> OpenAsync(Site site, bool hasScript, int width, ColorScheme scheme) => chromium.Browser.NewContextAsync(new BrowserNewContextOptions
    {
        BaseURL = site.Browser.BaseAddress!.ToString(),
        ViewportSize = new ViewportSize { Width = width, Height = 800 },
        ColorScheme = scheme,
        JavaScriptEnabled = hasScript,
        ReducedMotion = ReducedMotion.Reduce,
    });

    private static async Task TypeAsync(IPage page, string field, string text)
    {
        await ReachAsync(page, field, "Tab");
        await page.Keyboard.TypeAsync(text);
    }

    private static async Task PressAsync(IPage page, string control, string key, bool leaves = false, bool backwards = false)
    {
        await ReachAsync(page, control, backwards ? "Shift+Tab" : "Tab");
        if (leaves)
            await LeaveAsync(page, key);
        else
            await page.Keyboard.PressAsync(key);
    }

    // Until the next page is there.
    private static async Task LeaveAsync(IPage page, string key)
    {
        var arrived = new TaskCompletionSource();
        void Arrive(object? sender, IPage arrivedAt) => arrived.TrySetResult();
        page.Load += Arrive;
        await page.Keyboard.PressAsync(key);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        page.Load -= Arrive;
    }

    private static async Task ReachAsync(IPage page, string selector, string key)
    {
        for (var stop = 0; stop < 200; stop++)
        {
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                (await page.EvaluateAsync<bool>(HasVisibleFocus)).ShouldBeTrue($"{selector} shows that it has the focus");
                return;
            }

            await page.Keyboard.PressAsync(key);
        }

        throw new ShouldAssertException($"{selector} is not reached by {key} on {page.Url}");
    }
}
