using System.Globalization;
using System.Text;
using DigestService.Platform;

namespace DigestService.Papers;

/// <summary>
/// Whether two lists of authors may be those of one work: names in either order, with and without accents, given names
/// as initials, lists of the same people in another order. An initial or a word that contradicts keeps them apart.
/// </summary>
internal static class AuthorMatch
{
    private static readonly HashSet<string> Suffixes = new(StringComparer.Ordinal) { "jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "phd", "md", "dr", "prof" };

    /// <summary>Whether the works may be one as far as their authors tell; a list that names nobody contradicts nothing.</summary>
    public static bool MayBeOne(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        if (one.Count == 0 || other.Count == 0 || IsSamePerson(one[0], other[0]))
            return true;
        // The same people, in another order.
        return one.Count > 1 && one.Count == other.Count && one.All(name => other.Any(second => IsSamePerson(name, second)));
    }

    /// <summary>Whether two spellings may be one person's name.</summary>
    private static bool IsSamePerson(string one, string other)
    {
        if (string.Equals(one, other, StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var umlauts in (ReadOnlySpan<bool>)[false, true])
        {
            var (a, b) = (Words(one, umlauts), Words(other, umlauts));
            if (a.Count == 0 || b.Count == 0)
                return a.Count == b.Count;
            if (string.Concat(a) == string.Concat(b) || Agree(a, b))
                return true;
        }

        return false;
    }

    // Each word of the shorter name is a word of the longer or its initial; one of them at least in full, and a family
    // name is no initial.
    private static bool Agree(List<string> one, List<string> other)
    {
        var (few, many) = one.Count <= other.Count ? (one, new List<string>(other)) : (other, new List<string>(one));
        var inFull = 0;
        var rest = new List<string>();
        foreach (var word in few)
        {
            if (word.Length > 1 && many.Remove(word))
                inFull++;
            else
                rest.Add(word);
        }

        foreach (var word in rest)
        {
            var at = many.FindIndex(candidate => word.Length == 1 ? candidate[0] == word[0] : candidate.Length == 1 && candidate[0] == word[0]);
            if (at < 0)
                return false;
            many.RemoveAt(at);
        }

        // What the longer name has more are middle names, as long as the two share a full name and a first word.
        return inFull > 0 && (few.Count > 1 || many.Count == 0);
    }

    private static List<string> Words(string name, bool expandsUmlauts)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in Folded(name, expandsUmlauts).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
                continue;
            }

            if (rune.Value is '\'' or '’' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark)
                continue;
            Take(word, words);
        }

        Take(word, words);
        words.RemoveAll(Suffixes.Contains);
        if (words.Count > 1 && words[0] == "the")
            words.RemoveAt(0);
        return words;
    }

    private static void Take(StringBuilder word, List<string> words)
    {
        if (word.Length > 0)
            words.Add(word.ToString());
        word.Clear();
    }

    private static string Folded(string name, bool expandsUmlauts)
    {
        if (Ascii.IsValid(name))
            return name;
        var folded = new StringBuilder(name.Length);
        foreach (var letter in name.Normalized(NormalizationForm.FormC))
            folded.Append(expandsUmlauts && Umlaut(letter) is { } expanded ? expanded : LetterFolding.Of(letter));
        return folded.ToString().Normalized(NormalizationForm.FormKD);
    }

    private static string? Umlaut(char letter) => letter switch
    {
        'ä' or 'Ä' => "ae", 'ö' or 'Ö' or 'ø' or 'Ø' => "oe", 'ü' or 'Ü' => "ue", 'å' or 'Å' => "aa",
        _ => null,
    };
}

/// <summary>Letters that no normal form takes apart, as the plain ones that stand in for them.</summary>
internal static class LetterFolding
{
    /// <summary>The plain letters for one letter; itself where it has none.</summary>
    public static string Of(char letter) => letter switch
    {
        'ø' or 'Ø' => "o", 'đ' or 'Đ' or 'ð' or 'Ð' => "d", 'ł' or 'Ł' => "l", 'ß' or 'ẞ' => "ss", 'æ' or 'Æ' => "ae", 'œ' or 'Œ' => "oe",
        'þ' or 'Þ' => "th", 'ı' => "i", 'ħ' or 'Ħ' => "h", 'ŋ' or 'Ŋ' => "n", 'ŧ' or 'Ŧ' => "t",
        _ => letter.ToString(),
    };
}
