using System.ComponentModel.DataAnnotations;

namespace DigestService.Platform;

/// <summary>Section <c>Site</c>: what links and footers say. Links in mails use <see cref="BaseUrl"/> alone.</summary>
public sealed class SiteOptions
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

    /// <summary>An absolute link to a path of the service, such as <c>/unsubscribe/token</c>.</summary>
    public string Link(string path) => BaseUrl.TrimEnd('/') + path;
}
