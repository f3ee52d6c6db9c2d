using System.CommandLine;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>The outbox and its sender.</summary>
internal static class DeliveryFeature
{
    /// <summary>Registers the feature's services; a DKIM key that cannot be used stops the start.</summary>
    public static void AddDelivery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<MailOptions>(configuration, "Mail");
        services.AddSettings<SmtpOptions>(configuration, "Smtp");
        services.AddSettings<DeliveryOptions>(configuration, "Delivery");
        var dkim = Settings.Bind<DkimOptions>(configuration, "Dkim");
        services.AddSingleton(dkim);
        services.AddSingleton(MailSignature.Load(dkim));
        services.AddSingleton<BounceAddress>();
        services.AddSingleton<LoadedFragments>();
        services.AddSingleton<DeliveryTrace>();
        services.AddSingleton<NewMail>();
        services.AddSingleton<DirectDispatch>();
        services.AddSingleton<RecipeDictionaries>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<OutboxRetry>();
        services.AddSingleton<OutboxHealth>();
        services.AddSingleton<SendingHold>();
        services.AddSingleton<RelayTroubles>();
        services.AddSingleton<Sender>();
        services.AddSingleton<Retention>();
    }

    /// <summary>Sends as long as the process serves, where its roles say so.</summary>
    public static void AddDeliveryWorker(this IServiceCollection services, Roles roles)
    {
        if (roles.HasFlag(Roles.Send))
            services.AddHostedService<SenderWorker>();
    }

    /// <summary>The verb <c>outbox</c>.</summary>
    public static Command Verb() => OutboxVerb.Create();
}
