namespace DigestService.Platform.Layout;

/// <summary>
/// Headers on every answer: nothing is loaded from elsewhere, nothing inline runs, nobody frames a page, and no
/// address of ours, which may hold a reader's token, is told to a site they go on to. A route that needs other rules
/// overwrites them.
/// </summary>
internal static class SiteHeaders
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The policy of a page that is a mail: its styles stand inline, and nothing else loads or runs.</summary>
    public const string PolicyOfMails = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Sets them.</summary>
    public static void Set(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()";
    }
}
