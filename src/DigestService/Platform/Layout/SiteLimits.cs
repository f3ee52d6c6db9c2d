using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>
/// How often one network may ask for what costs us: sign-ups, searches, and whatever changes something. Addresses are limited apart from this, on
/// their rows. A request from this very machine is the operator's, or comes through a proxy that does not say for
/// whom: limiting it would limit everybody.
/// </summary>
internal static class SiteLimits
{
    /// <summary>The policy for sign-ups.</summary>
    public const string SignUp = "sign-up";

    /// <summary>The policy for searches and previews.</summary>
    public const string Search = "search";

    /// <summary>The policy for what a reader's own pages change, and for what programs read.</summary>
    public const string Plain = "plain";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Registers the policies.</summary>
    public static void Configure(RateLimiterOptions limiter)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = (rejected, _) =>
        {
            AskLater(rejected.HttpContext, Duration.FromMinutes(1));
            return ValueTask.CompletedTask;
        };
        // Who has a key has a quota of their own; mails to strangers are the operator's to send by the hundred.
        limiter.AddPolicy(SignUp, http => http.Features.Get<ApiCaller>() is { MayOperate: true } ? Unlimited("a key") : Partition(http, burst: 20, aMinute: 5));
        limiter.AddPolicy(Search, http => http.Features.Get<ApiCaller>() is not null ? Unlimited("a key") : Partition(http, burst: 60, aMinute: 60));
        // A house of a hundred readers who open their mail at one hour is not stopped by it.
        limiter.AddPolicy(Plain, http => http.Features.Get<ApiCaller>() is not null ? Unlimited("a key") : Partition(http, burst: 300, aMinute: 300));
    }

    /// <summary>Says in whole seconds when to ask again (RFC 9110, section 10.2.3), for an answer with 429 or 503.</summary>
    public static void AskLater(HttpContext http, Duration wait) =>
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>The network of an address: one of IPv4, or the half of an IPv6 address that belongs to one household.</summary>
    public static string NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))}::/64");
    }

    private static RateLimitPartition<string> Unlimited(string who) => RateLimitPartition.GetNoLimiter(who);

    private static RateLimitPartition<string> Partition(HttpContext http, int burst, int aMinute)
    {
        if (http.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
            return Unlimited("this machine");
        return RateLimitPartition.GetTokenBucketLimiter(NetworkOf(address), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = aMinute,
            ReplenishmentPeriod = Minute,
            QueueLimit = 0,
        });
    }
}
