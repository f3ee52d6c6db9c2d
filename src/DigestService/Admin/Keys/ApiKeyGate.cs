using System.Globalization;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Mvc;
using NodaTime;

namespace DigestService.Admin.Keys;

/// <summary>
/// Who asks: a request to the API that names a key in <c>Authorization: Bearer</c> (RFC 6750) is answered only if the key works,
/// by the key's own quota, which it is told in the fields of draft-ietf-httpapi-ratelimit-headers. What is the operator's wants a key
/// that may operate.
/// </summary>
internal sealed class ApiKeyGate(ApiKeys keys, IClock clock)
{
    /// <summary>Where what is the operator's is.</summary>
    public const string OperatorPath = "/api/v1/operator";

    private const string Scheme = "Bearer ";
    private readonly KeyQuota _quota = new(clock);

    /// <summary>Lets a request on, or answers it.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            await next(http);
            return;
        }

        var isForOperators = http.Request.Path.StartsWithSegments(OperatorPath, StringComparison.OrdinalIgnoreCase);
        var named = http.Request.Headers.Authorization.ToString();
        if (named.Length == 0)
            await (isForOperators ? RefuseAsync(http, "Bearer", "This wants a key: send it as Authorization: Bearer KEY. The operator makes one with 'digest keys add NAME --scope operate'.") : next(http));
        else if (!named.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || await keys.FindAsync(named[Scheme.Length..].Trim(), http.Request.Headers.UserAgent, http.RequestAborted) is not { } key)
            await RefuseAsync(http, "Bearer error=\"invalid_token\"", "This key is wrong, was revoked or has expired. Ask the operator for another.");
        else
            await GoOnAsync(http, next, key, isForOperators);
    }

    private async Task GoOnAsync(HttpContext http, RequestDelegate next, ApiKey key, bool isForOperators)
    {
        var (left, seconds) = _quota.Take(key.Id);
        var headers = http.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"key\";q={KeyQuota.AMinute};w=60");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"key\";r={Math.Max(0, left)};t={seconds}");
        if (left < 0)
        {
            headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await ProblemAsync(http, StatusCodes.Status429TooManyRequests, "Too many requests", $"This key may ask {KeyQuota.AMinute} times a minute. Go on in {seconds} seconds.");
            return;
        }

        var mayOperate = key.Scope == "operate";
        if (isForOperators && !mayOperate)
        {
            headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\", scope=\"operate\"";
            await ProblemAsync(http, StatusCodes.Status403Forbidden, "Not for this key", "This key reads. The operator makes one for this with 'digest keys add NAME --scope operate'.");
            return;
        }

        http.Features.Set(new ApiCaller(mayOperate));
        if (isForOperators)
            headers.CacheControl = "no-store";
        await next(http);
    }

    private static Task RefuseAsync(HttpContext http, string challenge, string sentence)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return ProblemAsync(http, StatusCodes.Status401Unauthorized, "No key that works", sentence);
    }

    private static Task ProblemAsync(HttpContext http, int status, string title, string sentence)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Problem(new ProblemDetails { Status = status, Title = title, Detail = sentence }).ExecuteAsync(http);
    }
}
