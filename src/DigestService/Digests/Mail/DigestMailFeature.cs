namespace DigestService.Digests.Mail;

/// <summary>The mails themselves: composed, signed, previewed, and shown in the browser.</summary>
internal static class DigestMailFeature
{
    /// <summary>Registers the composers.</summary>
    public static void AddDigestMail(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MailSignature>();
        services.AddSingleton<MailIdentity>();
        services.AddSingleton<FragmentCache>();
        services.AddSingleton<DigestComposer>();
        services.AddSingleton<ServiceMailComposer>();
    }
}
