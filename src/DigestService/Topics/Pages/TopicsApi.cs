using System.ComponentModel.DataAnnotations;
using DigestService.Papers.Pages;
using DigestService.Platform.Layout;
using DigestService.Topics.Searching;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DigestService.Topics.Pages;

/// <summary>A topic as the API gives it.</summary>
public sealed record ApiTopic(string Slug, string Name, string Group, string Description, string Query)
{
    /// <summary>The same topic as the catalogue holds it.</summary>
    public static ApiTopic Of(Topic topic) => new(topic.Slug, topic.Name, topic.Group, topic.Description, topic.Query);
}

/// <summary>All topics.</summary>
public sealed record ApiTopics(IReadOnlyList<ApiTopic> Topics);

/// <summary>One topic and its latest papers, and where the next ones begin.</summary>
public sealed record ApiTopicWithPapers(ApiTopic Topic, IReadOnlyList<ApiPaper> Papers, string? NextAfter, int? NextOffset);

/// <summary>What is trending by <c>day</c>, <c>week</c> or <c>month</c>, biggest first.</summary>
public sealed record ApiTrending(string View, IReadOnlyList<ApiPaper> Papers);

/// <summary>
/// What a search found, best first, how many were ranked in all (at most a thousand), and the word that was looked for in place of
/// a mistyped one. <c>next_after</c> is where the next ones begin, after the last paper of these wherever it stands by then; null after the last.
/// </summary>
public sealed record ApiFound(IReadOnlyList<ApiPaper> Papers, string? NextAfter, int Total, Correction? Correction);

/// <summary>Topics and search for programs.</summary>
internal static class TopicsApi
{
    /// <summary>Maps them.</summary>
    public static void MapTopicsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapApi("Topics");
        api.MapGet("/topics", async (TopicCatalogue catalogue, CancellationToken ct) =>
                TypedResults.Ok(new ApiTopics((await catalogue.ListAsync(ct)).Select(ApiTopic.Of).ToList())))
            .WithSummary("The topics readers choose from.");
        api.MapGet("/topics/{slug}", FindAsync).WithSummary("One topic and its papers, latest first.").ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/trending/{view}", TrendingAsync).WithSummary("The most noticed papers by day, week or month, biggest first.").ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/search", SearchAsync).RequireRateLimiting(SiteLimits.Search)
            .WithSummary("Papers that answer a query, best first. Plain words are free text; \"phrases\", OR, brackets, -without, title:, author:, cat:, org: match exactly.").ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static async Task<Results<Ok<ApiTopicWithPapers>, NotFound, ProblemHttpResult>> FindAsync(
        string slug, string? after, [Range(1, int.MaxValue)] int? limit, [Range(0, int.MaxValue)] int? offset, TopicCatalogue catalogue, Archive archive, CancellationToken ct)
    {
        if (PaperRange.Read(limit, offset, after, out var fault) is not { } range)
            return fault!; // there is one where there is no range
        if ((await catalogue.ListAsync(ct)).FirstOrDefault(topic => topic.Slug == slug) is not { } topic)
            return TypedResults.NotFound();
        var page = ApiPapers.Page(await archive.OfQueryAsync(topic.QueryId, range.AndOneMore, ct), range);
        return TypedResults.Ok(new ApiTopicWithPapers(ApiTopic.Of(topic), page.Papers, page.NextAfter, page.NextOffset));
    }

    private static async Task<Results<Ok<ApiTrending>, NotFound, ProblemHttpResult>> TrendingAsync(
        string view, [Range(1, int.MaxValue)] int? limit, TrendingPapers trending, CancellationToken ct)
    {
        if (TopicsPages.ViewOf(view) is not { } known)
            return TypedResults.NotFound();
        if (ListLimit.FaultOf(limit) is { } fault)
            return WrongRequest.Because(fault);
        return TypedResults.Ok(new ApiTrending(view, (await trending.OfAsync(known, Math.Min(limit ?? TrendingPapers.Most, TrendingPapers.Most), ct)).Select(ApiPaper.Of).ToList()));
    }

    private static async Task<Results<Ok<ApiFound>, ProblemHttpResult>> SearchAsync(
        string q, string? after, [Range(1, int.MaxValue)] int? limit, [Range(0, int.MaxValue)] int? offset, bool? exact, PaperSearch search, CancellationToken ct)
    {
        if (PaperRange.Read(limit, offset, after, out var fault) is not { } range)
            return fault!; // there is one where there is no range
        var (found, error) = await search.FindAsync(q, exact ?? false, range, ct);
        if (found is null)
        {
            return TypedResults.Problem(
                error?.Message,
                statusCode: StatusCodes.Status400BadRequest,
                title: "The query cannot be read",
                extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["position"] = error?.Position, ["length"] = error?.Length });
        }

        return TypedResults.Ok(new ApiFound(found.Papers.Select(ApiPaper.Of).ToList(), found.Next?.ToString(), found.Total, found.Correction));
    }
}
