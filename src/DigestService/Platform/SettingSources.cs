namespace DigestService.Platform;

/// <summary>
/// One source of settings as the service reads it: what is empty is unset, and <c>KEY_FILE</c> gives the content of
/// that file to <c>KEY</c>.
/// </summary>
internal static class SettingSources
{
    private const string FileSuffix = "_FILE";

    /// <summary>The settings of one source under those sections that are ours.</summary>
    /// <exception cref="OperatorException">A file that is named cannot be read, or holds nothing.</exception>
    public static IReadOnlyDictionary<string, string?> Read(IConfiguration source)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var entries = source.AsEnumerable().Where(entry => !string.IsNullOrWhiteSpace(entry.Value) && IsOurs(entry.Key)).ToList();
        foreach (var (key, value) in entries.Where(entry => !NamesFile(entry.Key)))
            settings[key] = value;
        foreach (var (key, file) in entries.Where(entry => NamesFile(entry.Key)))
            settings[key[..^FileSuffix.Length]] = Content(key, file!); // empty values were left out above
        return settings;
    }

    /// <summary>Whether a key names the file of another key. A stranger's <c>FOO_FILE</c> stands under no section of ours.</summary>
    private static bool NamesFile(string key) => key.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase) && key.Contains(':', StringComparison.Ordinal);

    private static bool IsOurs(string key)
    {
        var end = key.IndexOf(':', StringComparison.Ordinal);
        return Settings.Sections.Contains(end < 0 ? key : key[..end], StringComparer.OrdinalIgnoreCase);
    }

    private static string Content(string key, string file)
    {
        var name = key.Replace(":", "__", StringComparison.Ordinal);
        try
        {
            var content = File.ReadAllText(file).TrimEnd('\r', '\n');
            return string.IsNullOrWhiteSpace(content)
                ? throw new OperatorException($"Setting {name}: the file {file} is empty.")
                : content;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new OperatorException($"Setting {name}: {FileWords.WhyUnreadable(file, unreadable, "make it, or correct the setting.")}", unreadable);
        }
    }
}
