namespace DigestService.Platform.Layout;

/// <summary>Routes of the API below one path, described under one tag.</summary>
internal sealed class ApiRoutes(RouteGroupBuilder group)
{
    /// <summary>Maps what reads.</summary>
    public RouteHandlerBuilder MapGet(string pattern, Delegate handler) => group.MapHandler(pattern, [HttpMethods.Get], handler);

    /// <summary>Maps what adds or acts.</summary>
    public RouteHandlerBuilder MapPost(string pattern, Delegate handler) => group.MapHandler(pattern, [HttpMethods.Post], handler);

    /// <summary>Maps what sets.</summary>
    public RouteHandlerBuilder MapPut(string pattern, Delegate handler) => group.MapHandler(pattern, [HttpMethods.Put], handler);

    /// <summary>Maps what changes a part.</summary>
    public RouteHandlerBuilder MapPatch(string pattern, Delegate handler) => group.MapHandler(pattern, [HttpMethods.Patch], handler);
}
