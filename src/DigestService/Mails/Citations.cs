using System.Globalization;
using System.Text;
using NodaTime;

namespace DigestService.Mails;

/// <summary>What a citation says of a paper.</summary>
internal sealed record CitedPaper
{
    public required long Id { get; init; }
    public required string Title { get; init; }
    public required string[] Authors { get; init; }
    public string? ArxivId { get; init; }
    public string? Doi { get; init; }
    public string? Url { get; init; }
    public Instant? PublishedAt { get; init; }
    public required LocalDate FirstListedOn { get; init; }

    /// <summary>The day it was published, as far as that is known.</summary>
    public LocalDate Day => PublishedAt?.InUtc().Date ?? FirstListedOn;
}

/// <summary>The papers of a digest for reference managers, as BibTeX and as RIS.</summary>
internal static class Citations
{
    /// <summary>One <c>@misc</c> a paper, in the style arXiv gives its own.</summary>
    public static string BibTeX(IReadOnlyList<CitedPaper> papers)
    {
        var bib = new StringBuilder();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var paper in papers)
        {
            bib.Append(CultureInfo.InvariantCulture, $"@misc{{{UniqueKey(paper, keys)},\n");
            Field(bib, "title", $"{{{Escape(paper.Title)}}}");
            if (paper.Authors.Length > 0)
                Field(bib, "author", string.Join(" and ", paper.Authors.Select(name => Escape(FamilyFirst(name)))));
            Field(bib, "year", paper.Day.Year.ToString(CultureInfo.InvariantCulture));
            if (paper.ArxivId is { } id)
            {
                Field(bib, "eprint", Escape(id));
                Field(bib, "archivePrefix", "arXiv");
            }

            if (paper.Doi is { } doi)
                Field(bib, "doi", Escape(doi));
            if (CleanText.WebAddress(paper.Url) is { } url)
                Field(bib, "url", url.Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal));
            bib.Append("}\n\n");
        }

        return bib.ToString();
    }

    /// <summary>One record a paper, in CRLF lines as the format asks for.</summary>
    public static string Ris(IReadOnlyList<CitedPaper> papers)
    {
        var ris = new StringBuilder();
        foreach (var paper in papers)
        {
            Tag(ris, "TY", "GEN");
            Tag(ris, "TI", CleanText.Line(paper.Title));
            foreach (var name in paper.Authors)
                Tag(ris, "AU", FamilyFirst(CleanText.Line(name)));
            Tag(ris, "PY", paper.Day.Year.ToString(CultureInfo.InvariantCulture));
            Tag(ris, "DA", string.Create(CultureInfo.InvariantCulture, $"{paper.Day.Year:0000}/{paper.Day.Month:00}/{paper.Day.Day:00}"));
            if (paper.Doi is { } doi)
                Tag(ris, "DO", CleanText.Line(doi));
            if (paper.ArxivId is { } id)
                Tag(ris, "AN", "arXiv:" + CleanText.Line(id));
            if (CleanText.WebAddress(paper.Url) is { } url)
                Tag(ris, "UR", url);
            Tag(ris, "ER", "");
        }

        return ris.ToString();
    }

    private static void Field(StringBuilder bib, string name, string value) =>
        bib.Append(CultureInfo.InvariantCulture, $"  {name} = {{{value}}},\n");

    private static void Tag(StringBuilder ris, string tag, string value) =>
        ris.Append(CultureInfo.InvariantCulture, $"{tag}  - {value}\r\n");

    // Family name, year, first word of weight: okafor2026small; a letter more where two papers would share it.
    private static string UniqueKey(CitedPaper paper, HashSet<string> taken)
    {
        var family = paper.Authors.Length > 0 ? Plain(FamilyFirst(paper.Authors[0]).Split(',')[0]) : "";
        var word = paper.Title.Split(' ').Select(Plain).FirstOrDefault(candidate => candidate.Length > 3) ?? "";
        var key = string.Create(CultureInfo.InvariantCulture, $"{(family.Length > 0 ? family : "paper")}{paper.Day.Year}{word}");
        var unique = key;
        for (var suffix = 'a'; !taken.Add(unique); suffix++)
            unique = suffix <= 'z' ? key + suffix : string.Create(CultureInfo.InvariantCulture, $"{key}-{paper.Id}");
        return unique;
    }

    private static string Plain(string text) => string.Concat(
        text.Normalize(NormalizationForm.FormD).Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));

    private static string FamilyFirst(string name)
    {
        var space = name.LastIndexOf(' ');
        return space < 0 || name.Contains(',', StringComparison.Ordinal) ? name : $"{name[(space + 1)..]}, {name[..space]}";
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in CleanText.Line(text))
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
