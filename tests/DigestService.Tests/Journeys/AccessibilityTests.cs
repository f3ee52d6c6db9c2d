using Deque.AxeCore.Playwright;
using DigestService.Admin.Keys;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Shared;
using Microsoft.Playwright;

namespace DigestService.Tests.Journeys;

/// <summary>axe-core over every kind of page, the operator's too.</summary>
public sealed class AccessibilityTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
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
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", "correct horse"));
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning", text: "On chain-of-thought prompting.");
        await site.AddPaperAsync("Another paper");
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG}'", null, CancellationToken.None);
        await site.Database.ExecuteAsync(
            "insert into votes values (@paper, '2026-03-01T10:00Z', 2), (@paper, '2026-03-03T01:00Z', 10)", new { paper }, CancellationToken.None);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"), ("query", "pruning"));
        var id = long.Parse((await site.ColumnAsync("ada@mail.example", "id"))!, null);
        var signer = site.Service<LinkSigner>();
        await site.PostAsync($"/f/{signer.SignShort(LinkPurpose.Feedback, id, 1)}/{paper}/save");
        await site.Service<ApiKeys>().AddAsync("A lab's script", KeyScope.Operate, days: 30, default);
        EmailAddress.TryParse("lead@lab.example", out var lead).ShouldBeTrue();
        EmailAddress.TryParse("member@lab.example", out var follows).ShouldBeTrue();
        await site.Service<SubscriberImport>().AddToListAsync("The lab", [lead, follows], SettingsChange.None, unconfirmed: false, default);
        var member = $"/preferences/{signer.Sign(LinkPurpose.Preferences, long.Parse((await site.ColumnAsync("member@lab.example", "id"))!, null), 1)}";
        string[] paths =
        [
            "/", "/papers", "/papers/2026-03-03", $"/paper/{paper}", "/category/cs.LG", "/topics", "/topics/reasoning", "/trending/week",
            "/search?q=reasoning", "/search?q=%22open", "/manage", "/nothing", "/preferences/x", preferences, preferences + "/start", preferences + "/learned",
            $"/f/{signer.SignShort(LinkPurpose.Feedback, id, 1)}/{paper}/like", $"/saved/{signer.Sign(LinkPurpose.Saved, id)}",
            $"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, id, 1)}",
            "/admin", "/admin/outbox", "/admin/outbox/1", "/admin/readers?q=ada", $"/admin/readers/{id}", $"/admin/readers/{id}/digests/2026-03-03",
            "/admin/suppressions", "/admin/keys", "/admin/papers", "/admin/papers/new", $"/admin/papers/{paper}", "/admin/topics", "/admin/topics/new", "/admin/inbound", "/search", member,
        ];
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = site.Browser.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/admin");
        await page.FillAsync("#password", "correct horse");
        await page.ClickAsync("button");
        (await page.TitleAsync()).ShouldBe("Admin");

        var faults = new List<string>();
        foreach (var path in paths)
        {
            await page.GotoAsync(path);
            // A mail is shown in a frame in which nothing runs, axe neither: it would wait for ever.
            faults.AddRange(await page.EvaluateAsync<string[]>(
                "() => [...document.querySelectorAll('iframe')].filter(frame => { frame.remove(); return !frame.title; }).map(frame => frame.outerHTML)"));
            var found = await page.RunAxe();
            faults.AddRange(found.Violations.SelectMany(rule => rule.Nodes.Select(node => $"{path}: {rule.Id}: {node.Html}")));
        }

        // What a form answers has no address of its own.
        await page.GotoAsync(preferences + "/start");
        await page.FillAsync("#papers", "Another paper\nAda Lovelace\n2512.99999");
        await page.ClickAsync("main button[value=find]");
        (await page.IsVisibleAsync("main button[value=take]")).ShouldBeTrue();
        faults.AddRange((await page.RunAxe()).Violations.SelectMany(rule => rule.Nodes.Select(node => $"what is proposed: {rule.Id}: {node.Html}")));

        faults.ShouldBeEmpty();
    }
}
