using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers;

/// <summary>Who asks, as far as consent needs it.</summary>
internal static class Requester
{
    private const int LongestUserAgent = 200;

    /// <summary>Keyed hash of the asker's network address, in hexadecimal.</summary>
    public static string? Hash(HttpContext http, LinkSigner signer) => http.Connection.RemoteIpAddress is { } address
        ? Convert.ToHexStringLower(signer.HashAddress("network:" + SiteLimits.NetworkOf(address)).AsSpan(0, 16))
        : null;

    /// <summary>The program that asks, as it names itself.</summary>
    public static string? UserAgent(HttpContext http)
    {
        var name = http.Request.Headers.UserAgent.ToString();
        return name.Length == 0 ? null : name[..Math.Min(name.Length, LongestUserAgent)];
    }
}
