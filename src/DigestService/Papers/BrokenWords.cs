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

    /// <summary><paramref name="text"/> with its words whole; <paramref name="besides"/> is what else the paper says.</summary>
    public static string Joined(string text, string? besides)
    {
        StringBuilder? joined = null;
        HashSet<string>? known = null;
        var copied = 0;
        for (var hyphen = text.IndexOf('-', StringComparison.Ordinal); hyphen >= 0; hyphen = text.IndexOf('-', hyphen + 1))
        {
            var behind = hyphen + 1;
            while (behind < text.Length && char.IsWhiteSpace(text[behind]))
                behind++;
            if (behind == hyphen + 1 || WordAround(text, hyphen, behind) is not { } word)
                continue;
            known ??= WordsOf($"{text}\n{besides}");
            if (!(char.IsLower(text[behind]) ? known.Contains(word) || IsEnglish(word) : known.TryGetValue(word, out var written) && written.Equals(word, StringComparison.Ordinal)))
                continue;
            (joined ??= new StringBuilder(text.Length)).Append(text, copied, hyphen - copied);
            copied = behind;
        }

        return joined is null ? text : joined.Append(text, copied, text.Length - copied).ToString();
    }

    // What the letters before the hyphen and behind the gap are together; null where they may not be one word.
    private static string? WordAround(string text, int hyphen, int behind)
    {
        var start = hyphen;
        while (start > 0 && char.IsLetter(text[start - 1]))
            start--;
        var end = behind;
        while (end < text.Length && char.IsLetter(text[end]))
            end++;
        if (hyphen - start < LeastBefore || end - behind < LeastBehind || (start > 0 && (text[start - 1] == '\\' || char.IsDigit(text[start - 1]))))
            return null;
        return PeopleText.Conjunctions.Contains(text[behind..end]) ? null : string.Concat(text.AsSpan(start, hyphen - start), text.AsSpan(behind, end - behind));
    }

    private static HashSet<string> WordsOf(string text)
    {
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var start = 0; start < text.Length; start++)
        {
            var end = start;
            while (end < text.Length && char.IsLetterOrDigit(text[end]))
                end++;
            if (end - start >= LeastBefore + LeastBehind)
                words.Add(text[start..end]);
            start = end;
        }

        return words;
    }

    // The list has few plurals and few verbs in the third person.
    private static bool IsEnglish(string word) => English.Value.Contains(word) || (word[^1] == 's' && English.Value.Contains(word[..^1]));

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
