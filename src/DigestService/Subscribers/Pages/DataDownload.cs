using System.Text.Json;

namespace DigestService.Subscribers.Pages;

/// <summary>All that is held on a reader, as a file for them alone.</summary>
/// <param name="held">What is held.</param>
internal sealed class DataDownload(JsonElement held) : IResult
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers.ContentDisposition = "attachment; filename=\"digest-data.json\"";
        return httpContext.Response.WriteAsJsonAsync(held, Indented, httpContext.RequestAborted);
    }
}
