using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace DigestService.Platform;

/// <summary>Section <c>Site</c>: what links and footers say. Links in mails use <see cref="BaseUrl"/> alone.</summary>
public sealed class SiteOptions : IValidatableObject
{
    /// <summary>The address that nobody set.</summary>
    internal const string DefaultBaseUrl = "http://127.0.0.1:8080";

    private KnownRoot? _root;

    /// <summary>Absolute http or https URL of the service's root. A host in other letters than ASCII is written as punycode everywhere.</summary>
    public string BaseUrl { get; set; } = DefaultBaseUrl;

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

    /// <summary>Whether links are https. RFC 8058 3.1 allows one-click unsubscribing by such links alone.</summary>
    internal bool IsHttps => BaseUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Scheme, host in ASCII and port of <see cref="BaseUrl"/>, without a slash at the end.</summary>
    internal string Root
    {
        get
        {
            // Each mail asks for it many times.
            if (_root is not { } known || known.Of != BaseUrl)
                _root = known = new KnownRoot(BaseUrl, RootOf(BaseUrl));
            return known.Root;
        }
    }

    /// <summary>An absolute link to a path of the service, such as <c>/unsubscribe/token</c>.</summary>
    public string Link(string path) => Root + path;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var fault = Parse(BaseUrl) switch
        {
            null => $"'{BaseUrl}' is no http or https address, such as https://papers.example.org.",
            { UserInfo.Length: > 0 } => "an account has no place in it: every link in a mail would show it.",
            { Query.Length: > 0 } or { Fragment.Length: > 0 } => $"'{BaseUrl}' must end with the host: what follows ? or # would stand in the middle of each link.",
            { AbsolutePath: not "/" } => $"'{BaseUrl}' has a path; the service needs a host name of its own, such as https://papers.example.org.",
            _ => null,
        };
        // An empty query or fragment is none for the parser and still stands in the text.
        if (fault is null && BaseUrl.AsSpan().IndexOfAny('?', '#') >= 0)
            fault = $"'{BaseUrl}' must end with the host: what follows ? or # would stand in the middle of each link.";
        if (fault is not null)
            yield return new ValidationResult(fault, [nameof(BaseUrl)]);
        foreach (var (index, proxy) in TrustedProxies.Index())
            if (!Layout.TrustedProxies.TryParse(proxy, out _))
                yield return new ValidationResult(
                    $"“{proxy}” is neither an address nor a network; one is written 10.0.0.0/8.", [$"{nameof(TrustedProxies)}__{index}"]);
    }

    private static string RootOf(string url) => Parse(url) is { } root
        ? $"{root.Scheme}://{Host(root)}{(root.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{root.Port}"))}"
        : url.TrimEnd('/');

    private static Uri? Parse(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
        && parsed.HostNameType is not (UriHostNameType.Unknown or UriHostNameType.Basic)
        && !url.Any(char.IsWhiteSpace)
        && !url.Contains('\\', StringComparison.Ordinal)
        && IsInDns(parsed)
            ? parsed
            : null;

    private static string Host(Uri url) => url.HostNameType is UriHostNameType.IPv6 ? $"[{url.IdnHost}]" : url.IdnHost.ToLowerInvariant();

    /// <summary>Whether the host can be written in ASCII; the parser leaves a name that IDNA refuses as it is.</summary>
    private static bool IsInDns(Uri url) => url.IdnHost.Length > 0 && url.IdnHost.All(char.IsAscii);

    private sealed record KnownRoot(string Of, string Root);
}
