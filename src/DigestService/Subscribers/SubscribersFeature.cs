using System.CommandLine;
using DigestService.Platform;
using DigestService.Subscribers.Pages;

namespace DigestService.Subscribers;

/// <summary>Sign-up, confirmation, preferences, leaving.</summary>
internal static class SubscribersFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddSubscribers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<SubscribersOptions>(configuration, "Subscribers");
        services.AddSingleton<ReaderRetention>();
        services.AddSingleton<SubscriberRows>();
        services.AddSingleton<NewReaders>();
        services.AddSingleton<ServiceMailer>();
        services.AddSingleton<SignUpMailer>();
        services.AddSingleton<SignUpBudget>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<SettingsEditor>();
        services.AddSingleton<SubscriberLists>();
        services.AddSingleton<SubscriberImport>();
        services.AddSingleton<PersonalData>();
        services.AddSingleton<Erasure>();
        services.AddSingleton<Feedback>();
        services.AddSingleton<Leaving>();
        services.AddSingleton<AddressChange>();
        services.AddSingleton<PreferencesLinkSender>();
        services.AddSingleton<SubscriberLinkOpener>();
        services.AddSingleton<PreferencesView>();
        services.AddSingleton<FeedbackPages>();
        services.AddSingleton<StartingPoint>();
    }

    /// <summary>Maps the front page, signing up, preferences, feedback and leaving.</summary>
    public static void MapSubscribers(this IEndpointRouteBuilder routes)
    {
        routes.MapSignUpPages();
        routes.MapPreferencesPages();
        routes.MapStartPages();
        FeedbackPages.Map(routes);
        routes.MapSavedPages();
        routes.MapLeavingPages();
        routes.MapManagePages();
        routes.MapAddressPages();
        routes.MapSubscribersApi();
    }

    /// <summary><c>subscribers add | import | list | export | erase</c>.</summary>
    public static Command Verb() => SubscriberVerbs.Create();
}
