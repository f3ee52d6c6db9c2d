using DigestService.Platform.Layout;

namespace DigestService.Platform;

/// <summary>Settings that belong to no single feature.</summary>
internal static class PlatformFeature
{
    /// <summary>Registers the shared settings.</summary>
    public static void AddPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ClockSkew>();
        services.AddSettings<DataOptions>(configuration, "Data");
        services.AddSettings<SiteOptions>(configuration, "Site");
        services.AddSite();
    }
}
