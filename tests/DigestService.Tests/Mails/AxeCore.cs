using System.Diagnostics;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Mails;

/// <summary>axe-core, fetched from the npm registry once and kept in the temporary folder; it is not part of the project.</summary>
internal static class AxeCore
{
    private const string Version = "4.14.1";
    private static readonly Lazy<Task<string>> Script = new(FetchAsync);

    /// <summary>The script; the test is skipped, with the reason, where npm cannot bring it.</summary>
    public static Task<string> ScriptAsync() => Script.Value;

    private static async Task<string> FetchAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"axe-core-{Version}");
        var script = Path.Combine(folder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
            await InstallAsync(folder);
        return await File.ReadAllTextAsync(script);
    }

    private static async Task InstallAsync(string folder)
    {
        if (Peer.Find("npm") is not { } npm)
            throw Skip.Because("needs npm for axe-core");
        // Installed beside and moved, so that two test runs never see half of it.
        var staging = Directory.CreateTempSubdirectory("axe-core").FullName;
        using var process = Process.Start(new ProcessStartInfo(
            npm, ["install", "--prefix", staging, "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", $"axe-core@{Version}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!; // Start is null only for a document opened by a running program.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        if (process.ExitCode != 0)
            throw Skip.Because($"npm cannot bring axe-core: {await errors}");
        if (!Directory.Exists(folder))
            Directory.Move(staging, folder);
    }
}
