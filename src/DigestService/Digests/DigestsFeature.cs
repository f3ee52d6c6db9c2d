using DigestService.Digests.Pages;
using DigestService.Platform;

namespace DigestService.Digests;

/// <summary>Who is due, what they get, and the mail it becomes.</summary>
internal static class DigestsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddDigests(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<DigestOptions>(configuration, "Digest");
        services.AddSingleton<DigestPlanner>();
        services.AddSingleton<CandidatePool.Loader>();
        services.AddSingleton<DigestSelector>();
        services.AddSingleton<SavedNews>();
        services.AddSingleton<DigestBatch>();
        services.AddSingleton<DigestPipeline>();
        services.AddSingleton<DigestTick>();
        services.AddSingleton<DigestRun>();
        services.AddSingleton<DigestRetention>();
        services.AddSingleton<DigestPreview>();
        services.AddSingleton<DigestTrial>();
        services.AddSingleton<DigestOnDemand>();
        services.AddSingleton<DigestLedger>();
        services.AddSingleton<ComposingHealth>();
        services.AddSingleton<DigestLateness>();
        services.AddSingleton<DigestPage>();
    }

    /// <summary>Maps a digest in the browser and its citations.</summary>
    public static void MapDigests(this IEndpointRouteBuilder routes) => DigestPage.Map(routes);
}
