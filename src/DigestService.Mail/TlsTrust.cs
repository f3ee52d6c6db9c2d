using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;

namespace DigestService.Mail;

/// <summary>When a client encrypts, and which certificates it believes: the system's authorities', or one that the operator named.</summary>
internal static class TlsTrust
{
    /// <summary>Our three ways of TLS in MailKit's words; none of them falls back to clear text.</summary>
    public static SecureSocketOptions StartOf(SmtpTls tls) => tls switch
    {
        SmtpTls.Implicit => SecureSocketOptions.SslOnConnect,
        SmtpTls.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    /// <summary>Whether an octet may begin a server's part of a handshake: an alert or a handshake record (RFC 8446 5.1).</summary>
    public static bool MayBeTls(byte first) => first is 21 or 22;

    /// <summary>Strict options for a client: name and chain are checked, and nothing can wave them through.</summary>
    public static SslClientAuthenticationOptions OptionsFor(string host, X509Certificate2? trusted)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (trusted is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.Add(trusted);
        }

        return new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy };
    }
}
