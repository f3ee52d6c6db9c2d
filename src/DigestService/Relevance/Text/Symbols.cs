namespace DigestService.Relevance.Text;

/// <summary>Words that are written with marks, and the sub- and superscripts that belong to a word.</summary>
internal static class Symbols
{
    /// <summary>The one word that begins with a stop.</summary>
    public const string DotNet = ".net";

    // "AT&T", "R&D", "Q&A": short names on both sides of the mark.
    private const int LongestAroundAmpersand = 3;
    private const int LongestScript = 5;

    /// <summary>Whether ".NET" begins here; "example.net" is an address and not the runtime.</summary>
    public static bool IsDotNet(string text, int at) =>
        text[at] == '.'
        && at + DotNet.Length <= text.Length
        && (at + DotNet.Length == text.Length || !IsWord(text[at + DotNet.Length]))
        && (text.AsSpan(at, DotNet.Length).SequenceEqual(".NET")
            || (text.AsSpan(at, DotNet.Length).Equals(DotNet, StringComparison.OrdinalIgnoreCase) && (at == 0 || !IsWord(text[at - 1]))));

    /// <summary>Where a word that begins at <paramref name="start"/> and would end at <paramref name="end"/> ends with its marks.</summary>
    public static int End(string text, int start, int end)
    {
        if (end >= text.Length || (start > 0 && IsWord(text[start - 1])))
            return end;
        var length = end - start;
        switch (text[end])
        {
            // A* and D*, not neuro*, which asks for a beginning, nor **bold**.
            case '*' when length == 1 && char.IsAsciiLetter(text[start]) && (start == 0 || text[start - 1] != '*')
                && (end + 1 == text.Length || (!IsWord(text[end + 1]) && text[end + 1] != '*')):
                return end + 1;
            // I/O and A/B.
            case '/' when length == 1 && char.IsAsciiLetter(text[start]) && LettersAfter(text, end) == 1:
                return end + 2;
            // U.S. and e.g.
            case '.' when length == 1 && char.IsAsciiLetter(text[start]):
                return AbbreviationEnd(text, end);
            case '&' when length <= LongestAroundAmpersand && AreLetters(text.AsSpan(start, length))
                && LettersAfter(text, end) is >= 1 and <= LongestAroundAmpersand and var after:
                return end + 1 + after;
            default:
                return end;
        }
    }

    /// <summary>Whether a word is letters with stops between them: "U.S.", "i.i.d".</summary>
    public static bool IsAbbreviation(ReadOnlySpan<char> word) => word.Length > 2 && word[1] == '.' && char.IsAsciiLetter(word[0]);

    // With its last stop, behind which no sentence ends. "a.b.com" is an address.
    private static int AbbreviationEnd(string text, int stop)
    {
        var at = stop;
        while (at + 1 < text.Length && text[at] == '.' && char.IsAsciiLetter(text[at + 1]) && (at + 2 == text.Length || !IsWord(text[at + 2])))
            at += 2;
        if (at == stop || at == text.Length || text[at] != '.')
            return at;
        return at + 1 < text.Length && IsWord(text[at + 1]) ? stop : at + 1;
    }

    /// <summary>
    /// The length of a sub- or superscript at this place, 0 where there is none: "₂", "_2", "_{2.5}", "$_2$", "^2", "$_x$" behind a
    /// word that holds a letter. What joins two words, as in "snake_case", is none.
    /// </summary>
    public static int ScriptLength(string text, int wordStart, int at)
    {
        var isRaisedOrLowered = IsRaisedOrLowered(text[at]);
        if ((!isRaisedOrLowered && text[at] is not ('$' or '_' or '^')) || !HoldsLetter(text.AsSpan(wordStart, at - wordStart)))
            return 0;
        if (isRaisedOrLowered)
            return 1;
        var next = at;
        var isMath = text[next] == '$';
        if (isMath)
            next++;
        if (next >= text.Length || text[next] is not ('_' or '^'))
            return 0;
        next++;
        var isBraced = next < text.Length && text[next] == '{';
        if (isBraced)
            next++;
        var first = next;
        while (next < text.Length && (char.IsAsciiLetterOrDigit(text[next]) || (isBraced && text[next] == '.')))
            next++;
        var script = text.AsSpan(first, next - first);
        if (script.Length is 0 or > LongestScript || !(isBraced || isMath || script.Length == 1 || IsNumber(script)))
            return 0;
        if (isBraced && (next >= text.Length || text[next++] != '}'))
            return 0;
        if (isMath && (next >= text.Length || text[next++] != '$'))
            return 0;
        return next - at;
    }

    /// <summary>Marks that lower or raise what follows and are no part of the word.</summary>
    public static bool IsScriptMarkup(char c) => c is '_' or '^' or '{' or '}' or '$';

    private static bool IsRaisedOrLowered(char c) => c is '²' or '³' or '¹' or (>= '\u2070' and <= '\u2079') or (>= '\u2080' and <= '\u2089');

    private static int LettersAfter(string text, int mark)
    {
        var at = mark + 1;
        while (at < text.Length && char.IsAsciiLetter(text[at]))
            at++;
        return at < text.Length && IsWord(text[at]) ? 0 : at - mark - 1;
    }

    private static bool AreLetters(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
            if (!char.IsAsciiLetter(c))
                return false;
        return true;
    }

    private static bool HoldsLetter(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
            if (char.IsLetter(c))
                return true;
        return false;
    }

    private static bool IsNumber(ReadOnlySpan<char> script)
    {
        foreach (var c in script)
            if (!char.IsAsciiDigit(c))
                return false;
        return true;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c);
}
