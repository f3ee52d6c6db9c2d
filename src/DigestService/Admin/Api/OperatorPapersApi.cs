using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Platform.Layout;
using DigestService.Sources;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace DigestService.Admin.Api;

/// <summary>A paper as the operator writes it; what is left out of a correction stays, an empty text is emptied.</summary>
public sealed record ApiPaperEdit : PaperForm
{
    /// <summary>The day it is listed on; for a new paper alone, today where it is left out.</summary>
    public LocalDate? ListedOn { get; init; }
}

/// <summary>Why a paper is hidden.</summary>
public sealed record ApiHiding
{
    /// <summary>For the operator's list; may be left out.</summary>
    public string? Reason { get; init; }
}

/// <summary>A paper that is hidden.</summary>
public sealed record ApiHiddenPaper(long Id, string Title, string? Reason, Instant HiddenAt);

/// <summary>The papers that are hidden, the latest first.</summary>
public sealed record ApiHiddenPapers(IReadOnlyList<ApiHiddenPaper> Papers);

/// <summary>Papers by hand, for programs.</summary>
internal static class OperatorPapersApi
{
    /// <summary>Maps it.</summary>
    public static void MapOperatorPapers(this ApiRoutes api)
    {
        api.MapPost("/papers", AddAsync).Accepts<ApiPaperEdit>("application/json").WithSummary("Adds a paper that is neither known nor hidden.");
        api.MapPatch("/papers/{id:long}", CorrectAsync).Accepts<ApiPaperEdit>("application/json").WithSummary("Corrects a paper; what is left out stays.");
        api.MapPost("/papers/{id:long}/hide", HideAsync).Accepts<ApiHiding>("application/json").WithSummary("Takes a paper out of pages, search and digests, until it is put back.");
        api.MapPost("/papers/{id:long}/unhide", UnhideAsync).WithSummary("Puts a hidden paper back.");
        api.MapGet("/papers/hidden", async (HiddenPapers hidden, CancellationToken ct) => TypedResults.Ok(new ApiHiddenPapers(
            [.. (await hidden.ListAsync(ct)).Select(paper => new ApiHiddenPaper(paper.Id, paper.Title, paper.Reason, paper.HiddenAt))])))
            .WithSummary("The papers that are hidden, the latest first.");
    }

    private static async Task<Results<Created<ApiPaper>, ValidationProblem>> AddAsync(HttpContext http, PaperEditor editor, Archive archive, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiPaperEdit>(http.Request, ct);
        if (body.Value is not { } typed)
            return OperatorApi.Wrong(body.Faults);
        var added = await editor.AddAsync(typed, typed.ListedOn, ct);
        if (added.Id is not { } id || await archive.PaperAsync(id, ct) is not { } paper)
            return Wrong(added);
        return TypedResults.Created(FormattableString.Invariant($"/api/v1/papers/{id}"), ApiPaper.Of(paper));
    }

    private static async Task<Results<Ok<ApiPaper>, NotFound, ValidationProblem>> CorrectAsync(
        long id, HttpContext http, PaperEditor editor, Archive archive, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiPaperEdit>(http.Request, ct);
        if (body.Value is not { } typed)
            return OperatorApi.Wrong(body.Faults);
        if (typed.ListedOn is not null)
            return OperatorApi.Wrong("listed_on", "The day a paper was listed on stays as it is.");
        var corrected = await editor.CorrectAsync(id, typed, version: null, ct);
        if (corrected.Fault is not null)
            return Wrong(corrected);
        return corrected.Id is { } row && await archive.PaperAsync(row, ct) is { } paper ? TypedResults.Ok(ApiPaper.Of(paper)) : TypedResults.NotFound();
    }

    private static async Task<Results<NoContent, NotFound, ValidationProblem>> HideAsync(long id, HttpContext http, HiddenPapers hidden, CancellationToken ct)
    {
        string? reason = null;
        if (JsonBody.IsSent(http.Request))
        {
            var body = await JsonBody.ReadAsync<ApiHiding>(http.Request, ct);
            if (body.Value is not { } hiding)
                return OperatorApi.Wrong(body.Faults);
            reason = hiding.Reason;
        }

        return await hidden.HideAsync(id, reason, ct) is null ? TypedResults.NotFound() : TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> UnhideAsync(long id, PaperEditor editor, CancellationToken ct)
    {
        return await editor.PutBackAsync(id, ct) is null ? TypedResults.NotFound() : TypedResults.NoContent();
    }

    private static ValidationProblem Wrong(EditOutcome outcome) => outcome.Fault is { } fault
        ? OperatorApi.Wrong(fault.Field.Replace('-', '_'), fault.Sentence)
        : OperatorApi.Wrong("title", "The paper is not there any more.");
}
