using System.Globalization;

namespace DigestService.Platform;

/// <summary>What a running server writes about itself: process id on line 1, port on line 4 once it has one.</summary>
internal sealed record PostmasterPid(int Process, int? Port)
{
    /// <summary>Reads <c>postmaster.pid</c>; null where it is missing or unreadable.</summary>
    public static PostmasterPid? Read(string dataDirectory)
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(dataDirectory, "postmaster.pid"));
            return Number(lines, 0) is { } process ? new PostmasterPid(process, Number(lines, 3)) : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether that process runs and is a PostgreSQL; a number that another program got since is not.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process);
            return !process.HasExited
                && process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)
                && !IsZombie();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether that process is certainly not the server of <paramref name="dataDirectory"/>: a server works in its data
    /// directory, and under our account. Only Linux tells; elsewhere the answer is no.
    /// </summary>
    public async Task<bool> WorksElsewhereAsync(string dataDirectory, string? account, CancellationToken ct) =>
        OperatingSystem.IsLinux()
        && !await UnprivilegedAccount.IsSameFileAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{Process}/cwd"), dataDirectory, account, ct);

    /// <summary>
    /// Puts a number that no process has in place of a stale one. The rest of the file stays: by its last line a
    /// starting server sees whether sessions of its predecessor are still there.
    /// </summary>
    public static void MarkStale(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "postmaster.pid");
        var lines = File.ReadAllLines(file);
        lines[0] = int.MaxValue.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
    }

    /// <summary>In a container whose first process adopts without reaping, a killed server stays in the table.</summary>
    private bool IsZombie()
    {
        var stat = $"/proc/{Process}/stat";
        return OperatingSystem.IsLinux() && File.Exists(stat) && File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    private static int? Number(string[] lines, int index) =>
        index < lines.Length && int.TryParse(lines[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
