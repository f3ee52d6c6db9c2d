using DigestService.Tests.Shared;
using Microsoft.Playwright;

namespace DigestService.Tests;

/// <summary>The machine's own Chromium, headless, one for all tests of a class. Nothing a page asks for leaves the machine.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--hide-scrollbars",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser; the test is skipped where there is none, and fails on CI.</summary>
    public IBrowser Browser => _browser ?? throw Skip.UnlessOnCI("needs chromium on the PATH");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Peer.Find("chromium") is not { } chromium)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Headless = true,
            ChromiumSandbox = false,
            Args = Arguments,
        });
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
