using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DigestService.Tests.Shared;

/// <summary>Self-signed certificates for servers on loopback.</summary>
public static class TestCertificate
{
    /// <summary>For <c>localhost</c> and 127.0.0.1; trusted by nobody who is not told to.</summary>
    public static X509Certificate2 ForLocalhost { get; } = Create("localhost");

    /// <summary>A certificate for another name, which a client must refuse on loopback.</summary>
    public static X509Certificate2 ForAnotherName { get; } = Create("mail.example.net");

    /// <summary>For <c>localhost</c>, and no longer valid since 2020-01-11.</summary>
    public static X509Certificate2 Expired { get; } = Create("localhost", new DateTimeOffset(2020, 1, 11, 12, 0, 0, TimeSpan.Zero));

    private static X509Certificate2 Create(string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name is "localhost")
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var end = until ?? TimeProvider.System.GetUtcNow().AddDays(2);
        using var certificate = request.CreateSelfSigned(end.AddDays(-3), end);
        // A round trip through PKCS#12 gives SslStream a key it can use on every platform.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
