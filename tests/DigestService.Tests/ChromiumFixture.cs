using DigestService.Tests.Shared;
using Microsoft.Playwright;

namespace DigestService.Tests;

/// <summary>The machine's own Chromium, headless, one for all tests of a run. Nothing a page asks for leaves the machine.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--hide-scrollbars",
    ];

    // Starting it takes some four seconds of processor time, its driver's included. Each test has a context of its own in it.
    private static readonly Lazy<Task<IBrowser?>> Shared = new(() => Task.Run(LaunchAsync));

    private IBrowser? _browser;

    /// <summary>The browser; the test is skipped where there is none, and fails on CI.</summary>
    public IBrowser Browser => _browser ?? throw Skip.UnlessOnCI("needs chromium-headless-shell or chromium on the PATH");

    /// <inheritdoc/>
    public async Task InitializeAsync() => _browser = await Shared.Value;

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    private static async Task<IBrowser?> LaunchAsync()
    {
        // The one without a window takes a fifth less processor time.
        if ((Peer.Find("chromium-headless-shell") ?? Peer.Find("chromium")) is not { } chromium)
            return null;
        KeepTheConsolesWriters();
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Headless = true,
            ChromiumSandbox = false,
            Args = Arguments,
        });
        SkippingTestFramework.AtEnd(async () =>
        {
            await browser.DisposeAsync();
            playwright.Dispose();
        });
        return browser;
    }

    // Playwright sets the console's encoding while it starts its driver, which locks the console and then flushes its writers; a log that is just being
    // written has locked its writer and asks the console for it. Neither ever ends, unless the writers were given to the console.
    private static void KeepTheConsolesWriters()
    {
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        Console.SetError(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
    }
}
