namespace DigestService.Topics;

/// <summary>The catalogue of topics and the query language.</summary>
internal static class TopicsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddTopics(this IServiceCollection services)
    {
    }
}
