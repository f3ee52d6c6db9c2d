using System.Security.Cryptography.X509Certificates;

namespace DigestService.Mail.Mailboxes;

/// <summary>How an IMAP mailbox is reached.</summary>
public sealed record ImapAccount
{
    /// <summary>DNS name or address; the name the certificate must carry.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port; 993 with implicit TLS, else 143.</summary>
    public required int Port { get; init; }

    /// <summary>Whether and when the connection is encrypted.</summary>
    public SmtpTls Tls { get; init; } = SmtpTls.Implicit;

    /// <summary>Account name.</summary>
    public required string User { get; init; }

    /// <summary>Its secret. Refused before the connection is encrypted, unless the host is loopback.</summary>
    public required string Password { get; init; }

    /// <summary>Folder to read, in ASCII.</summary>
    public string Folder { get; init; } = "INBOX";

    /// <summary>Folder that handled mail is moved to, made where it is missing; null: it stays where it is, marked as read.</summary>
    public string? HandledFolder { get; init; }

    /// <summary>Trusted in place of the system's authorities, as <see cref="SmtpRelay.TrustedCertificate"/> is.</summary>
    public X509Certificate2? TrustedCertificate { get; init; }

    /// <summary>Time for connecting and logging in, and again for each command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
