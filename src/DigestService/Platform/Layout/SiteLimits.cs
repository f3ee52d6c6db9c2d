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
/// <remarks>
/// In place of the framework's middleware, which never disposes of its limiter: that one beats ten times a second for as long as the
/// process lives, and holds the whole host.
/// </remarks>
internal sealed class SiteLimits : IDisposable
{
    /// <summary>The policy for sign-ups.</summary>
    public const string SignUp = "sign-up";

    /// <summary>The policy for searches and previews.</summary>
    public const string Search = "search";

    /// <summary>The policy for what a reader's own pages change, and for what programs read.</summary>
    public const string Plain = "plain";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, (string Policy, string Who)>(Partition);

    /// <summary>Answers 429 where the policy of the route lets nothing through for now.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        using var lease = _limiter.AttemptAcquire(http);
        if (lease.IsAcquired)
        {
            await next(http);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        AskLater(http, Duration.FromMinutes(1));
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

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

    private static RateLimitPartition<(string Policy, string Who)> Partition(HttpContext http)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName is not { } policy || metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
            return Unlimited("no policy");
        var caller = http.Features.Get<ApiCaller>();
        return policy switch
        {
            // Who has a key has a quota of their own; mails to strangers are the operator's to send by the hundred.
            SignUp => caller is { MayOperate: true } ? Unlimited("a key") : Limited(http, policy, burst: 20, aMinute: 5),
            Search => caller is not null ? Unlimited("a key") : Limited(http, policy, burst: 60, aMinute: 60),
            // A house of a hundred readers who open their mail at one hour is not stopped by it.
            Plain => caller is not null ? Unlimited("a key") : Limited(http, policy, burst: 300, aMinute: 300),
            _ => throw new InvalidOperationException($"No policy is named {policy}."),
        };
    }

    private static RateLimitPartition<(string Policy, string Who)> Unlimited(string who) => RateLimitPartition.GetNoLimiter(("", who));

    private static RateLimitPartition<(string Policy, string Who)> Limited(HttpContext http, string policy, int burst, int aMinute)
    {
        if (http.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
            return Unlimited("this machine");
        return RateLimitPartition.GetTokenBucketLimiter((policy, NetworkOf(address)), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = aMinute,
            ReplenishmentPeriod = Minute,
            QueueLimit = 0,
        });
    }
}
