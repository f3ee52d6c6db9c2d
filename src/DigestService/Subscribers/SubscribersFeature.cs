using System.CommandLine;

namespace DigestService.Subscribers;

/// <summary>Sign-up, confirmation, preferences, leaving.</summary>
internal static class SubscribersFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddSubscribers(this IServiceCollection services)
    {
        services.AddSingleton<SubscriberRows>();
        services.AddSingleton<SubscriberSuppressions>();
        services.AddSingleton<SignUpMailer>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<SubscriberImport>();
        services.AddSingleton<PersonalData>();
    }

    /// <summary><c>subscribers add | import | list | export | erase</c>.</summary>
    public static Command Verb() => SubscriberVerbs.Create();
}
