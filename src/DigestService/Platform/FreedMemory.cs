using System.Runtime.InteropServices;

namespace DigestService.Platform;

/// <summary>Memory that was freed and is still held: the collector and the C library keep it for what may come.</summary>
internal static class FreedMemory
{
    /// <summary>
    /// Gives it back to the machine. All threads stand still for a whole collection: for moments after which much less is needed for
    /// long.
    /// </summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than GNU's, which has its own ways.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Trim(nuint pad);
}
