using DigestService.Delivery;
using DigestService.Mails.Gallery;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>The mails themselves: composed and previewed.</summary>
internal static class MailsFeature
{
    /// <summary>Registers the composers.</summary>
    public static void AddMails(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => new ReplyAddress(
            provider.GetRequiredService<MailOptions>(), provider.GetRequiredService<LinkSigner>(), IsReadingMail(configuration)));
        services.AddSingleton<MailIdentity>();
        services.AddSingleton<FragmentCache>();
        services.AddSingleton<DigestComposer>();
        services.AddSingleton<ServiceMailComposer>();
        services.AddSingleton<MailGallery>();
    }

    // Mails promise that answering works only where something reads the answers.
    private static bool IsReadingMail(IConfiguration configuration) =>
        configuration["Inbox:Kind"] is { Length: > 0 } kind && !kind.Equals("None", StringComparison.OrdinalIgnoreCase)
        || configuration.GetSection("Inbox:Webhooks").GetChildren().Any();
}
