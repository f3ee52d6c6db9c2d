using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace DigestService.Platform.Layout;

/// <summary>
/// A page: a component with one parameter, <c>Model</c>, rendered to HTML in the reader's language. Public pages may be kept
/// for a minute and are then asked for by their tag; pages behind a link of one reader's are kept nowhere.
/// </summary>
internal sealed class PageResult : IResult
{
    private const string ContentType = "text/html; charset=utf-8";

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

    /// <summary>The language of the reader whose page it is; null for what the browser asks for.</summary>
    public string? Language { get; init; }

    /// <summary>A page anybody may see.</summary>
    public static PageResult Public<TPage>(object? model)
        where TPage : IComponent => new(typeof(TPage), model, StatusCodes.Status200OK, isPublic: true);

    /// <summary>A page for one reader, or the answer to what they sent.</summary>
    public static PageResult Private<TPage>(object? model, int status = StatusCodes.Status200OK, string? language = null)
        where TPage : IComponent => new(typeof(TPage), model, status, isPublic: false) { Language = language };

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var content = Encoding.UTF8.GetBytes(await RenderAsync(httpContext));
        if (_isPublic)
        {
            await PageCache.AnswerAsync(httpContext, content, ContentType);
            return;
        }

        if (FormStamps.PlacesIn(content) is { Count: > 0 } places)
            content = httpContext.RequestServices.GetRequiredService<FormStamps>().Stamped(content, places);
        var response = httpContext.Response;
        response.StatusCode = _status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, httpContext.RequestAborted);
    }

    private async Task<string> RenderAsync(HttpContext http)
    {
        var services = http.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(CascadingValue<>.Name)] = "Language",
                [nameof(CascadingValue<>.Value)] = Language ?? PageLanguage.Of(http),
                [nameof(CascadingValue<>.IsFixed)] = true,
                [nameof(CascadingValue<>.ChildContent)] = (RenderFragment)(page =>
                {
                    page.OpenComponent(0, _component);
                    if (_model is not null)
                        page.AddComponentParameter(1, "Model", _model);
                    page.CloseComponent();
                }),
            };
            var output = await renderer.RenderComponentAsync<CascadingValue<string>>(ParameterView.FromDictionary(parameters));
            return output.ToHtmlString();
        });
    }
}
