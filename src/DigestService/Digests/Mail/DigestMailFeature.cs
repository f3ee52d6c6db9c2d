using DigestService.Digests.Mail.Gallery;
using DigestService.Platform;

namespace DigestService.Digests.Mail;

/// <summary>The mails themselves: composed, signed, previewed, and shown in the browser.</summary>
internal static class DigestMailFeature
{
    /// <summary>Registers the composers; a DKIM key that cannot be used stops the start.</summary>
    public static void AddDigestMail(this IServiceCollection services, IConfiguration configuration)
    {
        var dkim = Settings.Bind<DkimOptions>(configuration, "Dkim");
        services.AddSingleton(dkim);
        services.AddSingleton(MailSignature.Load(dkim));
        services.AddSingleton<MailIdentity>();
        services.AddSingleton<FragmentCache>();
        services.AddSingleton<DigestComposer>();
        services.AddSingleton<ServiceMailComposer>();
        services.AddSingleton<MailGallery>();
        services.AddSingleton<DigestPage>();
    }

    /// <summary>Maps a digest in the browser and its citations.</summary>
    public static void MapDigestMail(this IEndpointRouteBuilder routes) => DigestPage.Map(routes);
}
