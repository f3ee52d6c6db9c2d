using System.Buffers;
using System.Globalization;
using System.Text;
using DigestService.Platform;

namespace DigestService.Relevance.Text;

/// <summary>
/// One word of a text: where it stands (UTF-16 offsets), its folded form, and whether only a hyphen, or nothing at
/// all (scripts without spaces), parts it from the word before.
/// </summary>
internal readonly record struct Token(int Start, int End, string Word, Glue Glue);

/// <summary>What stands between a word and the one before it.</summary>
internal enum Glue
{
    /// <summary>A space or a stop.</summary>
    None,

    /// <summary>A hyphen: "low-rank".</summary>
    Hyphen,

    /// <summary>Nothing, or a mark inside a word: "和平", "q/k".</summary>
    Tight,
}

/// <summary>
/// Cuts text into words. Case, accents, ligatures and full-width forms are folded away; "c++", "f#", "3.5", ".net", "a*",
/// "i/o" and "at&amp;t" stay whole; "CO₂", "CO_2" and "CO$_2$" are one word, "co2"; each ideograph or kana is a word of its
/// own; "U.S." is US and "i.i.d." iid; LaTeX commands that were left in the text degrade to their names. "WHO", "IT" and "CAN" in capitals are names and
/// keep them, for in small letters they are stop words.
/// </summary>
internal static class Tokenizer
{
    private const int LongestWord = 64;
    private const int ShortestAcronym = 2;
    // A long word in capitals beside it tells a shouted heading from an acronym.
    private const int LongestAcronym = 5;
    private static readonly SearchValues<char> Hyphens = SearchValues.Create("-‐‑‒–−");
    private static readonly SearchValues<char> Apostrophes = SearchValues.Create("'’ʼ");

    private static readonly string[] GreekNames =
    [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];

    /// <summary>The words of a text in order. Words longer than 64 characters are no words and are left out.</summary>
    public static List<Token> Tokenize(string text)
    {
        var tokens = new List<Token>(text.Length / 6);
        var at = 0;
        var previousEnd = -1;
        while (at < text.Length)
        {
            var kind = KindAt(text, at, out var width);
            if (kind == Kind.Other && !Symbols.IsDotNet(text, at))
            {
                at += text[at] == '\\' ? CommandLength(text, at) : width;
                continue;
            }
            var end = kind switch
            {
                Kind.Other => at + Symbols.DotNet.Length,
                Kind.Ideograph => at + width,
                _ => Symbols.End(text, at, WordEnd(text, at)),
            };
            var word = WordAt(text, at, end);
            if (word.Length is > 0 and <= LongestWord)
            {
                tokens.Add(new(at, end, word, GlueBetween(text, previousEnd, at)));
                previousEnd = end;
            }
            at = end;
        }
        return tokens;
    }

    /// <summary>The word that stands in a text from one place to another, as <see cref="Tokenize"/> has it.</summary>
    public static string WordAt(string text, int start, int end)
    {
        if (Symbols.IsAbbreviation(text.AsSpan(start, end - start)))
            return OfAbbreviation(WithoutStops(text, start, end));
        var word = Fold(text.AsSpan(start, end - start));
        return StopWords.Contains(word) && IsAcronym(text, start, end) ? text[start..end] : word;
    }

    /// <summary>Whether a word of a query is written as a name, "CLIP" or "AIME", which has a plural and no other ending.</summary>
    public static bool IsName(string text, in Token word) => Symbols.IsAbbreviation(text.AsSpan(word.Start, word.End - word.Start))
        ? WithoutStops(text, word.Start, word.End) is { Length: <= LongestAcronym } letters && IsInCapitals(letters)
        : word.End - word.Start <= LongestAcronym && IsAcronym(text, word.Start, word.End);

    /// <summary>The letters of a word as they are written, those of "U.S." without its stops.</summary>
    public static string WithoutStops(string text, int start, int end) => text[start..end].Replace(".", "", StringComparison.Ordinal);

    /// <summary>
    /// Whether letters that were once read as a word are that word wherever they stand; "WHO" is a name or a stop word as its
    /// neighbours have it.
    /// </summary>
    public static bool IsSameEverywhere(ReadOnlySpan<char> letters, string word) =>
        letters.Length < ShortestAcronym || !IsInCapitals(letters) || !(StopWords.Contains(word) || letters.SequenceEqual(word));

    /// <summary>The Greek letter that a word names, if it names one.</summary>
    public static char? GreekLetter(string word) => Array.IndexOf(GreekNames, word) is >= 0 and var at ? (char)('α' + at) : null;

    /// <summary>Whether what parts two words is one hyphen and nothing else.</summary>
    public static bool IsHyphen(ReadOnlySpan<char> between) => between.Length == 1 && Hyphens.Contains(between[0]);

    private enum Kind
    {
        Other,
        Word,
        Ideograph,
    }

    private static Kind KindAt(string text, int at, out int width)
    {
        width = 1;
        var c = text[at];
        if (char.IsAscii(c))
            return char.IsAsciiLetterOrDigit(c) ? Kind.Word : Kind.Other;
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out width) != OperationStatus.Done)
            return Kind.Other;
        if (IsIdeograph(rune.Value))
            return Kind.Ideograph;
        return Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.LetterNumber
            ? Kind.Word
            : Kind.Other;
    }

    // Scripts written without spaces: Thai to Khmer would need a dictionary, these do not.
    private static bool IsIdeograph(int rune) => rune is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x4E00 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private static int WordEnd(string text, int start)
    {
        var at = start;
        while (at < text.Length)
        {
            if (KindAt(text, at, out var width) == Kind.Word)
                at += width;
            else if (JoinsWord(text, at))
                at++;
            else if (Symbols.ScriptLength(text, start, at) is > 0 and var script)
                at += script;
            else
                break;
        }
        // "c++", "c#", "f#": a mark that belongs to the word, if the word is that short.
        if (at - start <= 2 && at < text.Length && text[at] is '+' or '#')
        {
            var marks = at;
            while (marks < text.Length && marks - at < 2 && text[marks] is '+' or '#')
                marks++;
            // "C++17" is C++ and a number.
            if (marks == text.Length || !char.IsLetter(text[marks]))
                at = marks;
        }
        return at;
    }

    private static bool JoinsWord(string text, int at)
    {
        if (at + 1 >= text.Length)
            return false;
        if (Apostrophes.Contains(text[at]))
            return char.IsLetter(text[at - 1]) && char.IsLetter(text[at + 1]);
        return text[at] == '.' && char.IsAsciiDigit(text[at - 1]) && char.IsAsciiDigit(text[at + 1]);
    }

    private static bool IsAcronym(string text, int start, int end)
    {
        if (end - start < ShortestAcronym || !IsInCapitals(text.AsSpan(start, end - start)))
            return false;
        var before = start - 1;
        while (before >= 0 && char.IsWhiteSpace(text[before]))
            before--;
        var first = before;
        while (first >= 0 && char.IsAsciiLetter(text[first]))
            first--;
        var after = end;
        while (after < text.Length && char.IsWhiteSpace(text[after]))
            after++;
        var last = after;
        while (last < text.Length && char.IsAsciiLetter(text[last]))
            last++;
        return !IsShouted(text.AsSpan(first + 1, before - first)) && !IsShouted(text.AsSpan(after, last - after));
    }

    // "e.g." is said "for example", and "i.e." "that is": neither is a word that is looked for. IE and EG are.
    private static string OfAbbreviation(string letters) => letters.ToLowerInvariant() switch
    {
        var word when IsInCapitals(letters) => StopWords.Contains(word) ? letters : word,
        "eg" => "for",
        "ie" => "that",
        var word => word,
    };

    private static bool IsShouted(ReadOnlySpan<char> word) => word.Length > LongestAcronym && IsInCapitals(word);

    private static bool IsInCapitals(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
            if (!char.IsAsciiLetterUpper(c))
                return false;
        return true;
    }

    // \textbf{word} loses its command, \alpha keeps its name.
    private static int CommandLength(string text, int backslash)
    {
        var end = backslash + 1;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        return end < text.Length && text[end] == '{' ? end - backslash : 1;
    }

    private static Glue GlueBetween(string text, int previousEnd, int start)
    {
        if (previousEnd < 0)
            return Glue.None;
        var between = text.AsSpan(previousEnd, start - previousEnd);
        if (IsHyphen(between))
            return Glue.Hyphen;
        return between.Length <= 1 && (between.Length == 0 || between[0] is '/' or '_' or '.' or ':' or '&' or '@' or '\\' or '^')
            ? Glue.Tight
            : Glue.None;
    }

    private static string Fold(ReadOnlySpan<char> word)
    {
        var isAscii = true;
        var hasMarkup = false;
        foreach (var c in word)
        {
            isAscii &= char.IsAscii(c);
            hasMarkup |= Symbols.IsScriptMarkup(c);
        }
        if (hasMarkup)
            return Fold(string.Concat(word.ToString().Where(c => !Symbols.IsScriptMarkup(c))));
        if (isAscii && word.IndexOf('\'') < 0)
            return string.Create(word.Length, word, static (to, from) => from.ToLowerInvariant(to));
        return FoldSlowly(word.ToString());
    }

    private static string FoldSlowly(string word)
    {
        // Decomposing puts accents after their letters, where they are dropped; it also undoes ligatures and widths.
        var decomposed = word.Normalized(NormalizationForm.FormKD);
        var folded = new StringBuilder(decomposed.Length);
        for (var i = 0; i < decomposed.Length; i++)
        {
            var c = decomposed[i];
            if (Apostrophes.Contains(c))
            {
                if (i == decomposed.Length - 2 && char.ToLowerInvariant(decomposed[i + 1]) == 's')
                    break;
                continue;
            }
            if (char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
                continue;
            folded.Append(char.ToLowerInvariant(c) switch
            {
                'ß' => "ss", 'æ' => "ae", 'œ' => "oe", 'ø' => "o", 'đ' or 'ð' => "d", 'ł' => "l", 'þ' => "th", 'ı' => "i",
                >= 'α' and <= 'ω' and var greek when decomposed.Length == 1 => GreekNames[greek - 'α'],
                var other => other.ToString(),
            });
        }
        return folded.ToString();
    }
}
