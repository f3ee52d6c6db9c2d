using DigestService.Delivery;
using DigestService.Platform;
using Microsoft.AspNetCore.Http;

namespace DigestService.Hosting;

/// <summary>
/// Refuses a start under the addresses of documents (RFC 2606: example.org and its kin) once pages or mails could leave this
/// machine: somebody has copied a sample of settings and not filled it in.
/// </summary>
internal static class ExampleAddresses
{
    private static readonly string[] Names = ["example.org", "example.com", "example.net"];

    /// <summary>Looks at what readers and relays would see.</summary>
    /// <exception cref="OperatorException">A setting still holds an example.</exception>
    public static void Refuse(IConfiguration configuration)
    {
        var smtp = Settings.Bind<SmtpOptions>(configuration, "Smtp");
        var relays = smtp.Relays.Count > 0 ? smtp.Relays.Select(relay => relay.Host) : [smtp.Host];
        var isMailLeaving = relays.Any(host => host is { Length: > 0 } && !Loopback.Is(host));
        var arePagesLeaving = (configuration["Urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(url => BindingAddress.Parse(url) is { IsUnixPipe: false } address && !Loopback.Is(address.Host));
        if (arePagesLeaving || isMailLeaving)
            RefuseHost("Site__BaseUrl", new Uri(Settings.Bind<SiteOptions>(configuration, "Site").Root).IdnHost);
        if (!isMailLeaving)
            return;
        foreach (var host in relays)
            RefuseHost("Smtp__Host", host);
        var mail = Settings.Bind<MailOptions>(configuration, "Mail");
        foreach (var (key, address) in new[]
        {
            ("Mail__From", mail.From), ("Mail__BounceAddress", mail.BounceAddress),
            ("Mail__OperatorAddress", mail.OperatorAddress), ("Mail__CommandAddress", mail.CommandAddress),
        })
            RefuseHost(key, address?[(address.LastIndexOf('@') + 1)..]);
    }

    private static void RefuseHost(string key, string? host)
    {
        if (host is not null && Names.Any(name => host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase)))
            throw new OperatorException($"Setting {key}: '{host}' is an example that belongs to nobody; put your own in its place.");
    }
}
