using System.Text;
using DigestService.Platform;

namespace DigestService.Papers;

/// <summary>
/// Words that the end of a line broke and that were copied with their hyphen, as in "low-resource lan- guages". They are joined where that is certain: the word stands
/// whole elsewhere in the paper, or it is one of the sentence model's English words, among which "finetuned" is not.
/// </summary>
internal static class BrokenWords
{
    // TeX leaves at least two letters before the break and three behind it.
    private const int LeastBefore = 2;
    private const int LeastBehind = 3;

    private static readonly Lazy<HashSet<string>> English = new(ReadEnglish);

    // In "pre- and post-training" the hyphen waits for the end of a word to come.
    private static readonly HashSet<string> Conjunctions = new(StringComparer.OrdinalIgnoreCase) { "and", "but", "nor", "than", "versus", "und", "oder" };

    /// <summary><paramref name="text"/> with its words whole; <paramref name="besides"/> is what else the paper says.</summary>
    public static string Joined(string text, string? besides)
    {
        StringBuilder? joined = null;
        var copied = 0;
        for (var hyphen = text.IndexOf('-', StringComparison.Ordinal); hyphen >= 0; hyphen = text.IndexOf('-', hyphen + 1))
        {
            var behind = hyphen + 1;
            while (behind < text.Length && char.IsWhiteSpace(text[behind]))
                behind++;
            if (behind == hyphen + 1 || !IsOneWord(text, hyphen, behind, besides))
                continue;
            (joined ??= new StringBuilder(text.Length)).Append(text, copied, hyphen - copied);
            copied = behind;
        }

        return joined is null ? text : joined.Append(text, copied, text.Length - copied).ToString();
    }

    private static bool IsOneWord(string text, int hyphen, int behind, string? besides)
    {
        var start = hyphen;
        while (start > 0 && char.IsLetter(text[start - 1]))
            start--;
        var end = behind;
        while (end < text.Length && char.IsLetter(text[end]))
            end++;
        if (hyphen - start < LeastBefore || end - behind < LeastBehind || (start > 0 && (text[start - 1] == '\\' || char.IsDigit(text[start - 1]))))
            return false;
        if (Conjunctions.Contains(text[behind..end]))
            return false;
        var word = string.Concat(text.AsSpan(start, hyphen - start), text.AsSpan(behind, end - behind));
        var comparison = char.IsLower(text[behind]) ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return (char.IsLower(text[behind]) && IsEnglish(word)) || Holds(text, word, comparison) || (besides is not null && Holds(besides, word, comparison));
    }

    // The list has few plurals and few verbs in the third person.
    private static bool IsEnglish(string word) => English.Value.Contains(word) || (word[^1] == 's' && English.Value.Contains(word[..^1]));

    private static bool Holds(string text, string word, StringComparison comparison)
    {
        for (var at = text.IndexOf(word, comparison); at >= 0; at = text.IndexOf(word, at + word.Length, comparison))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
                return true;
        }

        return false;
    }

    // Where the model was left out of the installation, the paper's own words must do.
    private static HashSet<string> ReadEnglish()
    {
        try
        {
            return Encoding.UTF8.GetString(ModelPackage.Read(".vocab.txt")).Split(["\r\n", "\n"], StringSplitOptions.None)
                .Where(word => word.Length >= LeastBefore + LeastBehind && word.All(char.IsAsciiLetterLower)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or BadImageFormatException)
        {
            return [];
        }
    }
}
