using System.Collections.Frozen;
using DigestService.Platform.Layout;

namespace DigestService.Inbound.Commands;

/// <summary>
/// The words of commands in all languages, from one file a language (<c>Words/en.txt</c> says how it is read). Words are in small
/// letters without accents; those of a key stand with the longest first.
/// </summary>
internal static class Vocabulary
{
    private static readonly Lazy<FrozenDictionary<string, string[]>> Words = new(() => PageLanguage.All.SelectMany(Read)
        .GroupBy(line => line.Key, line => line.Words, StringComparer.Ordinal)
        .ToFrozenDictionary(lines => lines.Key, lines => lines.SelectMany(words => words).Distinct(StringComparer.Ordinal).OrderByDescending(word => word.Length).ToArray(), StringComparer.Ordinal));

    /// <summary>The words of a key, of all languages.</summary>
    public static string[] Of(string key) => Words.Value[key];

    /// <summary>Whether a word in small letters without accents is one of a key's.</summary>
    public static bool Has(string key, string word) => Array.IndexOf(Of(key), word) >= 0;

    /// <summary>The lines of a language's file.</summary>
    public static IEnumerable<(string Key, string[] Words)> Read(string language)
    {
        using var stream = typeof(Vocabulary).Assembly.GetManifestResourceStream($"commands.{language}.txt")
            ?? throw new InvalidOperationException($"The program holds no words of commands for the language {language}.");
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] is '#')
                continue;
            var end = line.IndexOf(": ", StringComparison.Ordinal);
            var (key, words) = end < 0 ? (line[..^1], "") : (line[..end], line[(end + 2)..]);
            yield return (key, [.. words.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(CommandArguments.Fold)]);
        }
    }

    /// <summary>Whether a word of an unspaced script ends here, or the text does, or no letter follows.</summary>
    public static bool IsWordEnd(string text, string word, int at = 0) =>
        text.Length == at + word.Length || !char.IsLetterOrDigit(text[at + word.Length]) && text[at + word.Length] is not ('-' or '\'' or '_') || IsUnspaced(word[^1]);

    /// <summary>Whether a letter is of a script that sets no spaces.</summary>
    public static bool IsUnspaced(char letter) => letter > 0x2E80;

    /// <summary>The longest word of a key that a folded text begins with, or null.</summary>
    public static string? AtStart(string key, string text) =>
        Array.Find(Of(key), word => text.StartsWith(word, StringComparison.Ordinal) && IsWordEnd(text, word));

    /// <summary>The longest word of a key that a folded text ends with, behind other words, or null.</summary>
    public static string? AtEnd(string key, string text) =>
        Array.Find(Of(key), word => text.Length > word.Length && text.EndsWith(word, StringComparison.Ordinal) && (text[^(word.Length + 1)] is ' ' || IsUnspaced(word[0])));

    /// <summary>Whether a folded text holds a word of a key.</summary>
    public static bool IsIn(string key, string text) => Array.Exists(Of(key), word => IsWordIn(word, text));

    /// <summary>Whether a folded text holds a word.</summary>
    public static bool IsWordIn(string word, string text)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            if (IsUnspaced(word[0]) || (at == 0 || !char.IsLetterOrDigit(text[at - 1])) && IsWordEnd(text, word, at))
                return true;
        }

        return false;
    }
}
