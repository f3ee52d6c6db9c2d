using DigestService.Papers.Pages;

namespace DigestService.Papers;

/// <summary>The catalogue of papers and where it is filled from.</summary>
internal static class PapersFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddPapers(this IServiceCollection services)
    {
        services.AddSingleton<Catalogue>();
        services.AddSingleton<Archive>();
        services.AddSingleton<HiddenPapers>();
    }
}
