namespace DigestService.Platform.Layout;

/// <summary>Routes of pages, which answer GET and HEAD alike and change nothing by either.</summary>
internal static class PageRoutes
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Sending = [HttpMethods.Post];

    /// <summary>Maps a page; it is not part of the API's description.</summary>
    public static RouteHandlerBuilder MapPage(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapHandler(pattern, Reading, handler).ExcludeFromDescription();

    /// <summary>Maps what a form sends; one network sends so many, unless the route says otherwise.</summary>
    public static RouteHandlerBuilder MapForm(this IEndpointRouteBuilder routes, string pattern, Delegate handler) =>
        routes.MapHandler(pattern, Sending, handler).ExcludeFromDescription().RequireRateLimiting(SiteLimits.Plain);
}
