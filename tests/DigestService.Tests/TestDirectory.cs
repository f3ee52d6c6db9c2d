using System.Diagnostics;
using System.Globalization;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests;

/// <summary>Folders for tests, gone when the run ends; what a killed run left, its PostgreSQL too, the next one clears up.</summary>
internal static class TestDirectory
{
    private const string Prefix = "digest-tests-";
    private const string Memory = "/dev/shm";
    private const long RoomForDatabases = 4L << 30;

    private static readonly Lazy<string> OnDisk = new(BeginOnDisk);
    private static readonly Lazy<string> InMemory = new(BeginInMemory);

    /// <summary>A new empty folder, deleted when the run ends well.</summary>
    public static string Create(string name) => CreateUnder(OnDisk.Value, name);

    /// <summary>
    /// The same for databases that need not outlive a power cut: in memory, where the machine lends some as a folder, for making and dropping
    /// hundreds of databases is mostly the work of a file system.
    /// </summary>
    public static string CreateForDatabases(string name) => CreateUnder(InMemory.Value, name);

    private static string CreateUnder(string run, string name)
    {
        var path = Path.Combine(run, $"{name}-{Guid.NewGuid():n}"[..(name.Length + 9)]);
        Directory.CreateDirectory(path);
        return path;
    }

    private static string BeginOnDisk()
    {
        ClearUp(Path.GetTempPath());
        return Begin(Path.GetTempPath());
    }

    private static string BeginInMemory()
    {
        // Long forms have databases of many gigabytes.
        if (Full.IsAsked || !Directory.Exists(Memory))
            return OnDisk.Value;
        ClearUp(Memory);
        return HasRoom() ? Begin(Memory) : OnDisk.Value;
    }

    private static bool HasRoom()
    {
        try
        {
            return new DriveInfo(Memory).AvailableFreeSpace >= RoomForDatabases
                && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= 2 * RoomForDatabases;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Begin(string place)
    {
        var path = Path.Combine(place, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}"));
        Directory.CreateDirectory(path);
        SkippingTestFramework.AtEnd(() =>
        {
            TryDelete(path);
            return Task.CompletedTask;
        });
        return path;
    }

    private static void ClearUp(string place)
    {
        foreach (var left in Directory.EnumerateDirectories(place, Prefix + "*").Where(IsOrphan))
        {
            StopServers(left);
            TryDelete(left);
        }
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
