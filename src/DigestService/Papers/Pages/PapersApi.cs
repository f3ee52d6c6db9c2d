using System.ComponentModel.DataAnnotations;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace DigestService.Papers.Pages;

/// <summary>A paper as the API gives it.</summary>
public sealed record ApiPaper
{
    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>Abstract or summary.</summary>
    public string? Abstract { get; init; }

    /// <summary>Names in the order of the paper.</summary>
    public required IReadOnlyList<string> Authors { get; init; }

    /// <summary>arXiv categories and the like.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>One sentence on it that a machine wrote.</summary>
    public string? InShort { get; init; }

    /// <summary>Keywords that a machine chose.</summary>
    public required IReadOnlyList<string> Keywords { get; init; }

    /// <summary>arXiv id without version.</summary>
    public string? ArxivId { get; init; }

    /// <summary>DOI.</summary>
    public string? Doi { get; init; }

    /// <summary>Page of the paper.</summary>
    public string? Url { get; init; }

    /// <summary>The paper as PDF.</summary>
    public string? PdfUrl { get; init; }

    /// <summary>Its code.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Its project page.</summary>
    public string? ProjectUrl { get; init; }

    /// <summary>Upvotes as last observed.</summary>
    public required int Upvotes { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>Withdrawn by its authors.</summary>
    public required bool Withdrawn { get; init; }

    /// <summary>The same paper as the pages show it.</summary>
    public static ApiPaper Of(ArchivePaper paper) => new()
    {
        Id = paper.Id,
        Title = paper.Title,
        Abstract = paper.Abstract,
        Authors = paper.Authors,
        Categories = paper.Categories,
        InShort = paper.InShort,
        Keywords = paper.Keywords,
        ArxivId = paper.ArxivId,
        Doi = paper.Doi,
        Url = paper.Home,
        PdfUrl = paper.Pdf,
        CodeUrl = WebLink.OrNull(paper.CodeUrl),
        ProjectUrl = WebLink.OrNull(paper.ProjectUrl),
        Upvotes = paper.Upvotes,
        ListedOn = paper.FirstListedOn,
        Withdrawn = paper.WithdrawnAt is not null,
    };
}

/// <summary>
/// Papers, and where the next ones begin; null after the last. <c>next_after</c> stays right while papers are added,
/// <c>next_offset</c> counts them and is there for programs that ask by <c>offset</c>.
/// </summary>
public sealed record ApiPapers(IReadOnlyList<ApiPaper> Papers, string? NextAfter, int? NextOffset)
{
    /// <summary>The most papers one answer holds.</summary>
    public const int Most = 200;

    /// <summary>Of one paper more than asked for, the page and where the next begins.</summary>
    internal static ApiPapers Page(IReadOnlyList<ArchivePaper> papers, PaperRange range)
    {
        var shown = papers.Take(range.Limit).ToList();
        var hasMore = papers.Count > range.Limit;
        return new(
            shown.ConvertAll(ApiPaper.Of),
            hasMore ? ListPlace.Of(shown[^1]).ToString() : null,
            hasMore && range.After is null ? range.Offset + range.Limit : null);
    }
}

/// <summary>One paper, the topics it is on, and the papers closest to it in meaning.</summary>
public sealed record ApiPaperWithTopics(ApiPaper Paper, IReadOnlyList<PaperTopic> Topics, IReadOnlyList<ApiSimilarPaper> Similar);

/// <summary>A paper that is close to another in meaning, and why.</summary>
public sealed record ApiSimilarPaper
{
    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>The cosine of the two papers' vectors.</summary>
    public required float Closeness { get; init; }

    /// <summary>Why it is here, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The sentence of its abstract that is closest to the other paper; null where none is known yet.</summary>
    public string? Sentence { get; init; }

    /// <summary>The same paper as the page of another shows it.</summary>
    public static ApiSimilarPaper Of(SimilarPaper similar, ArchivePaper paper) => new()
    {
        Id = similar.Id,
        Title = similar.Title,
        ListedOn = similar.ListedOn,
        Closeness = similar.Closeness,
        Reason = $"Close in meaning to “{paper.Title}”.",
        Sentence = similar.Sentence,
    };
}

/// <summary>The catalogue for programs.</summary>
internal static class PapersApi
{
    /// <summary>Maps it.</summary>
    public static void MapPapersApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapApi("Papers");
        api.MapGet("/papers", ListAsync).WithSummary("The papers of a day, most upvoted first; without a day, the latest papers.").ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/papers/{id:long}", FindAsync).WithSummary("One paper, its topics, and the papers closest to it in meaning.");
    }

    private static async Task<Results<Ok<ApiPapers>, ProblemHttpResult>> ListAsync(
        string? listed_on, string? after, [Range(1, int.MaxValue)] int? limit, [Range(0, int.MaxValue)] int? offset, Archive archive, CancellationToken ct)
    {
        var day = PageDates.Parse(listed_on);
        if (listed_on is not null && day is null)
            return WrongRequest.Because("listed_on is a day, such as 2026-02-27.");
        if (PaperRange.Read(limit, offset, after, out var fault) is not { } range)
            return fault!; // there is one where there is no range
        var papers = day is { } listedOn
            ? await archive.OfDayAsync(listedOn, range.AndOneMore, ct)
            : await archive.LatestAsync(range.AndOneMore, ct);
        return TypedResults.Ok(ApiPapers.Page(papers, range));
    }

    private static async Task<Results<Ok<ApiPaperWithTopics>, NotFound>> FindAsync(long id, Archive archive, CancellationToken ct)
    {
        if (await archive.PaperAsync(id, ct) is not { } paper)
            return TypedResults.NotFound();
        var similar = await archive.SimilarToAsync(paper.Id, ct);
        return TypedResults.Ok(new ApiPaperWithTopics(
            ApiPaper.Of(paper), await archive.TopicsOfAsync(paper.Id, ct), similar.Select(other => ApiSimilarPaper.Of(other, paper)).ToList()));
    }
}
