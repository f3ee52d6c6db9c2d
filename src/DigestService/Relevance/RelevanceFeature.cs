using DigestService.Relevance.Search;
using DigestService.Relevance.Taste;

namespace DigestService.Relevance;

/// <summary>Scoring, trending, taste and the choice of the list.</summary>
internal static class RelevanceFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddRelevance(this IServiceCollection services)
    {
        services.AddSingleton<RecentPapers>();
        services.AddSingleton<FreeTextSearch>();
        services.AddSingleton<CandidatePapersLoader>();
        services.AddSingleton<TasteLoader>();
    }
}
