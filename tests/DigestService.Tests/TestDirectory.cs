using System.Diagnostics;
using System.Globalization;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests;

/// <summary>Folders for tests, gone when the run ends; what a killed run left, its PostgreSQL too, the next one clears up.</summary>
internal static class TestDirectory
{
    private const string Prefix = "digest-tests-";

    private static readonly Lazy<string> Run = new(Begin);

    /// <summary>A new empty folder, deleted when the run ends well.</summary>
    public static string Create(string name)
    {
        var path = Path.Combine(Run.Value, $"{name}-{Guid.NewGuid():n}"[..(name.Length + 9)]);
        Directory.CreateDirectory(path);
        return path;
    }

    private static string Begin()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(IsOrphan))
        {
            StopServers(left);
            TryDelete(left);
        }

        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}"));
        Directory.CreateDirectory(path);
        SkippingTestFramework.AtEnd(() =>
        {
            TryDelete(path);
            return Task.CompletedTask;
        });
        return path;
    }

    private static bool IsOrphan(string directory)
    {
        if (!int.TryParse(Path.GetFileName(directory)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static void StopServers(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "postmaster.pid", SearchOption.AllDirectories))
        {
            var data = Path.GetDirectoryName(file)!;
            if (PostmasterPid.Read(data) is not { } pid || !pid.IsAlive() || IsElsewhere(pid, data))
                continue;
            using var server = Process.GetProcessById(pid.Process);
            server.Kill();
            server.WaitForExit(TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>The number may belong to another run's server by now.</summary>
#pragma warning disable VSTHRD002 // Runs once, on a thread of its own, before the first test.
    private static bool IsElsewhere(PostmasterPid pid, string data) =>
        Task.Run(() => pid.WorksElsewhereAsync(data, UnprivilegedAccount.Find(), CancellationToken.None)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private static void TryDelete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // A server may still be closing its files; the folder is in the system's temporary place.
        }
    }
}
