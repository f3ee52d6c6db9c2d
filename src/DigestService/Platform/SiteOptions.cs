using System.ComponentModel.DataAnnotations;

namespace DigestService.Platform;

/// <summary>Section <c>Site</c>: what links and footers say. Links in mails use <see cref="BaseUrl"/> alone.</summary>
public sealed class SiteOptions : IValidatableObject
{
    /// <summary>Absolute http or https URL of the service, without a trailing slash.</summary>
    [Required]
    [Url]
    public string BaseUrl { get; set; } = "http://127.0.0.1:8080";

    /// <summary>The name readers see.</summary>
    [Required]
    public string Name { get; set; } = "Daily Papers Digest";

    /// <summary>The postal address in each footer; bulk mail needs one in many countries.</summary>
    public string PostalAddress { get; set; } = "";

    /// <summary>
    /// Addresses and networks of the proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed; without
    /// any, those of this machine.
    /// </summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => TrustedProxies.Index()
        .Where(proxy => !Layout.TrustedProxies.TryParse(proxy.Item, out _))
        .Select(proxy => new ValidationResult(
            $"“{proxy.Item}” is neither an address nor a network; one is written 10.0.0.0/8.", [$"{nameof(TrustedProxies)}__{proxy.Index}"]));

    /// <summary>An absolute link to a path of the service, such as <c>/unsubscribe/token</c>.</summary>
    public string Link(string path) => BaseUrl.TrimEnd('/') + path;
}
