namespace DigestService.Sources;

/// <summary>Where papers come from: files, and the sources fetched on schedule.</summary>
internal static class SourcesFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddSources(this IServiceCollection services)
    {
        services.AddSingleton<PaperImport>();
    }
}
