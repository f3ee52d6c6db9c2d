using System.Buffers;

namespace DigestService.Papers;

/// <summary>Tells which of two wordings of one text a source has spoilt: cut off, in capitals, with remains of LaTeX.</summary>
internal static class SpoiltText
{
    // A title of acronyms has no long word in capitals.
    private const int LongestAcronym = 5;
    private static readonly SearchValues<char> LatexMarks = SearchValues.Create("\\{}");

    /// <summary>Whether a title is a worse spelling of the words of another, or the beginning of it.</summary>
    public static bool IsWorseTitle(string title, string than) =>
        !string.Equals(title, than, StringComparison.Ordinal)
        && (IsCut(title, than)
            || (Faults(title) > Faults(than) && string.Equals(WorkKeys.OfTitle(title), WorkKeys.OfTitle(than), StringComparison.Ordinal)));

    /// <summary>Whether a text ends in "…" where another goes on.</summary>
    public static bool IsCut(string text, string whole)
    {
        var kept = text.AsSpan().TrimEnd([']', ')']).TrimEnd(['.', '…']).TrimEnd(['[', '(', ' ']);
        return kept.Length > 0 && kept.Length < whole.Length && IsEllipsis(text.AsSpan(kept.Length).Trim(['[', '(', ' ', ']', ')']))
            && whole.AsSpan().StartsWith(kept, StringComparison.OrdinalIgnoreCase)
            && !IsEllipsis(whole.AsSpan(kept.Length).Trim(['[', '(', ' ', ']', ')']));
    }

    private static bool IsEllipsis(ReadOnlySpan<char> end) => end is "…" or "..." or "....";

    private static int Faults(string title) =>
        (IsInOneCase(title) ? 2 : 0) + (title.AsSpan().ContainsAny(LatexMarks) || title.AsSpan().Count('$') > 1 ? 2 : 0) + (title.EndsWith('.') ? 1 : 0);

    private static bool IsInOneCase(string title)
    {
        var (hasUpper, hasLower, run, longest) = (false, false, 0, 0);
        foreach (var letter in title)
        {
            hasUpper |= char.IsUpper(letter);
            hasLower |= char.IsLower(letter);
            run = char.IsLetter(letter) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return hasUpper != hasLower && longest > LongestAcronym;
    }
}
