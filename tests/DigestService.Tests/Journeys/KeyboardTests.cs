using Microsoft.Playwright;

namespace DigestService.Tests.Journeys;

public sealed class KeyboardTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    // The middle of what has the focus, and what a pointer would meet there.
    private const string Covered = """
        () => {
            const at = document.activeElement;
            if (!at || at === document.body) return 'end';
            const bar = document.querySelector('.sticky');
            if (bar && bar.contains(at)) return 'bar';
            const box = at.getBoundingClientRect(), edge = bar.getBoundingClientRect();
            if (box.bottom <= 0 || box.top >= innerHeight) return 'out of sight: ' + (at.id || at.textContent);
            const over = Math.min(box.bottom, edge.bottom) - Math.max(box.top, edge.top);
            return over > 0.5 ? 'under the bar: ' + (at.id || at.name || at.textContent) : 'free';
        }
        """;

    [Fact]
    public async Task The_preferences_fit_a_phone_before_anything_is_opened()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"), ("topics", "multi-agent"), ("query", "pruning"));
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = site.Browser.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = 390, Height = 800 },
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);

        (await page.EvaluateAsync<int>("document.documentElement.scrollHeight")).ShouldBeLessThan(3_000);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        (await page.IsVisibleAsync("#weekly_on")).ShouldBeFalse();
        await page.SelectOptionAsync("#frequency", "weekly");
        (await page.IsVisibleAsync("#weekly_on")).ShouldBeTrue();
    }

    [Theory]
    [InlineDataInFull(1280, 720)]
    [InlineData(390, 640)]
    public async Task No_stop_of_the_keyboard_lies_under_the_bar_of_the_preferences(int width, int height)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"), ("topics", "multi-agent"));
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = site.Browser.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(fold => fold.open = true)");

        foreach (var key in (string[])["Tab", "Shift+Tab"])
        {
            var met = new List<string>();
            for (var stop = 0; stop < 250; stop++)
            {
                await page.Keyboard.PressAsync(key);
                var state = await page.EvaluateAsync<string>(Covered);
                if (state == "end" && met.Count > 10)
                    break;
                met.Add(state);
            }

            met.Count.ShouldBeGreaterThan(60, key);
            met.Where(state => state is not ("free" or "bar" or "end")).ShouldBeEmpty(key);
        }
    }
}
