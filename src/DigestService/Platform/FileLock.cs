namespace DigestService.Platform;

/// <summary>
/// A lock between processes on one file, gone with the process that holds it. Shared by readers (any number at once)
/// or exclusive; <c>flock</c> on Unix, share modes on Windows.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock for this holder alone, or returns null when another holds it.</summary>
    public static FileLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Whether somebody holds it, alone or beside others; takes it for an instant where nobody does.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path))
            return false;
        using var free = TryExclusive(path);
        return free is null;
    }

    /// <summary>Waits for the lock until <paramref name="patience"/> is over; null then.</summary>
    public static async Task<FileLock?> ExclusiveAsync(string path, TimeSpan patience, CancellationToken ct)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            if (TryExclusive(path) is { } taken)
                return taken;
            if (waited.Elapsed > patience)
                return null;
            await Task.Delay(Pause, ct);
        }
    }

    /// <summary>Takes the lock beside other sharers, or returns null while another holds it alone.</summary>
    public static FileLock? TryShared(string path)
    {
        using (TryOpen(path, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            // Opening to read does not create the file.
        }

        return TryOpen(path, FileAccess.Read, FileShare.Read);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, access, share));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
