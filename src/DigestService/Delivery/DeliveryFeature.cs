using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>The outbox and its sender.</summary>
internal static class DeliveryFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddDelivery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<MailOptions>(configuration, "Mail");
        services.AddSettings<SmtpOptions>(configuration, "Smtp");
        services.AddSettings<DeliveryOptions>(configuration, "Delivery");
        services.AddSingleton<BounceAddress>();
        services.AddSingleton<Outbox>();
    }
}
