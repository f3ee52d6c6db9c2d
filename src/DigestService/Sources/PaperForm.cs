using System.Security.Cryptography;
using System.Text.Json;
using DigestService.Papers;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Sources;

/// <summary>What an operator writes of a paper, on a page, by a verb or by the API: null is what was not written, an empty text is emptied.</summary>
public record PaperForm
{
    /// <summary>Title.</summary>
    public string? Title { get; init; }

    /// <summary>Abstract or summary.</summary>
    public string? Abstract { get; init; }

    /// <summary>Names in the order of the paper.</summary>
    public IReadOnlyList<string>? Authors { get; init; }

    /// <summary>Subject codes such as cs.CL, the primary one first.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>arXiv id, or the address of its page.</summary>
    public string? Arxiv { get; init; }

    /// <summary>DOI.</summary>
    public string? Doi { get; init; }

    /// <summary>The institution that presents it.</summary>
    public string? Organization { get; init; }

    /// <summary>Its page.</summary>
    public string? Url { get; init; }

    /// <summary>The paper itself as PDF.</summary>
    public string? Pdf { get; init; }

    /// <summary>Its code.</summary>
    public string? Code { get; init; }

    /// <summary>Its project page.</summary>
    public string? Project { get; init; }

    /// <summary>A remark of the authors.</summary>
    public string? Comment { get; init; }

    /// <summary>A paper as it is stored.</summary>
    internal static PaperForm Of(CataloguePaper paper) => new()
    {
        Title = paper.Title,
        Abstract = paper.Abstract ?? "",
        Authors = paper.Authors,
        Categories = paper.Categories,
        Arxiv = paper.ArxivId ?? "",
        Doi = paper.Doi ?? "",
        Organization = paper.Organization ?? "",
        Url = paper.Url ?? "",
        Pdf = paper.PdfUrl ?? "",
        Code = paper.CodeUrl ?? "",
        Project = paper.ProjectUrl ?? "",
        Comment = paper.Comment ?? "",
    };

    /// <summary>This form, with what was not typed as in <paramref name="stored"/>.</summary>
    internal PaperForm Over(PaperForm stored) => new()
    {
        Title = Title ?? stored.Title,
        Abstract = Abstract ?? stored.Abstract,
        Authors = Authors ?? stored.Authors,
        Categories = Categories ?? stored.Categories,
        Arxiv = Arxiv ?? stored.Arxiv,
        Doi = Doi ?? stored.Doi,
        Organization = Organization ?? stored.Organization,
        Url = Url ?? stored.Url,
        Pdf = Pdf ?? stored.Pdf,
        Code = Code ?? stored.Code,
        Project = Project ?? stored.Project,
        Comment = Comment ?? stored.Comment,
    };

    /// <summary>Differs where anything in the form does: what a correction was made from.</summary>
    internal string Version() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this)).AsSpan(0, 8));

    /// <summary>The paper it tells of, cleaned as every source's entries are; null with what is wrong and the field at fault.</summary>
    internal (PaperDraft? Draft, InputFault? Fault) Read(Instant now, LocalDate? listedOn)
    {
        if (Faults().FirstOrDefault() is { } fault)
            return (null, fault);
        var raw = new RawPaper
        {
            Title = Title,
            Abstract = Abstract,
            Arxiv = Arxiv,
            Doi = Doi,
            Organization = Organization,
            Url = Url,
            PdfUrl = Pdf,
            CodeUrl = Code,
            ProjectUrl = Project,
            Comment = Comment,
            ListedOn = listedOn,
            UpdatedAt = now,
        };
        raw.Authors.AddRange((Authors ?? []).Where(name => name is not null));
        raw.Categories.AddRange((Categories ?? []).Where(category => category is not null));
        var draft = raw.TryBuild(SourceAuthority.Operator, new SourceDocument { Name = "operator", Now = now }, out var reason);
        if (draft is null)
            return (null, new InputFault(FieldAtFault(), reason));
        // What was written stands above what follows from identifiers and texts.
        return (draft with
        {
            Url = RawPaper.WebAddress(Url) ?? draft.Url,
            PdfUrl = RawPaper.WebAddress(Pdf) ?? draft.PdfUrl,
        }, null);
    }

    /// <summary>The same of a form that says all of a paper: nothing is added to it.</summary>
    internal (PaperDraft? Draft, InputFault? Fault) ReadWhole(Instant now, LocalDate listedOn)
    {
        var (draft, fault) = Read(now, listedOn);
        return (draft is null ? null : draft with { Url = RawPaper.WebAddress(Url), PdfUrl = RawPaper.WebAddress(Pdf), CodeUrl = RawPaper.WebAddress(Code), ProjectUrl = RawPaper.WebAddress(Project) }, fault);
    }

    /// <summary>What cannot be an identifier or an address.</summary>
    internal IEnumerable<InputFault> Faults()
    {
        if (!string.IsNullOrWhiteSpace(Arxiv) && !ArxivId.TryParse(Arxiv, out _))
            yield return new("arxiv", $"“{Arxiv.Trim()}” is no arXiv id such as 2512.09363.");
        if (!string.IsNullOrWhiteSpace(Doi) && !Papers.Doi.TryParse(Doi, out _))
            yield return new("doi", $"“{Doi.Trim()}” is no DOI such as 10.1000/182.");
        foreach (var (field, address) in new[] { ("url", Url), ("pdf", Pdf), ("code", Code), ("project", Project) })
        {
            if (!string.IsNullOrWhiteSpace(address) && RawPaper.WebAddress(address) is null)
                yield return new(field, $"“{address.Trim()}” is no http or https address.");
        }
    }

    private string FieldAtFault() =>
        PeopleText.Clean(Title ?? "").Length is 0 or > RawPaper.MaxTitleLength ? "title"
        : Abstract?.Length > RawPaper.MaxAbstractLength ? "abstract"
        : Authors?.Count > RawPaper.MaxAuthors ? "authors"
        : "listed-on";
}
