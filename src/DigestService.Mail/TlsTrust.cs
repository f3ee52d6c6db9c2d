using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace DigestService.Mail;

/// <summary>Which certificates a client believes: the system's authorities, or one that the operator named instead.</summary>
internal static class TlsTrust
{
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
