using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DigestService.Mail;
using DigestService.Platform;

namespace DigestService.Inbound;

/// <summary>How mail comes in.</summary>
public enum InboxKind
{
    /// <summary>No mail is read, unless a webhook is set up.</summary>
    None,

    /// <summary>An IMAP folder.</summary>
    Imap,

    /// <summary>A Maildir.</summary>
    Maildir,

    /// <summary>An MTA runs <c>inbound handle -</c> for each message.</summary>
    Pipe,
}

/// <summary>Section <c>Inbox</c>.</summary>
public sealed class InboxOptions : IValidatableObject
{
    /// <summary>How mail comes in.</summary>
    public InboxKind Kind { get; set; }

    /// <summary>The folder of a Maildir.</summary>
    public string? Maildir { get; set; }

    /// <summary>The IMAP account.</summary>
    public ImapInboxOptions Imap { get; set; } = new();

    /// <summary>Providers that post mail or notices to <c>/inbound/…</c>.</summary>
    public WebhookOptions Webhooks { get; set; } = new();

    /// <summary>Whether a provider's key is set.</summary>
    internal bool HasWebhook => Webhooks is { Ses.TopicArn.Length: > 0 } or { SendGrid.PublicKey.Length: > 0 } or { Mailgun.SigningKey.Length: > 0 } or { Postmark.Credentials.Length: > 0 };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kind == InboxKind.Maildir && string.IsNullOrWhiteSpace(Maildir))
            yield return new ValidationResult("Inbox__Maildir names the folder that Inbox__Kind=Maildir reads.", [nameof(Maildir)]);
        if (Kind == InboxKind.Imap && (string.IsNullOrWhiteSpace(Imap.Host) || string.IsNullOrWhiteSpace(Imap.User) || Imap.Password is null))
            yield return new ValidationResult("Inbox__Imap__Host, __User and __Password are needed for Inbox__Kind=Imap.", [nameof(Imap)]);
        if (SettingValues.HostFault(Imap.Host, $"{nameof(Imap)}__{nameof(Imap.Host)}") is { } fault)
            yield return fault;
    }
}

/// <summary>Section <c>Inbox__Imap</c>.</summary>
public sealed class ImapInboxOptions
{
    /// <summary>Server.</summary>
    public string? Host { get; set => field = value?.Trim(); }

    /// <summary>Port; unset, 993 with implicit TLS, else 143.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Encryption; unset, none on loopback and implicit elsewhere.</summary>
    public SmtpTls? Tls { get; set; }

    /// <summary>Account.</summary>
    public string? User { get; set; }

    /// <summary>Its password.</summary>
    public string? Password { get; set; }

    /// <summary>Folder that is read.</summary>
    public string Folder { get; set; } = "INBOX";

    /// <summary>Folder that handled mail is moved to; empty, it stays where it is, marked as read.</summary>
    public string HandledFolder { get; set; } = "Handled";
}

/// <summary>Section <c>Inbox__Webhooks</c>: each provider is off until its key is set.</summary>
public sealed class WebhookOptions
{
    /// <summary>Amazon SES through SNS.</summary>
    public SesWebhookOptions Ses { get; set; } = new();

    /// <summary>Twilio SendGrid.</summary>
    public SendGridWebhookOptions SendGrid { get; set; } = new();

    /// <summary>Mailgun.</summary>
    public MailgunWebhookOptions Mailgun { get; set; } = new();

    /// <summary>Postmark.</summary>
    public PostmarkWebhookOptions Postmark { get; set; } = new();
}

/// <summary>Section <c>Inbox__Webhooks__Ses</c>.</summary>
public sealed class SesWebhookOptions : IValidatableObject
{
    /// <summary>The one topic whose messages are believed, as an ARN.</summary>
    public string? TopicArn { get; set; }

    /// <summary>A file with the certificate that signs, in PEM; unset, it is fetched from amazonaws.com.</summary>
    public string? CertificateFile { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TopicArn?.StartsWith("arn:", StringComparison.Ordinal) == false)
            yield return new ValidationResult($"'{TopicArn}' is no topic such as arn:aws:sns:eu-west-1:123456789012:digest.", [nameof(TopicArn)]);
        if (CertificateFile is not null && ReadCertificate(CertificateFile).WhyNone is { } why)
            yield return new ValidationResult(why, [nameof(CertificateFile)]);
    }

    /// <summary>The certificate in a file; where there is none, why, as the end of a sentence.</summary>
    internal static (X509Certificate2? Certificate, string? WhyNone) ReadCertificate(string file)
    {
        try
        {
            return (X509Certificate2.CreateFromPem(File.ReadAllText(file)), null);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return (null, FileWords.WhyUnreadable(Path.GetFullPath(file), refused, "put the certificate there, or correct the setting."));
        }
        catch (CryptographicException)
        {
            return (null, $"the file {Path.GetFullPath(file)} holds no certificate in PEM.");
        }
    }
}

/// <summary>Section <c>Inbox__Webhooks__SendGrid</c>.</summary>
public sealed class SendGridWebhookOptions : IValidatableObject
{
    /// <summary>The public key of the signed event webhook, in base64 (ECDSA, P-256).</summary>
    public string? PublicKey { get; set; }

    // A key that is none would refuse every event, as if each were forged.
    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicKey is not null && !IsKey(PublicKey))
            yield return new ValidationResult("it is no key as SendGrid shows it: base64 on one line, without the lines of a PEM file.", [nameof(PublicKey)]);
    }

    private static bool IsKey(string text)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
            return true;
        }
        catch (Exception refused) when (refused is CryptographicException or FormatException)
        {
            return false;
        }
    }
}

/// <summary>Section <c>Inbox__Webhooks__Mailgun</c>.</summary>
public sealed class MailgunWebhookOptions
{
    /// <summary>The webhook signing key.</summary>
    public string? SigningKey { get; set; }
}

/// <summary>Section <c>Inbox__Webhooks__Postmark</c>.</summary>
public sealed class PostmarkWebhookOptions : IValidatableObject
{
    /// <summary>User and password that Postmark is told to send, as <c>user:password</c>.</summary>
    public string? Credentials { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Credentials?.Contains(':', StringComparison.Ordinal) == false)
            yield return new ValidationResult("it is written user:password, as in the URL that Postmark is given.", [nameof(Credentials)]);
    }
}
