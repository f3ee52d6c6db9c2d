using System.Text.RegularExpressions;
using DigestService.Mails.Gallery;
using Microsoft.Playwright;

namespace DigestService.Tests.Mails;

/// <summary>
/// Every mail in Chromium. With <c>DIGEST_PICTURES</c> set to a folder the pictures are kept there to be looked at.
/// </summary>
public sealed partial class MailRenderingTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("DIGEST_PICTURES");
    private static readonly IReadOnlyList<GalleryMail> Mails = [.. new MailTestBed().Gallery.Mails()];

    [Theory]
    [InlineData(320, ColorScheme.Light)]
    [InlineData(320, ColorScheme.Dark)]
    [InlineData(600, ColorScheme.Light)]
    [InlineData(600, ColorScheme.Dark)]
    [InlineData(1200, ColorScheme.Light)]
    [InlineData(1200, ColorScheme.Dark)]
    public async Task No_mail_is_wider_than_its_window_or_asks_for_anything(int width, ColorScheme scheme)
    {
        await using var context = await chromium.Browser.NewContextAsync(Window(width, scheme));
        var page = await context.NewPageAsync();
        var requests = new List<string>();
        page.Request += (_, request) => requests.Add(request.Url);

        foreach (var mail in Mails)
        {
            await page.SetContentAsync(mail.Mail.Html);
            var needed = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");

            needed.ShouldBeLessThanOrEqualTo(width, mail.Name);
            await KeepPictureAsync(page, $"{mail.Name}-{width}-{scheme}");
        }

        requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_program_that_drops_style_sheets_shows_no_mail_wider_than_a_phone()
    {
        await using var context = await chromium.Browser.NewContextAsync(Window(320, ColorScheme.Light));
        var page = await context.NewPageAsync();
        var wide = new List<string>();

        foreach (var mail in Mails)
        {
            await page.SetContentAsync(Sheet().Replace(mail.Mail.Html, ""));
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") is var needed && needed > 320)
                wide.Add($"{mail.Name}: {needed} px");
            await KeepPictureAsync(page, $"{mail.Name}-320-without-sheet");
        }

        wide.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_wrong_with_any_mail(ColorScheme scheme)
    {
        await using var context = await chromium.Browser.NewContextAsync(Window(600, scheme));
        var page = await context.NewPageAsync();

        // Colours are the same in every language: dark mode is held to the English mails.
        foreach (var mail in Mails.Where(mail => scheme == ColorScheme.Light || mail.Name.EndsWith("-en", StringComparison.Ordinal)))
        {
            await page.SetContentAsync(mail.Mail.Html);

            (await AxeCore.FaultsAsync(page)).ShouldBeEmpty(mail.Name);
        }
    }

    [Fact]
    public async Task Axe_would_see_a_text_too_pale_and_a_heading_left_out()
    {
        await using var context = await chromium.Browser.NewContextAsync(Window(600, ColorScheme.Light));
        var page = await context.NewPageAsync();
        var poor = Mails[0].Mail.Html.Replace("#5b564e", "#aab2bb", StringComparison.Ordinal).Replace("h2", "h5", StringComparison.Ordinal);

        await page.SetContentAsync(poor);
        var faults = await AxeCore.FaultsAsync(page);

        faults.ShouldContain(fault => fault.StartsWith("color-contrast: ", StringComparison.Ordinal));
        faults.ShouldContain(fault => fault.StartsWith("heading-order: ", StringComparison.Ordinal));
    }

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Sheet();

    private static BrowserNewContextOptions Window(int width, ColorScheme scheme) => new()
    {
        ViewportSize = new ViewportSize { Width = width, Height = 800 },
        ColorScheme = scheme,
        Offline = true,
    };

    private static async Task KeepPictureAsync(IPage page, string name)
    {
        if (Pictures is not null)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });
    }
}
