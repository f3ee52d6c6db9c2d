using DigestService.Platform.Layout;
using DigestService.Topics;
using DigestService.Topics.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DigestService.Admin.Api;

/// <summary>A topic as the operator writes it.</summary>
public sealed record ApiTopicEdit
{
    /// <summary>Its name in links; for a new topic alone.</summary>
    public string? Slug { get; init; }

    /// <summary>Its name for people, in English.</summary>
    public string? Name { get; init; }

    /// <summary>The group it stands in.</summary>
    public string? Group { get; init; }

    /// <summary>One sentence on what belongs to it.</summary>
    public string? Description { get; init; }

    /// <summary>The query that defines it.</summary>
    public string? Query { get; init; }
}

/// <summary>Topics added and edited, for programs.</summary>
internal static class OperatorTopicsApi
{
    /// <summary>Maps it.</summary>
    public static void MapOperatorTopics(this ApiRoutes api)
    {
        api.MapPost("/topics", AddAsync).Accepts<ApiTopicEdit>("application/json").WithSummary("Adds a topic.");
        api.MapPut("/topics/{slug}", EditAsync).Accepts<ApiTopicEdit>("application/json")
            .WithSummary("Edits a topic; what is left out stays. Its readers get what the new query brings.");
    }

    private static async Task<Results<Created<ApiTopic>, ValidationProblem>> AddAsync(HttpContext http, TopicCatalogue catalogue, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiTopicEdit>(http.Request, ct);
        if (body.Value is not { } typed)
            return OperatorApi.Wrong(body.Faults);
        var form = new TopicForm(Trimmed(typed.Slug), Trimmed(typed.Name), Trimmed(typed.Group), Trimmed(typed.Description), Trimmed(typed.Query));
        if (await catalogue.SaveAsync(form, isNew: true, ct) is { } fault)
            return OperatorApi.Wrong([fault]);
        return TypedResults.Created($"/api/v1/topics/{form.Slug}", new ApiTopic(form.Slug, form.Name, form.Group, form.Description, (await StoredAsync(catalogue, form.Slug, ct))?.Query ?? form.Query));
    }

    private static async Task<Results<Ok<ApiTopic>, NotFound, ValidationProblem>> EditAsync(
        string slug, HttpContext http, TopicCatalogue catalogue, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiTopicEdit>(http.Request, ct);
        if (body.Value is not { } typed)
            return OperatorApi.Wrong(body.Faults);
        if (await StoredAsync(catalogue, slug, ct) is not { } stored)
            return TypedResults.NotFound();
        if (typed.Slug is not null && typed.Slug != slug)
            return OperatorApi.Wrong("slug", "The name in links stays: readers have it in their settings.");
        var form = new TopicForm(
            slug, typed.Name?.Trim() ?? stored.Name, typed.Group?.Trim() ?? stored.Group, typed.Description?.Trim() ?? stored.Description, typed.Query?.Trim() ?? stored.Query);
        if (await catalogue.SaveAsync(form, isNew: false, ct) is { } fault)
            return OperatorApi.Wrong([fault]);
        return await StoredAsync(catalogue, slug, ct) is { } saved ? TypedResults.Ok(ApiTopic.Of(saved)) : TypedResults.NotFound();
    }

    private static async Task<Topic?> StoredAsync(TopicCatalogue catalogue, string slug, CancellationToken ct) =>
        (await catalogue.ListAsync(ct)).FirstOrDefault(topic => topic.Slug == slug);

    private static string Trimmed(string? text) => text?.Trim() ?? "";
}
