using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Net.Http.Headers;

namespace DigestService.Platform.Layout;

/// <summary>
/// A page: a component with one parameter, <c>Model</c>, rendered to HTML. Public pages may be kept for a minute and
/// are then asked for by their tag; pages behind a link of one reader's are kept nowhere.
/// </summary>
internal sealed class PageResult : IResult
{
    private readonly Type _component;
    private readonly object? _model;
    private readonly int _status;
    private readonly bool _isPublic;

    private PageResult(Type component, object? model, int status, bool isPublic)
    {
        _component = component;
        _model = model;
        _status = status;
        _isPublic = isPublic;
    }

    /// <summary>A page anybody may see.</summary>
    public static PageResult Public<TPage>(object? model)
        where TPage : IComponent => new(typeof(TPage), model, StatusCodes.Status200OK, isPublic: true);

    /// <summary>A page for one reader, or the answer to what they sent.</summary>
    public static PageResult Private<TPage>(object? model, int status = StatusCodes.Status200OK)
        where TPage : IComponent => new(typeof(TPage), model, status, isPublic: false);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var content = Encoding.UTF8.GetBytes(await RenderAsync(httpContext.RequestServices));
        var response = httpContext.Response;
        response.StatusCode = _status;
        response.ContentType = "text/html; charset=utf-8";
        if (!_isPublic)
        {
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        }
        else if (CachedContent.IsCurrent(httpContext, content))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, httpContext.RequestAborted);
    }

    private async Task<string> RenderAsync(IServiceProvider services)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = new Dictionary<string, object?>(StringComparer.Ordinal);
            if (_model is not null)
                parameters["Model"] = _model;
            var output = await renderer.RenderComponentAsync(_component, ParameterView.FromDictionary(parameters));
            return output.ToHtmlString();
        });
    }
}

/// <summary>Public content that may be kept for a minute and is then asked for by its tag.</summary>
internal static class CachedContent
{
    /// <summary>Sets the headers; true when the asker already holds exactly this and needs no body.</summary>
    public static bool IsCurrent(HttpContext http, ReadOnlySpan<byte> content)
    {
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 10))}\"");
        http.Response.Headers.CacheControl = "public, max-age=60";
        http.Response.GetTypedHeaders().ETag = tag;
        return http.Request.GetTypedHeaders().IfNoneMatch
            .Any(held => held.Compare(tag, useStrongComparison: false) || held.Equals(EntityTagHeaderValue.Any));
    }
}
