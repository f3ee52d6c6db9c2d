using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Admin;

/// <summary>
/// Signing in with the one password. The session is a signed cookie that only pages under <c>/admin</c> get and no
/// script sees. It names a row that signing out removes, so that a copied cookie ends with it, and the password it was
/// opened with, so that changing that ends all sessions.
/// </summary>
internal sealed partial class AdminSession(
    AdminOptions options, SiteOptions site, LinkSigner signer, Database database, IClock clock, ILogger<AdminSession> log)
{
    /// <summary>Where the password is sent.</summary>
    public const string SignInPath = "/admin/sign-in";

    /// <summary>
    /// What an answer with 401 has to name (RFC 9110, section 15.5.2), in the words of draft-broyer-http-cookie-auth. Browsers know no such scheme
    /// and show the page, which asks for the password; any that they know would make them ask by themselves.
    /// </summary>
    public const string Challenge = $"Cookie realm=\"operator\", form-action=\"{SignInPath}\", cookie-name=\"{Cookie}\"";

    private const string Cookie = "digest_admin";
    private const long FormSubject = 2;
    private static readonly Duration Length = Duration.FromHours(12);

    private readonly FailedSignIns _failed = new(clock);

    /// <summary>Whether the request carries an open session.</summary>
    public async Task<bool> IsSignedInAsync(HttpContext http, CancellationToken ct) =>
        Read(http) is { } id
        && await database.QuerySingleOrDefaultAsync<bool>(AdminSessionQueries.IsOpen, new { id, now = clock.GetCurrentInstant() }, ct);

    /// <summary>Opens a session if the password is right.</summary>
    public async Task<SignInResult> SignInAsync(HttpContext http, string? password, CancellationToken ct)
    {
        var network = http.Connection.RemoteIpAddress is { } address ? SiteLimits.NetworkOf(address) : "unknown";
        if (!_failed.TryBegin(network, out var wait))
        {
            SiteLimits.AskLater(http, wait);
            return SignInResult.TooMany;
        }

        if (!CryptographicOperations.FixedTimeEquals(Hash(password ?? ""), Hash(options.Password ?? "")) || string.IsNullOrEmpty(options.Password))
        {
            LogRefused(log);
            return SignInResult.Wrong;
        }

        _failed.Forgive(network);
        var id = BinaryPrimitives.ReadInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(long)));
        var now = clock.GetCurrentInstant();
        await database.ExecuteAsync(AdminSessionQueries.Open, new { id, now, expires = now + Length }, ct);
        http.Response.Cookies.Append(Cookie, signer.Sign(LinkPurpose.Admin, id, PasswordMark(), now + Length), CookieOptions());
        LogSignedIn(log);
        return SignInResult.Done;
    }

    /// <summary>Ends the session, in this browser and wherever else its cookie may be.</summary>
    public async Task SignOutAsync(HttpContext http, CancellationToken ct)
    {
        if (Read(http) is { } id)
            await database.ExecuteAsync(AdminSessionQueries.Close, new { id }, ct);
        http.Response.Cookies.Delete(Cookie, CookieOptions());
    }

    /// <summary>What each form of a session carries, so that no other site can send one.</summary>
    public string FormToken(HttpContext http) =>
        signer.Sign(LinkPurpose.Admin, FormSubject, SessionMark(http), clock.GetCurrentInstant() + Length);

    /// <summary>Whether a form came from a page of this very session.</summary>
    public bool IsOwnForm(HttpContext http, string? token) =>
        signer.TryRead(token, LinkPurpose.Admin, clock.GetCurrentInstant(), out var link)
        && link.Subject == FormSubject
        && link.Extra == SessionMark(http);

    [LoggerMessage(EventId = 7001, Level = LogLevel.Warning, Message = "A wrong password was given for /admin")]
    private static partial void LogRefused(ILogger log);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Information, Message = "The operator signed in at /admin")]
    private static partial void LogSignedIn(ILogger log);

    private long? Read(HttpContext http) =>
        signer.TryRead(http.Request.Cookies[Cookie], LinkPurpose.Admin, clock.GetCurrentInstant(), out var link) && link.Extra == PasswordMark()
            ? link.Subject
            : null;

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
