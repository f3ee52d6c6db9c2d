using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Relevance.Taste;

namespace DigestService.Relevance;

/// <summary>Scoring, trending, taste and the choice of the list.</summary>
internal static class RelevanceFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddRelevance(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RelevanceOptions>(configuration, "Relevance");
        services.AddSingleton<SentenceEncoder>();
        services.AddSingleton<PaperEmbedder>();
        services.AddSingleton<StoredVectors>();
        services.AddSingleton<SimilarPapers>();
        services.AddSingleton<SimilarSentences>();
        services.AddSingleton<RecentPapers>();
        services.AddSingleton<FreeTextSearch>();
        services.AddSingleton<CandidatePapersLoader>();
        services.AddSingleton<TasteLoader>();
    }
}
