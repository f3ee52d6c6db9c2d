namespace DigestService.Platform;

/// <summary>Why a file that an operator named cannot be used, in words of ours: the framework's call a folder "denied".</summary>
internal static class FileWords
{
    /// <summary>One sentence about a file that was to be read.</summary>
    public static string Unreadable(string path, Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => $"There is no file '{path}'.",
        UnauthorizedAccessException when Directory.Exists(path) => $"'{path}' is a folder: name a file.",
        UnauthorizedAccessException => $"The file '{path}' may not be read by this account.",
        _ => $"The file '{path}' cannot be read: {failure.Message}",
    };
}
