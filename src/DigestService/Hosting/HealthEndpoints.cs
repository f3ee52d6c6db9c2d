using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Hosting;

/// <summary><c>/healthz</c>: the process answers, with its version. <c>/readyz</c>: it can do its work, with the reasons.</summary>
internal static class HealthEndpoints
{
    // As often as the service looks by itself.
    private static readonly Duration AskAgainIn = Duration.FromSeconds(30);

    /// <summary>Maps both; they never cache and need no sign-in.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", Alive).ExcludeFromDescription();
        routes.MapGet("/readyz", ReadyAsync).ExcludeFromDescription();
    }

    private static IResult Alive(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Results.Text($"ok {ProgramVersion.Text}\n");
    }

    private static async Task<IResult> ReadyAsync(Readiness readiness, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var report = await readiness.CheckAsync(context.RequestAborted);
        if (!report.Ready)
            SiteLimits.AskLater(context, AskAgainIn);
        return Results.Json(report, ServiceJson.Options, statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
