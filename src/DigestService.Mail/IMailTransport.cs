using System.Security.Cryptography.X509Certificates;

namespace DigestService.Mail;

/// <summary>
/// One SMTP connection to one relay, used by one sender at a time.
/// </summary>
/// <remarks>
/// The transport never decides what happens to a mail: it says how far the conversation came, and the sender
/// maps that to a state. It never falls back to clear text and never retries by itself.
/// </remarks>
public interface IMailTransport : IAsyncDisposable
{
    /// <summary>What the server offered in its EHLO reply; empty before <see cref="ConnectAsync"/>.</summary>
    SmtpCapabilities Capabilities { get; }

    /// <summary>Whether the next <see cref="SendAsync"/> may use this connection; false after 421, a drop or doubt.</summary>
    bool IsUsable { get; }

    /// <summary>Connects, secures and authenticates. Any failure is a value, never an exception but cancellation.</summary>
    Task<ConnectOutcome> ConnectAsync(SmtpRelay relay, CancellationToken ct);

    /// <summary>Says why the server can never take this mail by what it offered (SIZE, SMTPUTF8, 8BITMIME), as <see cref="SendAsync"/> would; null where it may.</summary>
    string? WhyUnsendable(Envelope envelope, ReadOnlyMemory<byte> message);

    /// <summary>
    /// Sends one message of CRLF lines, dot-stuffing it on the way. Cancelling before the final dot is
    /// <see cref="SendStage.BeforeDot"/>; after it, <see cref="SendStage.AfterDot"/>: in doubt.
    /// </summary>
    Task<SendOutcome> SendAsync(Envelope envelope, ReadOnlyMemory<byte> message, CancellationToken ct);

    /// <summary>Says QUIT within a second and closes; never throws.</summary>
    Task QuitAsync(CancellationToken ct);
}

/// <summary>How a relay is reached (RFC 5321, 3207, 8314, 4954).</summary>
public sealed record SmtpRelay
{
    /// <summary>DNS name or address; the name the certificate must carry.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Whether and when the connection is encrypted.</summary>
    public SmtpTls Tls { get; init; }

    /// <summary>Account for AUTH; null where the relay asks for none.</summary>
    public string? User { get; init; }

    /// <summary>Secret for AUTH. Refused before the connection is encrypted, unless the host is loopback.</summary>
    public string? Password { get; init; }

    /// <summary>OAuth 2 access token for XOAUTH2, in place of <see cref="Password"/> and under the same rule.</summary>
    public string? AccessToken { get; init; }

    /// <summary>File that holds the access token; it is read at each login, because tokens are renewed.</summary>
    public string? AccessTokenFile { get; init; }

    /// <summary>
    /// Trusted in place of the system's authorities: the relay's own certificate or the authority that signed it. The
    /// name in the certificate is checked all the same. Null: the system's authorities decide.
    /// </summary>
    public X509Certificate2? TrustedCertificate { get; init; }

    /// <summary>Name we give in EHLO.</summary>
    public string ClientName { get; init; } = "localhost";

    /// <summary>Time until the server's machine has taken the connection, the look-up of its name included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time from then on for greeting, EHLO, TLS and AUTH together. RFC 5321 4.5.3.2.1 gives the greeting alone five minutes, to servers of
    /// strangers; this is one's own relay, and whoever starts a run waits as long for one that will never speak.
    /// </summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Time from MAIL FROM up to and including the last byte of the message.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time for the reply to the final dot (RFC 5321 4.5.3.2.6: ten minutes).</summary>
    public TimeSpan AfterDotTimeout { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>When TLS starts.</summary>
public enum SmtpTls
{
    /// <summary>Never; for loopback and trusted networks.</summary>
    None,

    /// <summary>By STARTTLS, which the server must offer; if it does not, connecting fails.</summary>
    StartTls,

    /// <summary>From the first byte (port 465, RFC 8314).</summary>
    Implicit,
}

/// <summary>What a server offers; <see cref="MaxSize"/> is 0 where it names no limit (RFC 1870).</summary>
public sealed record SmtpCapabilities(
    bool Pipelining,
    bool EightBitMime,
    bool SmtpUtf8,
    bool Chunking,
    long MaxSize,
    IReadOnlyList<string> AuthMechanisms)
{
    /// <summary>A server that offers nothing.</summary>
    public static SmtpCapabilities None { get; } = new(false, false, false, false, 0, []);
}

/// <summary>Envelope of one mail to one recipient. Addresses are bare, without angle brackets.</summary>
public sealed record Envelope(string Sender, string Recipient);

/// <summary>A server's reply: code, enhanced code (RFC 3463) where given, and text of at most 1,000 characters.</summary>
public sealed record SmtpReply(int Code, string? EnhancedCode, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => EnhancedCode is null ? $"{Code} {Text}" : $"{Code} {EnhancedCode} {Text}";
}

/// <summary>The result of connecting.</summary>
public sealed record ConnectOutcome(ConnectResult Result, SmtpReply? Reply, string? Detail)
{
    /// <summary>A connection that can send.</summary>
    public static ConnectOutcome Ready { get; } = new(ConnectResult.Ready, null, null);

    /// <summary>The server took the connection and then said nothing at all.</summary>
    public static ConnectOutcome Silent { get; } = new(ConnectResult.Unreachable, null, "The server took the connection and does not greet.") { IsSilent = true };

    /// <summary>Whether TLS failed because the server began in the clear.</summary>
    public bool SpeaksNoTls { get; init; }

    /// <summary>Whether the server took the connection and then said nothing at all.</summary>
    public bool IsSilent { get; init; }
}

/// <summary>Why a relay could not be used, or that it can.</summary>
public enum ConnectResult
{
    /// <summary>Ready to send.</summary>
    Ready,

    /// <summary>No connection, a drop, a time-out or garbage before the relay was ready.</summary>
    Unreachable,

    /// <summary>The relay answered 4xx or 5xx to the greeting or EHLO.</summary>
    Refused,

    /// <summary>TLS was required and not offered, or the handshake or certificate failed.</summary>
    TlsFailed,

    /// <summary>The account was refused, or would have gone over the wire in the clear.</summary>
    AuthenticationFailed,
}

/// <summary>
/// How far one mail came. <see cref="Reply"/> is the server's last word at that stage, null where it said none;
/// <see cref="Detail"/> says in words what broke.
/// </summary>
public sealed record SendOutcome(SendStage Stage, SendResult Result, SmtpReply? Reply, string? Detail)
{
    /// <summary>Whether the server ended the session instead of answering MAIL FROM: it said 421, or closed the connection.</summary>
    public bool IsSessionOver { get; init; }
}

/// <summary>The stage at which a mail's fate was decided.</summary>
public enum SendStage
{
    /// <summary>MAIL FROM was sent or about to be.</summary>
    MailFrom,

    /// <summary>RCPT TO was answered.</summary>
    RcptTo,

    /// <summary>DATA was answered, or BDAT was about to be sent.</summary>
    Data,

    /// <summary>The content was under way; its end, a dot or the last octet of a chunk, had not been handed to the network.</summary>
    BeforeDot,

    /// <summary>The end of the content may have reached the server. By BDAT (RFC 3030) the chunk itself is the end.</summary>
    AfterDot,
}

/// <summary>What is known about one mail.</summary>
public enum SendResult
{
    /// <summary>The server answered 2xx to the final dot: it is responsible now.</summary>
    Accepted,

    /// <summary>A 4xx reply: certainly not taken, may be tried again.</summary>
    RejectedTemporarily,

    /// <summary>A 5xx reply, or a message the server cannot take (SIZE, SMTPUTF8): never the same mail again.</summary>
    RejectedPermanently,

    /// <summary>The connection failed before the final dot: certainly not taken.</summary>
    NotSent,

    /// <summary>The connection failed after the final dot and before its reply: nobody can know (RFC 1047).</summary>
    Unknown,
}
