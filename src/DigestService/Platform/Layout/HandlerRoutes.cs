using Microsoft.Extensions.Options;

namespace DigestService.Platform.Layout;

/// <summary>
/// Routes as the framework maps them, but for one thing: what reads a request into a handler's arguments is compiled when its route is first
/// asked for. For all routes at once, as the framework does it, whoever comes first after a start would wait for it.
/// </summary>
internal static class HandlerRoutes
{
    /// <summary>Maps a handler for some methods of HTTP.</summary>
    public static RouteHandlerBuilder MapHandler(this IEndpointRouteBuilder routes, string pattern, IReadOnlyCollection<string> methods, Delegate handler)
    {
        Lazy<RequestDelegate>? compiled = null;
        var route = routes.MapMethods(pattern, methods, http => compiled!.Value(http)); // made with the endpoint, which comes first
        route.Add(endpoint =>
        {
            var options = new RequestDelegateFactoryOptions
            {
                ServiceProvider = routes.ServiceProvider,
                EndpointBuilder = endpoint,
                RouteParameterNames = ((RouteEndpointBuilder)endpoint).RoutePattern.Parameters.Select(parameter => parameter.Name),
                ThrowOnBadRequest = routes.ServiceProvider.GetRequiredService<IOptions<RouteHandlerOptions>>().Value.ThrowOnBadRequest,
                DisableInferBodyFromParameters = methods.All(HttpMethods.IsGet) || methods.Any(HttpMethods.IsHead),
            };
            endpoint.Metadata.Add(handler.Method);
            var metadata = RequestDelegateFactory.InferMetadata(handler.Method, options);
            compiled = new Lazy<RequestDelegate>(() => RequestDelegateFactory.Create(handler, options, metadata).RequestDelegate);
        });
        return new RouteHandlerBuilder([route]);
    }
}
