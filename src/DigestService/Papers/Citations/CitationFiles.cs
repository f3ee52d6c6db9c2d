using System.Text;
using DigestService.Papers.Pages;

namespace DigestService.Papers.Citations;

/// <summary>Papers as a file for reference managers: <c>.bib</c>, <c>.ris</c> or <c>.json</c> (CSL) behind an address.</summary>
internal static class CitationFiles
{
    /// <summary>The endings there are.</summary>
    public static readonly IReadOnlyList<string> Endings = ["bib", "ris", "json"];

    /// <summary>The file in the format with this ending; not found for any other.</summary>
    public static IResult Of(IEnumerable<ArchivePaper> papers, string format) => Of([.. papers.Select(Cited)], format);

    /// <inheritdoc cref="Of(IEnumerable{ArchivePaper}, string)"/>
    public static IResult Of(IReadOnlyList<CitedPaper> papers, string format) => format switch
    {
        "bib" => File(BibTeX.Write(papers), "application/x-bibtex", "papers.bib"),
        "ris" => File(Ris.Write(papers), "application/x-research-info-systems", "papers.ris"),
        "json" => File(CslJson.Write(papers), "application/vnd.citationstyles.csl+json", "papers.json"),
        _ => Results.NotFound(),
    };

    private static IResult File(string text, string mediaType, string name) => Results.File(Encoding.UTF8.GetBytes(text), mediaType, name);

    private static CitedPaper Cited(ArchivePaper paper) => new()
    {
        Id = paper.Id,
        Title = paper.Title,
        Authors = paper.Authors,
        ArxivId = paper.ArxivId,
        Doi = paper.Doi,
        Url = paper.Url,
        PublishedAt = paper.PublishedAt,
        FirstListedOn = paper.FirstListedOn,
    };
}
