using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Admin;

/// <summary>
/// Signing in with the one password. The session is a signed cookie that only pages under <c>/admin</c> get and no
/// script sees; it names the password it was opened with, so that changing that ends all sessions.
/// </summary>
internal sealed partial class AdminSession(AdminOptions options, SiteOptions site, LinkSigner signer, IClock clock, ILogger<AdminSession> log) : IDisposable
{
    private const string Cookie = "digest_admin";
    private const long SessionSubject = 1;
    private const long FormSubject = 2;
    private static readonly Duration Length = Duration.FromHours(12);

    private readonly PartitionedRateLimiter<string> _attempts = PartitionedRateLimiter.Create<string, string>(network =>
        RateLimitPartition.GetFixedWindowLimiter(network, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = 10,
            Window = TimeSpan.FromMinutes(5),
        }));

    /// <summary>Whether the request carries a session.</summary>
    public bool IsSignedIn(HttpContext http) =>
        signer.TryRead(http.Request.Cookies[Cookie], LinkPurpose.Admin, clock.GetCurrentInstant(), out var link)
        && link.Subject == SessionSubject
        && link.Extra == PasswordMark();

    /// <summary>Opens a session if the password is right.</summary>
    public SignInResult SignIn(HttpContext http, string? password)
    {
        using var permit = _attempts.AttemptAcquire(http.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        if (!permit.IsAcquired)
            return SignInResult.TooMany;
        if (!CryptographicOperations.FixedTimeEquals(Hash(password ?? ""), Hash(options.Password ?? "")) || string.IsNullOrEmpty(options.Password))
        {
            LogRefused(log);
            return SignInResult.Wrong;
        }

        http.Response.Cookies.Append(
            Cookie,
            signer.Sign(LinkPurpose.Admin, SessionSubject, PasswordMark(), clock.GetCurrentInstant() + Length),
            CookieOptions());
        LogSignedIn(log);
        return SignInResult.Done;
    }

    /// <summary>Ends the session in this browser.</summary>
    public void SignOut(HttpContext http) => http.Response.Cookies.Delete(Cookie, CookieOptions());

    /// <summary>What each form of a session carries, so that no other site can send one.</summary>
    public string FormToken(HttpContext http) =>
        signer.Sign(LinkPurpose.Admin, FormSubject, SessionMark(http), clock.GetCurrentInstant() + Length);

    /// <summary>Whether a form came from a page of this very session.</summary>
    public bool IsOwnForm(HttpContext http, string? token) =>
        signer.TryRead(token, LinkPurpose.Admin, clock.GetCurrentInstant(), out var link)
        && link.Subject == FormSubject
        && link.Extra == SessionMark(http);

    /// <inheritdoc/>
    public void Dispose() => _attempts.Dispose();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A wrong password was given for /admin")]
    private static partial void LogRefused(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "The operator signed in at /admin")]
    private static partial void LogSignedIn(ILogger log);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static long SessionMark(HttpContext http) =>
        BinaryPrimitives.ReadInt64BigEndian(Hash(http.Request.Cookies[Cookie] ?? ""));

    private long PasswordMark() => BinaryPrimitives.ReadInt64BigEndian(signer.HashAddress("admin-password:" + options.Password));

    private CookieOptions CookieOptions() => new()
    {
        Path = "/admin",
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = site.IsHttps,
        IsEssential = true,
    };
}

/// <summary>The answer to a password.</summary>
internal enum SignInResult
{
    /// <summary>The session is open.</summary>
    Done,

    /// <summary>The password is not that one.</summary>
    Wrong,

    /// <summary>Too many attempts from one address; wait.</summary>
    TooMany,
}
