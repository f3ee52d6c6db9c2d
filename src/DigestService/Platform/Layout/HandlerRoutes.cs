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
            var parameters = ((RouteEndpointBuilder)endpoint).RoutePattern.Parameters.Select(parameter => parameter.Name).ToArray();
            endpoint.Metadata.Add(handler.Method);
            RequestDelegateFactory.InferMetadata(handler.Method, Options(parameters, endpoint));
            // Requests that come first at once compile it each for itself, and none waits for another.
            compiled = new Lazy<RequestDelegate>(
                () => RequestDelegateFactory.Create(handler, Options(parameters, endpoint: null)).RequestDelegate, LazyThreadSafetyMode.PublicationOnly);
        });
        return new RouteHandlerBuilder([route]);

        RequestDelegateFactoryOptions Options(string[] parameters, EndpointBuilder? endpoint) => new()
        {
            ServiceProvider = routes.ServiceProvider,
            EndpointBuilder = endpoint,
            RouteParameterNames = parameters,
            ThrowOnBadRequest = routes.ServiceProvider.GetRequiredService<IOptions<RouteHandlerOptions>>().Value.ThrowOnBadRequest,
            DisableInferBodyFromParameters = methods.Any(HttpMethods.IsGet),
        };
    }
}
