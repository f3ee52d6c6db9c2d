using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace DigestService.Mail;

/// <summary>Says why a server's certificate is not believed, or why no TLS comes about with it: what an operator can mend, here or there.</summary>
public static class TlsWords
{
    /// <summary>That the handshake broke off before a certificate could be judged, in a sentence: the framework says "see inner exception".</summary>
    public static string BrokenHandshake(string host) => $"{host} broke off the TLS handshake: does it speak TLS, of version 1.2 or later, on this port?";

    /// <summary>A sentence; null where nothing is wrong with it.</summary>
    public static string? FindFault(string host, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors, DateTimeOffset now)
    {
        if (errors == SslPolicyErrors.None)
            return null;
        if (shown is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return $"{host} shows no certificate.";
        using var certificate = new X509Certificate2(shown);
        if (now > Utc(certificate.NotAfter))
            return $"The certificate of {host} expired on {Day(certificate.NotAfter)}: it must be renewed there.";
        if (now < Utc(certificate.NotBefore))
            return $"The certificate of {host} is not valid before {Day(certificate.NotBefore)}: is this machine's clock right?";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"The certificate of {host} is for another name ({NamesOf(certificate)}): reach the server by that name, or let it be renewed there with this one.";
        var faults = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((faults & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != X509ChainStatusFlags.NoError)
            return $"The certificate of {host} is signed by nobody this machine trusts ({certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}): add its authority to this machine's trusted ones, or let the server send the certificates in between.";
        if (chain?.ChainElements.Skip(1).FirstOrDefault(above => now > Utc(above.Certificate.NotAfter)) is { } expired)
            return $"The certificate of {host} is signed by one that expired on {Day(expired.Certificate.NotAfter)}: it must be renewed there.";
        return $"The certificate of {host} is not to be believed: {string.Join(' ', (chain?.ChainStatus ?? []).Select(status => status.StatusInformation.Trim())).Trim()}";
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(3).ToList();
        return names.Count > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime(), TimeSpan.Zero);

    private static string Day(DateTime local) => Utc(local).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
