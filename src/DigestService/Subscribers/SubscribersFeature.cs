namespace DigestService.Subscribers;

/// <summary>Sign-up, confirmation, preferences, leaving.</summary>
internal static class SubscribersFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddSubscribers(this IServiceCollection services)
    {
    }
}
