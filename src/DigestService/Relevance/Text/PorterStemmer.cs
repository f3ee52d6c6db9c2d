namespace DigestService.Relevance.Text;

/// <summary>
/// The English (Porter2) stemmer: words of one family share a stem ("models", "modelling" → "model"). Two additions
/// for this field: British spellings meet American ones, and acronyms lose their plural ("llms" → "llm", "gpus" → "gpu").
/// </summary>
internal static class PorterStemmer
{
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["skis"] = "ski", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie",
        ["idly"] = "idl", ["gently"] = "gentl", ["ugly"] = "ugli", ["early"] = "earli", ["only"] = "onli",
        ["singly"] = "singl", ["sky"] = "sky", ["news"] = "news", ["howe"] = "howe", ["atlas"] = "atlas",
        ["cosmos"] = "cosmos", ["bias"] = "bias", ["andes"] = "andes",
        // No plurals of acronyms, though as short of vowels as those: pros and cons are nothing of Gemini Pro's.
        ["pros"] = "pros", ["plus"] = "plus", ["chris"] = "chris", ["cmos"] = "cmos", ["nlos"] = "nlos", ["blas"] = "blas", ["plos"] = "plos",
        ["kras"] = "kras", ["nras"] = "nras", ["hras"] = "hras",
    };

    // Kept from agent, proven, polite, truth and a fair comparison.
    private static readonly Dictionary<string, string> NarrowExceptions = new(StringComparer.Ordinal)
    {
        ["agentic"] = "agentic", ["provenance"] = "provenance", ["political"] = "politic", ["politically"] = "politic",
        ["truthful"] = "truthful", ["truthfulness"] = "truthful", ["truthfully"] = "truthful", ["fairness"] = "fairness",
    };

    private static readonly HashSet<string> DoneAfterPlural = new(StringComparer.Ordinal)
    {
        "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed",
    };

    // Longest first within each step: the first suffix that fits decides.
    private static readonly (string Suffix, string Replacement)[] Step2 =
    [
        ("ational", "ate"), ("ization", "ize"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
        ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"),
        ("alism", "al"), ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"),
        ("anci", "ance"), ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"),
        ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string Suffix, string Replacement)[] Step3 =
    [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ative", ""),
        ("ical", "ic"), ("ness", ""), ("ful", ""),
    ];

    private static readonly string[] Step4 =
    [
        "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
        "ion", "al", "er", "ic",
    ];

    /// <summary>The stem of a folded word. Words with anything but a–z, and very short ones, come back unchanged.</summary>
    public static string Stem(string word) => Stem(word, isNarrow: false);

    /// <summary>
    /// A stem for words that must be what was asked for. It keeps "-ize", for to localize is not local, a tokenizer no token
    /// and optimization not optimal, and a few words of the field from strangers that Porter's rules make their kin.
    /// </summary>
    public static string NarrowStem(string word) => Stem(word, isNarrow: true);

    private static string Stem(string word, bool isNarrow)
    {
        if (word.Length <= 2 || !IsPlainWord(word))
            return word;
        var american = Americanise(word);
        if (Exceptions.TryGetValue(american, out var exception) || (isNarrow && NarrowExceptions.TryGetValue(american, out exception)))
            return exception;
        var buffer = new StemBuffer(american);
        RemovePlural(buffer);
        if (DoneAfterPlural.Contains(buffer.Text))
            return buffer.Text;
        RemovePastAndGerund(buffer);
        TurnFinalY(buffer);
        ReplaceLongSuffix(buffer);
        if (!isNarrow || !buffer.Ends("ize"))
        {
            ReplaceMiddleSuffix(buffer);
            DropDerivation(buffer);
        }
        TidyEnd(buffer);
        return buffer.Text.Replace('Y', 'y');
    }

    private static bool IsPlainWord(string word)
    {
        foreach (var c in word)
            if (c is < 'a' or > 'z')
                return false;
        return true;
    }

    private static string Americanise(string word)
    {
        if (word.Length >= 6)
        {
            if (word.EndsWith("our", StringComparison.Ordinal) || word.EndsWith("ours", StringComparison.Ordinal)
                || word.EndsWith("oural", StringComparison.Ordinal))
                word = word.Replace("our", "or", StringComparison.Ordinal);
            else if (word.Contains("isation", StringComparison.Ordinal))
                word = word.Replace("isation", "ization", StringComparison.Ordinal);
            else if (word.EndsWith("ise", StringComparison.Ordinal) || word.EndsWith("ised", StringComparison.Ordinal)
                || word.EndsWith("ises", StringComparison.Ordinal) || word.EndsWith("iser", StringComparison.Ordinal)
                || word.EndsWith("ising", StringComparison.Ordinal))
                word = string.Concat(word.AsSpan(0, word.LastIndexOf("is", StringComparison.Ordinal)), "iz",
                    word.AsSpan(word.LastIndexOf("is", StringComparison.Ordinal) + 2));
        }
        return word;
    }

    private static void RemovePlural(StemBuffer b)
    {
        if (b.Ends("sses"))
            b.Cut(2);
        else if (b.Ends("ied") || b.Ends("ies"))
            b.Cut(b.Length > 4 ? 2 : 1);
        else if (b.Ends("s") && !b.Ends("ss"))
        {
            // "llms", "gpus" and "pdes": consonants and at the most a vowel behind them. "gas" and "bus" are shorter.
            var isAcronym = b.Length >= 4 && !b.HasVowelBefore(b.Length - 2);
            if (isAcronym || (b.HasVowelBefore(b.Length - 2) && !b.Ends("us")))
                b.Cut(1);
        }
    }

    private static void RemovePastAndGerund(StemBuffer b)
    {
        foreach (var suffix in (ReadOnlySpan<string>)["eedly", "eed"])
            if (b.Ends(suffix))
            {
                if (b.InR1(suffix))
                    b.Replace(suffix, "ee");
                return;
            }
        foreach (var suffix in (ReadOnlySpan<string>)["ingly", "edly", "ing", "ed"])
        {
            if (!b.Ends(suffix))
                continue;
            if (!b.HasVowelBefore(b.Length - suffix.Length))
                return;
            b.Cut(suffix.Length);
            if (b.Ends("at") || b.Ends("bl") || b.Ends("iz"))
                b.Append('e');
            else if (b.EndsInDouble())
                b.Cut(1);
            else if (b.IsShort())
                b.Append('e');
            return;
        }
    }

    private static void TurnFinalY(StemBuffer b)
    {
        if (b.Length > 2 && (b.Ends("y") || b.Ends("Y")) && !b.IsVowel(b.Length - 2))
            b.Replace("y", "i");
    }

    private static void ReplaceLongSuffix(StemBuffer b)
    {
        foreach (var (suffix, replacement) in Step2)
        {
            if (!b.Ends(suffix))
                continue;
            var fits = suffix switch
            {
                "ogi" => b.Before(suffix) == 'l',
                "li" => b.Before(suffix) is 'c' or 'd' or 'e' or 'g' or 'h' or 'k' or 'm' or 'n' or 'r' or 't',
                _ => true,
            };
            if (fits && b.InR1(suffix))
                b.Replace(suffix, replacement);
            return;
        }
    }

    private static void ReplaceMiddleSuffix(StemBuffer b)
    {
        foreach (var (suffix, replacement) in Step3)
        {
            if (!b.Ends(suffix))
                continue;
            if (suffix is "ative" ? b.InR2(suffix) : b.InR1(suffix))
                b.Replace(suffix, replacement);
            return;
        }
    }

    private static void DropDerivation(StemBuffer b)
    {
        foreach (var suffix in Step4)
        {
            if (!b.Ends(suffix))
                continue;
            if (b.InR2(suffix) && (suffix is not "ion" || b.Before(suffix) is 's' or 't'))
                b.Cut(suffix.Length);
            return;
        }
    }

    private static void TidyEnd(StemBuffer b)
    {
        if (b.Ends("e"))
        {
            if (b.InR2("e") || (b.InR1("e") && !b.EndsInShortSyllable(b.Length - 1)))
                b.Cut(1);
        }
        else if (b.Ends("l") && b.InR2("l") && b.Before("l") == 'l')
        {
            b.Cut(1);
        }
    }
}
