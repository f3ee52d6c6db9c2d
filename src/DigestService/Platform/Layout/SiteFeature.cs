using Microsoft.AspNetCore.HttpOverrides;

namespace DigestService.Platform.Layout;

/// <summary>What all pages share: look, headers, errors, limits.</summary>
internal static class SiteFeature
{
    /// <summary>Registers what the pages need.</summary>
    public static void AddSite(this IServiceCollection services)
    {
        services.AddApi();
        services.AddSingleton<PageCache>();
        services.AddSingleton<FormStamps>();
        services.AddSingleton<SiteLimits>();
        services.AddOptions<ForwardedHeadersOptions>().Configure<SiteOptions>(TrustedProxies.Configure);
    }

    /// <summary>Puts headers, errors and limits around every route; <paramref name="identify"/> says who asks, before the limits.</summary>
    public static void UseSite(this WebApplication web, Func<HttpContext, RequestDelegate, Task> identify)
    {
        web.UseForwardedHeaders();
        web.Use((http, next) =>
        {
            SiteHeaders.Set(http.Response.Headers);
            return next(http);
        });
        web.Use(AnswerHeadAsGetAsync);
        web.UseMiddleware<SiteErrors>();
        web.Use((http, next) =>
        {
            if (!IsOtherSpelling(http.Request.Path))
                return next(http);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        web.Use((http, next) =>
        {
            http.Request.Path = LinkPaths.Trimmed(http.Request.Path);
            return next(http);
        });
        var pages = web.Services.GetRequiredService<PageCache>();
        web.Use(pages.InvokeAsync);
        web.UseRouting();
        web.Use(identify);
        web.Use(web.Services.GetRequiredService<SiteLimits>().InvokeAsync);
    }

    // What answers GET answers HEAD (RFC 9110, section 9.1): monitors and whoever checks links ask so. The server sends no body then.
    private static async Task AnswerHeadAsGetAsync(HttpContext http, RequestDelegate next)
    {
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await next(http);
            return;
        }

        http.Request.Method = HttpMethods.Get;
        try
        {
            await next(http);
        }
        finally
        {
            http.Request.Method = HttpMethods.Head;
        }
    }

    /// <summary>
    /// Proxies keep <c>/metrics</c> and <c>/readyz</c> to their own machine. Routes know no case and no slash at the end; these
    /// two answer to one spelling alone, so that no other gets past a proxy.
    /// </summary>
    private static bool IsOtherSpelling(PathString path) =>
        path.Value is { } written
        && ((string[])["/metrics", "/readyz"]).Any(kept =>
            written != kept && written.TrimEnd('/').Equals(kept, StringComparison.OrdinalIgnoreCase));

    /// <summary>Maps style sheet, script, the description of the API and the word to robots.</summary>
    public static void MapSite(this IEndpointRouteBuilder routes)
    {
        SiteAssets.Map(routes);
        routes.MapOpenApi("/openapi/{documentName}.json");
        routes.MapPage("/robots.txt", (SiteOptions site) => Results.Text(
            "# Papers, topics and trending are for everybody. The rest is behind links of single readers, or made for one question.\n"
            + $"User-agent: *\n{string.Concat(LinkPaths.All.Select(path => $"Disallow: {path}\n"))}Disallow: /search?\nDisallow: /search.\n\nSitemap: {site.Link("/sitemap.xml")}\n"));
    }
}
