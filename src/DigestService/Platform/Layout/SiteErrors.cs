using System.Text.RegularExpressions;
using DigestService.Platform.Layout.Words;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using Npgsql;

namespace DigestService.Platform.Layout;

/// <summary>
/// What a person sees when something is wrong: a page that looks like the others, and for programs problem details (RFC 9457).
/// Never a stack trace.
/// </summary>
internal sealed partial class SiteErrors(RequestDelegate next, TimeProvider time, ILogger<SiteErrors> logger)
{
    private const string ApiPrefix = "/api";
    private const string OperatorPrefix = "/admin";
    private static readonly Duration LikelyOutage = Duration.FromMinutes(1);

    /// <summary>Turns what was thrown, and any bare status, into an answer.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        string? why = null;
        string? toOperator = null;
        var aborted = http.RequestAborted;
        var late = AnswerPatience.Limit(http, time);
        try
        {
            // No text of ours holds a NUL and the database takes none.
            if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true)
                throw new RefusedRequestException("The query holds a NUL.");
            await next(http);
        }
        catch (Exception brokenOff) when (brokenOff is ConnectionResetException || brokenOff is OperationCanceledException && aborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = bad.StatusCode;
            why = SentenceOf(bad);
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            var isLate = failure is OperationCanceledException && late.IsCancellationRequested;
            LogFailed(isLate ? new NpgsqlException("The database does not answer.", new TimeoutException()) : failure, http.Request.Method, RouteOf(http));
            toOperator = failure is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } or NpgsqlException { InnerException: OperatorException } ? Verb.Sentence(failure) : null;
            http.Response.Clear();
            http.Response.StatusCode = isLate || Outage.IsOfDatabase(failure)
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status500InternalServerError;
        }
        finally
        {
            http.RequestAborted = aborted;
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
            await AnswerAsync(http, why, toOperator);
    }

    private static async Task AnswerAsync(HttpContext http, string? why, string? toOperator)
    {
        var status = http.Response.StatusCode;
        SiteHeaders.Set(http.Response.Headers);
        if (status == StatusCodes.Status503ServiceUnavailable)
            SiteLimits.AskLater(http, LikelyOutage);
        // Routes name GET alone, and whatever answers GET answers HEAD.
        if (http.Response.Headers.Allow.ToString() is { Length: > 0 } allowed && allowed.Contains(HttpMethods.Get, StringComparison.Ordinal) && !allowed.Contains(HttpMethods.Head, StringComparison.Ordinal))
            http.Response.Headers.Allow = $"{allowed}, {HttpMethods.Head}";
        var isForPrograms = http.Request.Path.StartsWithSegments(ApiPrefix, StringComparison.OrdinalIgnoreCase);
        var message = http.Request.Path.StartsWithSegments(OperatorPrefix, StringComparison.OrdinalIgnoreCase) && ErrorMessage.ForOperator(status) is { } told
            ? told with { Advice = toOperator ?? told.Advice }
            : ErrorMessage.For(status, isForPrograms ? PageLanguage.All[0] : PageLanguage.Of(http));
        if (!isForPrograms)
        {
            await PageResult.Private<ErrorPage>(message, status).ExecuteAsync(http);
            return;
        }

        why ??= status == StatusCodes.Status405MethodNotAllowed ? $"This takes {http.Response.Headers.Allow}." : message.Advice;
        await Results.Problem(new ProblemDetails { Status = status, Title = message.Title, Detail = why }).ExecuteAsync(http);
    }

    // The framework's sentences are not for people; of one we take the name of the parameter, which stands behind its type in C#.
    private static string? SentenceOf(BadHttpRequestException bad) =>
        bad is RefusedRequestException ? bad.Message
        : Parameter().Match(bad.Message) is { Success: true } found ? $"{found.Groups[1].Value} is missing, or of another kind than it takes."
        : null;

    [GeneratedRegex("parameter \"\\S+ (\\w+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    // The pattern, not the path: paths hold readers' tokens.
    private static string RouteOf(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    [LoggerMessage(1001, LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(Exception failure, string method, string route);
}

/// <summary>What a status means to a person, and what they can do.</summary>
public sealed record ErrorMessage(int Status, string Title, string Advice)
{
    /// <summary>What an operator reads where readers are asked to come back later; null where both read the same.</summary>
    public static ErrorMessage? ForOperator(int status) => status switch
    {
        StatusCodes.Status503ServiceUnavailable => new(
            status, "The database does not answer", "It is out of reach or takes no writes now. /readyz, the log and 'digest doctor' on the machine say what is wrong and what to do; this page works again by itself once it answers."),
        StatusCodes.Status500InternalServerError => new(
            status, "This page failed", "The log says what happened, in the line that ends at this moment; with --verbose it has the stack. 'digest doctor' looks at what the service stands on."),
        _ => null,
    };

    /// <summary>The words for a status.</summary>
    public static ErrorMessage For(int status, string language)
    {
        var (title, advice) = SiteWords.Of(language).Error(status);
        return new(status, title, advice);
    }
}

/// <summary>A request that is refused in a sentence of ours, which whoever sent it may read.</summary>
internal sealed class RefusedRequestException(string sentence, int status = StatusCodes.Status400BadRequest, Exception? inner = null)
    : BadHttpRequestException(sentence, status, inner!); // none is no fault of the base
