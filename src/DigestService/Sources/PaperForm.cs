using System.Security.Cryptography;
using System.Text.Json;
using DigestService.Papers;
using NodaTime;

namespace DigestService.Sources;

/// <summary>What an operator types of a paper; null is what was not typed.</summary>
internal sealed record PaperForm
{
    /// <inheritdoc cref="PaperDraft.Title"/>
    public string? Title { get; init; }

    /// <inheritdoc cref="PaperDraft.Abstract"/>
    public string? Abstract { get; init; }

    /// <inheritdoc cref="PaperDraft.Authors"/>
    public IReadOnlyList<string>? Authors { get; init; }

    /// <inheritdoc cref="PaperDraft.Categories"/>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>The arXiv id or the address of its page.</summary>
    public string? Arxiv { get; init; }

    /// <inheritdoc cref="PaperDraft.Doi"/>
    public string? Doi { get; init; }

    /// <inheritdoc cref="PaperDraft.Organization"/>
    public string? Organization { get; init; }

    /// <inheritdoc cref="PaperDraft.Url"/>
    public string? Url { get; init; }

    /// <inheritdoc cref="PaperDraft.PdfUrl"/>
    public string? Pdf { get; init; }

    /// <inheritdoc cref="PaperDraft.CodeUrl"/>
    public string? Code { get; init; }

    /// <inheritdoc cref="PaperDraft.ProjectUrl"/>
    public string? Project { get; init; }

    /// <inheritdoc cref="PaperDraft.Comment"/>
    public string? Comment { get; init; }

    /// <summary>A paper as it is stored.</summary>
    public static PaperForm Of(CataloguePaper paper) => new()
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
    public PaperForm Over(PaperForm stored) => new()
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
    public string Version() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this)).AsSpan(0, 8));

    /// <summary>The paper it tells of, cleaned as every source's entries are; null with what is wrong and the field at fault.</summary>
    public (PaperDraft? Draft, FieldFault? Fault) Read(Instant now, LocalDate? listedOn)
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
        raw.Authors.AddRange(Authors ?? []);
        raw.Categories.AddRange(Categories ?? []);
        var draft = raw.TryBuild(SourceAuthority.Operator, new SourceDocument { Name = "operator", Now = now }, out var reason);
        return draft is null ? (null, new FieldFault(FieldOf(reason), reason)) : (draft, null);
    }

    private IEnumerable<FieldFault> Faults()
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

    private static string FieldOf(string reason) =>
        reason.Contains("abstract", StringComparison.Ordinal) ? "abstract"
        : reason.Contains("authors", StringComparison.Ordinal) ? "authors"
        : reason.Contains("day", StringComparison.Ordinal) ? "listed-on"
        : "title";
}

/// <summary>What is wrong with one field of a form, in a sentence.</summary>
internal sealed record FieldFault(string Field, string Sentence);
