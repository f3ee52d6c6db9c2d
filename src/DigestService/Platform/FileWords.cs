namespace DigestService.Platform;

/// <summary>Why a file that an operator named cannot be read, in words of ours: the framework's call a folder "denied".</summary>
internal static class FileWords
{
    /// <summary>A sentence about a file that was named on the command line.</summary>
    public static string Unreadable(string file, Exception refused) => $"The file cannot be read: {WhyUnreadable(file, refused, "name one that does.")}";

    /// <summary>Why, and what to do; <paramref name="whenMissing"/> is what to do where there is no such file.</summary>
    public static string WhyUnreadable(string file, Exception refused, string whenMissing) => refused switch
    {
        FileNotFoundException or DirectoryNotFoundException => $"the file {file} does not exist; {whenMissing}",
        UnauthorizedAccessException when Directory.Exists(file) => $"{file} is a folder; name the file in it.",
        UnauthorizedAccessException => $"the account '{Environment.UserName}' has no right to read {file}; give it that.",
        _ => $"the file {file} cannot be read: {refused.Message}",
    };
}
