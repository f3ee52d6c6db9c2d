using System.Diagnostics;
using DigestService.Tests.Shared;

namespace DigestService.Tests;

/// <summary>A package of the npm registry, fetched once and kept in the temporary folder; none is part of the project.</summary>
internal sealed class NpmPackage(string name, string version)
{
    private readonly Lazy<Task<string>> _folder = new(() => FetchAsync(name, version));

    /// <summary>The folder of the package; the test is skipped, with the reason, where npm cannot bring it.</summary>
    public Task<string> FolderAsync() => _folder.Value;

    /// <summary>Runs a script of the package with Node; what it printed, errors first.</summary>
    public async Task<string> RunAsync(string script, params IEnumerable<string> arguments)
    {
        var folder = await FolderAsync();
        var start = new ProcessStartInfo("node", [Path.Combine(folder, script), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // What they say of themselves to their makers, and new versions, are not asked for.
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true", ["NO_COLOR"] = "1" },
        };
        return (await EndAsync(start)).Output;
    }

    private static async Task<string> FetchAsync(string name, string version)
    {
        var home = Path.Combine(Path.GetTempPath(), $"npm-{name.Replace('/', '-')}-{version}");
        var folder = Path.Combine([home, "node_modules", .. name.Split('/')]);
        if (!Directory.Exists(folder))
            await InstallAsync(home, $"{name}@{version}");
        return folder;
    }

    private static async Task InstallAsync(string home, string package)
    {
        if (Peer.Find("npm") is not { } npm)
            throw Skip.Because($"needs npm for {package}");
        // Installed beside and moved, so that two test runs never see half of it.
        var staging = Directory.CreateTempSubdirectory("npm").FullName;
        var (exitCode, output) = await EndAsync(new ProcessStartInfo(
            npm, ["install", "--prefix", staging, "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", package])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        if (exitCode != 0)
            throw Skip.Because($"npm cannot bring {package}: {output}");
        if (!Directory.Exists(home))
            Directory.Move(staging, home);
    }

    private static async Task<(int ExitCode, string Output)> EndAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!; // Start is null only for a document opened by a running program.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await errors + output);
    }
}
