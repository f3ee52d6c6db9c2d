namespace DigestService.Delivery;

/// <summary>The outbox and its sender.</summary>
internal static class DeliveryFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddDelivery(this IServiceCollection services, IConfiguration configuration)
    {
    }
}
