using System.Text.RegularExpressions;
using DigestService.Platform.Layout;
using DigestService.Topics.Searching;

namespace DigestService.Topics.Starting;

/// <summary>
/// One thing that somebody pasted: as it was written, the keys of the identifiers it bears, and where it bears none that is
/// known, the words that may be a title or, outside BibTeX, an author's name.
/// </summary>
internal sealed record PastedReference(string Written, IReadOnlyList<string> Keys, string? Title = null, string? Author = null);

/// <summary>
/// Reads what people paste to name papers: identifiers and links, alone or among words, BibTeX, and lines that are a title
/// or an author's name. It never fails: what it cannot read is a reference that nothing answers to.
/// </summary>
internal sealed partial record PastedReferences(IReadOnlyList<PastedReference> References, bool IsCut)
{
    /// <summary>The most references that are read.</summary>
    public const int Most = 100;

    /// <summary>The most characters a text may have.</summary>
    public const int LongestText = 20_000;

    private const int LongestShown = 120;

    /// <summary>Whether a text is longer than is read. A browser counts a line's end as one character and sends two.</summary>
    public static bool IsTooLong(string text) => TypedText.LengthOf(text) > LongestText;

    /// <summary>The references of a text in their order, each once, <see cref="Most"/> at most.</summary>
    public static PastedReferences Read(string text)
    {
        var found = BibTeXText.Cut(text)
            .SelectMany(part => part.Entry is { } entry ? OfEntry(entry) : part.Lines.Split('\n').SelectMany(OfLine))
            .DistinctBy(reference => reference.Keys.Count > 0 ? reference.Keys[0] : reference.Written, StringComparer.OrdinalIgnoreCase)
            .Take(Most + 1)
            .ToList();
        return new(found.Take(Most).ToList(), found.Count > Most);
    }

    private static IEnumerable<PastedReference> OfEntry(BibTeXEntry entry)
    {
        var keys = entry.Identifying.SelectMany(PastedNames.OfWhole).Distinct(StringComparer.Ordinal).ToList();
        if (keys.Count == 0)
            keys = entry.Mentioning.SelectMany(PastedNames.In).Distinct(StringComparer.Ordinal).ToList();
        var title = entry.Title;
        if (keys.Count > 0 || title is not null)
            yield return new(Shown(title ?? entry.Key), keys, title);
        else if (entry.Key.Length > 0)
            yield return new(Shown(entry.Key), []);
    }

    private static IEnumerable<PastedReference> OfLine(string line)
    {
        var known = new List<PastedReference>();
        foreach (var word in PastedNames.Words(line))
        {
            var parts = PastedNames.OfParts(word).ToList();
            if (PastedNames.OfWhole(word).ToList() is { Count: > 0 } whole)
                known.Add(new(Shown(PastedNames.Bare(word)), whole.Concat(parts.Select(part => part.Key)).Distinct(StringComparer.Ordinal).ToList()));
            else if (parts.Count > 0)
                known.AddRange(parts.Select(part => new PastedReference(Shown(part.Written), [part.Key])));
            else if (word.Contains("://", StringComparison.Ordinal))
                known.Add(new(Shown(PastedNames.Bare(word)), []));
        }

        if (known.Count > 0)
            return known;
        var written = ListMark().Replace(line.Trim(), "");
        if (!written.Any(char.IsLetterOrDigit))
            return [];
        var name = written.StartsWith("author:", StringComparison.OrdinalIgnoreCase) ? written["author:".Length..].Trim(' ', '"') : written;
        return [new(Shown(written), [], written, name)];
    }

    private static string Shown(string text) => TypedText.Shortened(text, LongestShown);

    // "- ", "• ", "3. " and "[12] " in front of the lines of a list.
    [GeneratedRegex(@"^(?:[-*•]|[\[(]?[0-9]{1,3}[\]).]+)\s+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ListMark();
}
