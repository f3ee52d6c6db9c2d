namespace DigestService.Platform.Layout;

/// <summary>Leads a browser that has sent a form on to a page of this site; the answer is kept nowhere.</summary>
/// <param name="path">The page's path.</param>
internal sealed class SeeOther(string path) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers.Location = path;
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        return Task.CompletedTask;
    }
}
