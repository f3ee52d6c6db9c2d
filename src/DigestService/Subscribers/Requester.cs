using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>Who asks, as far as consent needs it.</summary>
internal static class Requester
{
    private const int LongestUserAgent = 200;

    /// <summary>Keyed hash of the asker's network address, in hexadecimal.</summary>
    public static string? Hash(HttpContext http, LinkSigner signer) => http.Connection.RemoteIpAddress is { } address
        ? Convert.ToHexStringLower(signer.HashAddress("network:" + SiteLimits.NetworkOf(address)).AsSpan(0, 16))
        : null;

    /// <summary>What is kept of somebody who signs up: when, by which words, from where, and with which program, as it names itself.</summary>
    public static Consent ConsentOf(HttpContext http, LinkSigner signer, string how, Instant now)
    {
        var program = http.Request.Headers.UserAgent.ToString();
        return new()
        {
            How = how,
            RequestedAt = now,
            TextVersion = Consent.CurrentText,
            RequestedFrom = Hash(http, signer),
            UserAgent = program.Length == 0 ? null : program[..Math.Min(program.Length, LongestUserAgent)],
        };
    }
}
