using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Options;

namespace DigestService.Platform.Layout;

/// <summary>
/// Routes of pages, which answer GET and HEAD alike and change nothing by either. What reads a request into a handler's arguments is
/// compiled when its page is first asked for: for all pages at once it would keep the first visitor waiting.
/// </summary>
internal static class PageRoutes
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps a page; it is not part of the API's description.</summary>
    public static IEndpointConventionBuilder MapPage(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapMethods(pattern, Reading, CompileAtFirstUse(routes.ServiceProvider, pattern, handler, hasBody: false)).ExcludeFromDescription();

    /// <summary>Maps what a form sends; one network sends so many, unless the route says otherwise.</summary>
    public static IEndpointConventionBuilder MapForm(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapPost(pattern, CompileAtFirstUse(routes.ServiceProvider, pattern, handler, hasBody: true)).ExcludeFromDescription().RequireRateLimiting(SiteLimits.Plain);

    private static RequestDelegate CompileAtFirstUse(IServiceProvider services, string pattern, Delegate handler, bool hasBody)
    {
        var compiled = new Lazy<RequestDelegate>(() => RequestDelegateFactory.Create(handler, new RequestDelegateFactoryOptions
        {
            ServiceProvider = services,
            RouteParameterNames = RoutePatternFactory.Parse(pattern).Parameters.Select(parameter => parameter.Name),
            ThrowOnBadRequest = services.GetRequiredService<IOptions<RouteHandlerOptions>>().Value.ThrowOnBadRequest,
            DisableInferBodyFromParameters = !hasBody,
        }).RequestDelegate);
        return http => compiled.Value(http);
    }
}
