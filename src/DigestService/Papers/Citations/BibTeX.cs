using System.Globalization;
using System.Text;

namespace DigestService.Papers.Citations;

/// <summary>Papers as BibTeX: one <c>@misc</c> each, in the style arXiv gives its own. UTF-8, as biber and BibTeX 0.99e read it.</summary>
internal static class BibTeX
{
    /// <summary>The file.</summary>
    public static string Write(IReadOnlyList<CitedPaper> papers)
    {
        var bib = new StringBuilder();
        var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var paper in papers)
        {
            bib.Append(CultureInfo.InvariantCulture, $"@misc{{{UniqueKey(paper, keys)},\n");
            Field(bib, "title", $"{{{Escape(paper.Title)}}}");
            if (paper.Authors.Length > 0)
                Field(bib, "author", string.Join(" and ", paper.Authors.Select(Author)));
            Field(bib, "year", paper.Day.Year.ToString(CultureInfo.InvariantCulture));
            if (paper.ArxivId is { } id)
            {
                Field(bib, "eprint", Verbatim(id));
                Field(bib, "archivePrefix", "arXiv");
            }

            if (paper.Doi is { } doi)
                Field(bib, "doi", Verbatim(doi));
            if (paper.Address is { } address)
                Field(bib, "url", Verbatim(address));
            bib.Append("}\n\n");
        }

        return bib.ToString();
    }

    private static void Field(StringBuilder bib, string name, string value) =>
        bib.Append(CultureInfo.InvariantCulture, $"  {name} = {{{value}}},\n");

    // "and" parts authors and a comma parts names: what is neither stands in braces of its own.
    private static string Author(string written)
    {
        var name = CitedName.Of(CitationText.Line(written));
        if (name.IsLiteral)
            return name.Family.Any(letter => letter is ' ' or ',' or '&') ? $"{{{Escape(name.Family)}}}" : Escape(name.Family);
        var parts = new[] { name.WholeFamily, name.Suffix, name.Given }.Where(part => part.Length > 0).Select(Escape);
        return string.Join(", ", parts);
    }

    // Family name, year, first word of weight: okafor2026small; a letter more where two papers would share it. Without a Latin letter in
    // either, the identifier tells it from those in other files.
    private static string UniqueKey(CitedPaper paper, HashSet<string> taken)
    {
        var family = paper.Authors.Length > 0 ? CitationText.AsciiLetters(CitedName.Of(paper.Authors[0]).Family) : "";
        var word = paper.Title.Split([' ', '-', '–', ':', '/']).Select(CitationText.AsciiLetters).FirstOrDefault(candidate => candidate.Length > 3)
            ?? (family.Length > 0 ? "" : CitationText.AsciiLetters(paper.ArxivId ?? paper.Doi ?? paper.Id.ToString(CultureInfo.InvariantCulture)));
        var key = string.Create(CultureInfo.InvariantCulture, $"{(family.Length > 0 ? family : "paper")}{paper.Day.Year}{word}");
        var unique = key;
        for (var suffix = 'a'; !taken.Add(unique); suffix++)
            unique = suffix <= 'z' ? key + suffix : string.Create(CultureInfo.InvariantCulture, $"{key}-{paper.Id}-{(int)suffix}");
        return unique;
    }

    // DOIs and addresses are read as they are; only braces would end the field.
    private static string Verbatim(string text) => CitationText.Line(text)
        .Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal).Replace("\\", "%5C", StringComparison.Ordinal);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in CitationText.Line(text))
            escaped.Append(c switch
            {
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
                _ => c.ToString(),
            });
        return escaped.ToString();
    }
}
