using DigestService.Digests;
using DigestService.Platform;
using DigestService.Tests.Shared;
using DigestService.Topics;
using Microsoft.Playwright;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>
/// A reader's way through the site in a real browser, from the front page out again: with and without JavaScript, on a phone
/// and on a desk, by day and by night. With <c>DIGEST_SCREENSHOTS</c> set to a folder, each stop leaves a picture there.
/// </summary>
public sealed class BrowserWalkTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    private const string Ada = "ada@mail.example";
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("DIGEST_SCREENSHOTS");

    [Fact]
    public async Task Who_clicks_twice_to_end_all_links_keeps_the_new_one_however_slow_the_way()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync(preferences);
        // The site has done it, and the page that the browser asks for next waits until the second click has fallen.
        await using var connection = await site.Database.OpenAsync(default);
        await using var held = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("lock table feedback in access exclusive mode", null, default);

        await page.Locator("details:has(button[value=void]) > summary").ClickAsync();
        await page.Locator("button[value=void]").HoverAsync();
        await ClickAsync(page);
        await Eventually.TrueAsync(async () => await site.Database.QuerySingleOrDefaultAsync<int>("select link_version from subscribers", null, default) == 2, "the links are void");
        await ClickAsync(page);
        await held.RollbackAsync();

        // Not by its URL: who waits for that while the page comes may miss that it came.
        await page.Locator(".notice[role=status]").WaitForAsync();
        page.Url.ShouldEndWith("?done=voided");

        // The mouse waits for no page to come, as a hand does not.
        static async Task ClickAsync(IPage page)
        {
            await page.Mouse.DownAsync();
            await page.Mouse.UpAsync();
        }
    }

    [Fact]
    public async Task The_button_that_shows_the_next_digest_and_the_words_that_name_it_come_and_go_together()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        var asked = new TaskCompletionSource<IRoute>();
        await page.RouteAsync("**/try", route => Task.FromResult(asked.TrySetResult(route)));

        await page.GotoAsync(preferences);
        var question = await asked.Task;
        var whileWaiting = (await page.IsVisibleAsync("#try"), await page.IsVisibleAsync("#next-hint"));
        await question.AbortAsync();
        await page.Locator("#try").WaitForAsync();

        whileWaiting.ShouldBe((false, false));
        (await page.IsVisibleAsync("#next-hint")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Enter_in_a_field_of_the_preferences_tries_what_is_typed_and_saves_and_sends_nothing(bool hasScript)
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString(), JavaScriptEnabled = hasScript });
        var page = await context.NewPageAsync();
        await page.GotoAsync(preferences);

        await page.FillAsync("#query-0", "zebrafish");
        await page.PressAsync("#query-0", "Enter");
        await page.WaitForURLAsync("**/try#find-topics");

        (await page.InputValueAsync("#query-0")).ShouldBe("zebrafish");
        (await page.Locator("#try-0").InnerTextAsync()).ShouldNotBeEmpty();
        (await site.Database.QuerySingleOrDefaultAsync<long>(
            "select (select count(*) from preferences where text is not null) + (select count(*) from digests)", null, CancellationToken.None)).ShouldBe(0);
    }

    [Theory]
    [InlineData("", 10, true)]
    [InlineDataInFull("", 10, false)]
    [InlineDataInFull("99", 5, true)]
    [InlineData("99", 5, false)]
    public async Task A_field_in_a_closed_fold_blocks_no_button(string typed, int kept, bool hasScript)
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await site.PostAsync(preferences, ("max", "5"));
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString(), JavaScriptEnabled = hasScript });
        var page = await context.NewPageAsync();
        await page.GotoAsync(preferences);
        var fold = page.Locator("details:has(#max) > summary");

        await fold.ClickAsync();
        await page.FillAsync("#max", typed);
        await fold.ClickAsync();
        await page.ClickAsync("button[value=save]");

        await page.Locator(".notice").WaitForAsync();
        (await page.IsVisibleAsync("#fault-max")).ShouldBe(typed == "99");
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe($"{kept}");
    }

    [Theory]
    [InlineData("button[value=pause]", "/*done=paused")]
    [InlineData("button[value=void]", "/*done=voided")]
    [InlineDataInFull("button[value=reset]", "/*done=forgotten*")]
    [InlineDataInFull("button[value=move]", "")]
    [InlineData("button[value=find]", "/start")]
    public async Task What_was_ticked_and_not_saved_is_saved_by_the_other_buttons_of_the_page(string button, string led)
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought prompting");
        var preferences = await site.SubscribeAsync(Ada);
        if (led.EndsWith("forgotten*", StringComparison.Ordinal))
            await site.Database.ExecuteAsync("insert into feedback (subscriber_id, paper_id, kind, given_at, given_from) select id, @paper, 'like', @now, 'web' from subscribers", new { paper, now = site.Clock.Now }, default);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync(preferences);
        await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(fold => fold.open = true)");

        await page.FillAsync("#query-0", "zebrafish");
        await page.FillAsync("#new_address", "new@mail.example");
        if (led == "/start")
            await page.FillAsync("#papers", "2401.00001");
        await page.ClickAsync(button);

        await Eventually.TrueAsync(
            async () => await site.Database.QuerySingleOrDefaultAsync<string>("select text from preferences where text is not null", null, default) == "zebrafish", "the query is saved");
        await page.WaitForURLAsync("**" + led);
        await page.WaitForLoadStateAsync();
        if (led.Length == 0)
            (await site.Database.QuerySingleOrDefaultAsync<long>("select count(*) from address_changes", null, default)).ShouldBe(1);
    }

    [Fact]
    public async Task A_browser_that_calls_its_zone_by_a_former_name_is_offered_the_one_of_the_list_and_a_paper_page_tells_it_too()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought prompting", text: "On chain-of-thought prompting.");
        await site.Service<TopicMatching>().MatchDueAsync(default);
        var preferences = await site.SubscribeAsync(Ada, ("zone", "Europe/Berlin"));
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString(), TimezoneId = "Asia/Kolkata" });
        var page = await context.NewPageAsync();

        await page.GotoAsync(preferences);
        var called = await page.EvaluateAsync<string>("Intl.DateTimeFormat().resolvedOptions().timeZone");
        (await page.InnerTextAsync("#zone-offer")).ShouldEndWith("Asia/Kolkata");
        await page.ClickAsync("#zone-offer");
        await page.ClickAsync("button[value=save]");
        (await page.IsVisibleAsync("#zone-offer")).ShouldBeFalse();
        await page.GotoAsync($"/paper/{paper}");
        await page.FillAsync("#email", "bob@mail.example");
        site.Clock.Advance(Duration.FromSeconds(1));
        await page.ClickAsync("main form button");

        called.ShouldBe("Asia/Calcutta");
        (await site.ColumnAsync(Ada, "zone")).ShouldBe("Asia/Kolkata");
        (await site.ColumnAsync("bob@mail.example", "zone")).ShouldBe("Asia/Calcutta");
    }

    [Theory]
    [InlineData(true, 1280, ColorScheme.Light, "en")]
    [InlineData(false, 390, ColorScheme.Dark, "en")]
    [InlineData(true, 390, ColorScheme.Light, "zh")]
    public async Task A_reader_signs_up_chooses_reads_saves_and_leaves(bool hasScript, int width, ColorScheme scheme, string language)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Zebrafish swim in silence", text: "Zebrafish are small. They swim in rivers.");
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting and reasoning models.");
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = site.Browser.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = hasScript,
            Locale = language == "zh" ? "zh-CN" : "en-GB",
        });
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            // What is typed wrong on the way is answered with 400.
            if (message.Type == "error" && !message.Text.Contains("400 (Bad Request)", StringComparison.Ordinal))
                errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        var name = $"{language}-{width}-{(hasScript ? "js" : "plain")}";

        // Typed wrong first: the sentence stands beside the field and nothing is lost.
        await page.GotoAsync("/");
        await ShotAsync(page, name, "front");
        await page.Locator("#subscribe summary").First.ClickAsync();
        await page.FillAsync("#subscribe #query", "\"open");
        await page.CheckAsync("#t-reasoning");
        await page.FillAsync("#subscribe #email", Ada);
        site.Clock.Advance(Duration.FromSeconds(1));
        await page.ClickAsync("#subscribe button");
        (await page.InputValueAsync("#query")).ShouldBe("\"open");
        (await page.IsCheckedAsync("#t-reasoning")).ShouldBeTrue();
        (await page.IsVisibleAsync("#fault-query")).ShouldBeTrue();
        await ShotAsync(page, name, "fault");
        await page.FillAsync("#query", "");
        site.Clock.Advance(Duration.FromSeconds(1));
        await page.ClickAsync("#subscribe button");

        await page.GotoAsync(await site.LinkInMailAsync(Ada, "confirm"));
        await ShotAsync(page, name, "confirm");
        await page.ClickAsync("main button");
        (await page.IsVisibleAsync("[role=status]")).ShouldBeTrue();
        await WidthAsync(page, width);

        // The next digest, as it would be with a query that is not saved.
        await page.FillAsync("#query-0", "zebrafish");
        await page.FillAsync("#query-name-0", "Small fish");
        if (!hasScript)
            await page.ClickAsync("#try");
        else if (width < 640)
            await page.ClickAsync("#next summary");
        await page.Locator("#next").GetByText("Small fish").WaitForAsync();
        (await page.Locator("#next").InnerTextAsync()).ShouldContain("Zebrafish swim in silence");
        (await page.Locator("#try-0").InnerTextAsync()).ShouldContain("Zebrafish swim in silence");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from preferences where text is not null", null, CancellationToken.None)).ShouldBe(0);
        await ShotAsync(page, name, "preferences");
        if (hasScript)
            (await AxeCore.FaultsAsync(page)).ShouldBeEmpty();
        await page.ClickAsync("button[value=save]");
        (await page.InputValueAsync("#query-name-0")).ShouldBe("Small fish");
        var preferences = page.Url;

        await page.ClickAsync("button[value=now]");
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        await page.GotoAsync(await site.SaveLinkAsync(Ada));
        await page.ClickAsync("main form button");
        await ShotAsync(page, name, "saved");
        await page.Locator("main a[href^='/saved/']").ClickAsync();
        (await page.Locator(".papers > li").CountAsync()).ShouldBe(1);
        await WidthAsync(page, width);

        await page.GotoAsync(preferences);
        await page.Locator("a[href^='/unsubscribe/']").ClickAsync();
        await page.ClickAsync("main button");
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
        await ShotAsync(page, name, "left");
        errors.ShouldBeEmpty();
    }

    private static async Task WidthAsync(IPage page, int width)
    {
        // Nothing is wider than the window.
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
    }

    private static async Task ShotAsync(IPage page, string walk, string stop)
    {
        if (Screenshots is not null)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{walk}-{stop}.png"), FullPage = true });
    }
}
