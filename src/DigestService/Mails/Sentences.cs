using System.Text;

namespace DigestService.Mails;

/// <summary>Cuts an abstract where a sentence ends, knowing the abbreviations of scientific English.</summary>
internal static class Sentences
{
    private const int EnoughCharacters = 280;
    private const int MostCharacters = 520;
    private const int MostSentences = 3;
    private const int MostOfShortExcerpt = 160;

    // A first sentence is given whole up to here: a piece of a sentence alone tells little.
    private const int LongestSentence = 900;

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "al", "approx", "app", "appx", "ca", "cf", "ch", "def", "dr", "e.g", "ed", "eds", "eq", "eqn", "eqs", "est", "ex", "fig", "figs",
        "i.e", "inc", "incl", "jr", "lem", "ltd", "max", "min", "mr", "mrs", "ms", "no", "nos", "op", "p", "pp", "prof", "prop", "ref",
        "refs", "resp", "sec", "sect", "sr", "st", "supp", "tab", "thm", "viz", "vol", "vs", "w.r.t", "s.t", "a.k.a", "i.i.d", "wrt", "z.B", "d.h",
    };

    /// <summary>
    /// Two or three sentences: as many as say enough. A first sentence is given whole, and cut at a word only where it does not end. Empty where there
    /// is no abstract.
    /// </summary>
    public static string Excerpt(string? text)
    {
        var line = CleanText.Line(text);
        var end = 0;
        for (var sentences = 0; sentences < MostSentences && end < line.Length; sentences++)
        {
            var next = EndOfSentence(line, end);
            if (next > (sentences == 0 ? LongestSentence : MostCharacters) || (end >= EnoughCharacters && sentences >= 2))
                break;
            end = next;
        }

        return end > 0 ? line[..end].TrimEnd(' ') : CleanText.Shorten(line, MostCharacters);
    }

    /// <summary>The first sentence, as <see cref="Excerpt"/> gives it, cut at a word where it is long.</summary>
    public static string ShortExcerpt(string? text)
    {
        var line = CleanText.Line(text);
        return CleanText.Shorten(line[..EndOfSentence(line, 0)].TrimEnd(' '), MostOfShortExcerpt);
    }

    // Where the sentence that begins at start ends, its closing quotes and following space included.
    private static int EndOfSentence(string line, int start)
    {
        var depth = 0;
        for (var i = start; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '(' or '[':
                    depth++;
                    break;
                case ')' or ']':
                    depth = Math.Max(0, depth - 1);
                    break;
                case '。' or '！' or '？':
                    return SkipClosing(line, i + 1);
                case '!' or '?' when depth == 0 && EndsHere(line, i):
                case '.' when depth == 0 && EndsHere(line, i) && !IsAbbreviation(line, start, i):
                    return SkipClosing(line, i + 1);
                default:
                    break;
            }
        }

        return line.Length;
    }

    private static int SkipClosing(string line, int position)
    {
        while (position < line.Length && line[position] is '"' or '”' or '’' or '\'' or '」' or '』' or ')' or ' ')
            position++;
        return position;
    }

    // A mark ends a sentence when a capital, a digit, an opening bracket or nothing at all follows the space after it.
    private static bool EndsHere(string line, int mark)
    {
        var next = mark + 1;
        while (next < line.Length && line[next] is '"' or '”' or '’' or '\'')
            next++;
        if (next >= line.Length)
            return true;
        if (line[next] != ' ' || next + 1 >= line.Length)
            return false;
        Rune.DecodeFromUtf16(line.AsSpan(next + 1), out var first, out _);
        return !Rune.IsLower(first);
    }

    private static bool IsAbbreviation(string line, int start, int dot)
    {
        var first = dot;
        while (first > start && line[first - 1] is not (' ' or '(' or '[' or '"' or '“' or ','))
            first--;
        var word = line[first..dot];
        var isInitial = word.Length == 1 && char.IsUpper(word[0]);
        return isInitial || Abbreviations.Contains(word);
    }
}
