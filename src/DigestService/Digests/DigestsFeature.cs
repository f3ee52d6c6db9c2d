using DigestService.Digests.Mail;

namespace DigestService.Digests;

/// <summary>Who is due, what they get, and the mail it becomes.</summary>
internal static class DigestsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddDigests(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddDigestMail(configuration);
    }
}
