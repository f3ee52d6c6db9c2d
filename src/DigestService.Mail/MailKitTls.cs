using DigestService.Mail;
using MailKit.Security;

namespace DigestService.Mail;

/// <summary>Our three ways of TLS in MailKit's words; none of them falls back to clear text.</summary>
internal static class MailKitTls
{
    public static SecureSocketOptions OptionFor(SmtpTls tls) => tls switch
    {
        SmtpTls.Implicit => SecureSocketOptions.SslOnConnect,
        SmtpTls.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };
}
