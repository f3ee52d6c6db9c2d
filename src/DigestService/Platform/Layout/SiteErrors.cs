using Microsoft.AspNetCore.Mvc;

namespace DigestService.Platform.Layout;

/// <summary>
/// What a person sees when something is wrong: a page that looks like the others, and for programs problem details (RFC 9457).
/// Never a stack trace.
/// </summary>
internal sealed partial class SiteErrors(RequestDelegate next, ILogger<SiteErrors> logger)
{
    private const string ApiPrefix = "/api";

    /// <summary>Turns what was thrown, and any bare status, into an answer.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            // No text of ours holds a NUL and the database takes none.
            if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true)
                throw new BadHttpRequestException("The query holds a NUL.");
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = bad.StatusCode;
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            LogFailed(failure, http.Request.Method, RouteOf(http));
            http.Response.Clear();
            http.Response.StatusCode = Outage.IsOfDatabase(failure)
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status500InternalServerError;
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
            await AnswerAsync(http);
    }

    private static async Task AnswerAsync(HttpContext http)
    {
        var status = http.Response.StatusCode;
        SiteHeaders.Set(http.Response.Headers);
        var message = ErrorMessage.For(status);
        if (http.Request.Path.StartsWithSegments(ApiPrefix, StringComparison.OrdinalIgnoreCase))
            await Results.Problem(new ProblemDetails { Status = status, Title = message.Title, Detail = message.Advice }).ExecuteAsync(http);
        else
            await PageResult.Private<ErrorPage>(message, status).ExecuteAsync(http);
    }

    // The pattern, not the path: paths hold readers' tokens.
    private static string RouteOf(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    [LoggerMessage(1001, LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(Exception failure, string method, string route);
}

/// <summary>What a status means to a person, and what they can do.</summary>
public sealed record ErrorMessage(int Status, string Title, string Advice)
{
    /// <summary>The words for a status.</summary>
    public static ErrorMessage For(int status) => status switch
    {
        404 or 410 => new(status, "Nothing is here", "The address may be mistyped, or what stood here is gone."),
        405 => new(status, "That is not how this page works", "Go back and use the button on the page."),
        413 => new(status, "That was too much at once", "Shorten what you sent and try again."),
        415 => new(status, "That came in a form this service does not read", "Send a form, or JSON to the API."),
        429 => new(status, "One moment, please", "Too many requests came from your network. Wait some minutes and try again."),
        503 => new(status, "The service is interrupted", "It cannot reach its data just now. Nothing is lost; try again in a few minutes."),
        >= 500 => new(status, "Something went wrong on our side", "It has been noted. Try again in a few minutes."),
        _ => new(status, "That could not be understood", "Check what you sent and try again."),
    };
}
