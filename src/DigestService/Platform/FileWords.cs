using System.Text.Json;

namespace DigestService.Platform;

/// <summary>Why a file that an operator named cannot be read or written, in words of ours: the framework's call a folder "denied".</summary>
internal static class FileWords
{
    // ENOSPC and EROFS, and their kin of Windows.
    private const int NoSpace = 28;
    private const int ReadOnlyDisk = 30;
    private const int WindowsDiskFull = 112;
    private const int WindowsWriteProtected = 19;

    /// <summary>A sentence about a file that was named on the command line.</summary>
    public static string Unreadable(string file, Exception refused) => $"The file cannot be read: {WhyUnreadable(file, refused, "name one that does.")}";

    /// <summary>A sentence about a path that was named on the command line and leads nowhere.</summary>
    public static string Missing(string path) => $"There is no file or folder '{path}'.";

    /// <summary>Why, and what to do; <paramref name="whenMissing"/> is what to do where there is no such file.</summary>
    public static string WhyUnreadable(string file, Exception refused, string whenMissing) => refused switch
    {
        _ when file.Length == 0 => "no file is named; name one.",
        FileNotFoundException or DirectoryNotFoundException => $"the file {file} does not exist; {whenMissing}",
        UnauthorizedAccessException when Directory.Exists(file) => $"{file} is a folder; name the file in it.",
        UnauthorizedAccessException => $"the account '{Environment.UserName}' has no right to read {file}; give it that.",
        _ => $"the file {file} cannot be read: {refused.Message}",
    };

    /// <summary>What follows the name of a file in a sentence about where its JSON breaks off.</summary>
    public static string IsNoJson(JsonException broken) =>
        // It counts lines from 0.
        FormattableString.Invariant($"is no JSON from line {(broken.LineNumber ?? 0) + 1} on; correct it there.");

    /// <summary>Whether a write failed because the disk is full.</summary>
    public static bool IsFullDisk(Exception refused) => refused is IOException && (refused.HResult & 0xffff) is NoSpace or WindowsDiskFull;

    /// <summary>Why a folder cannot be made or nothing can be written in it, and what to do; <paramref name="file"/> is the one in it that was to be written.</summary>
    public static string WhyUnwritable(string folder, Exception refused, string? file = null) => refused switch
    {
        _ when FileAbove(folder) is { } above => $"{above} is a file and not a folder; name a folder.",
        _ when Directory.Exists(file) => $"{file} is a folder, and a file of this name is to be written; move it away.",
        UnauthorizedAccessException => $"the account '{Environment.UserName}' has no right to write {(File.Exists(file) ? file : $"in {folder}")}; give it that, or name another folder.",
        FileNotFoundException or DirectoryNotFoundException => $"{folder} cannot be made; name another folder.",
        _ when IsFullDisk(refused) => $"the disk of {folder} is full; free some room on it, or inodes, which df -i counts.",
        IOException when (refused.HResult & 0xffff) is ReadOnlyDisk or WindowsWriteProtected => $"the disk of {folder} takes no writes; name another folder.",
        _ => $"{folder} cannot be written: {refused.Message}",
    };

    /// <summary>What stands where the folder, or one above it, should be.</summary>
    private static string? FileAbove(string folder)
    {
        for (var at = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at))
                return at;
        }

        return null;
    }
}
