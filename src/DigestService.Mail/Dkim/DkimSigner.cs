using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigestService.Mail.Dkim;

/// <summary>
/// Signs mails with DKIM (RFC 6376): rsa-sha256, relaxed/relaxed. Signs nothing that a second signing would not
/// repeat octet for octet. Safe to use from many threads.
/// </summary>
public sealed class DkimSigner : IDisposable
{
    // Headers of this list are signed when present. Those marked are named once more than they occur, so that one
    // added on the way breaks the signature: a second From or a planted Reply-To is how signed mail is abused.
    private static readonly (string Name, bool IsSealed)[] Signed =
    [
        ("From", true), ("To", true), ("Reply-To", true), ("Subject", true), ("Date", true), ("Message-ID", true),
        ("MIME-Version", true), ("Content-Type", true), ("Content-Transfer-Encoding", false), ("List-Id", false),
        ("List-Unsubscribe", true), ("List-Unsubscribe-Post", true), ("List-Help", false), ("List-Archive", false),
        ("Auto-Submitted", false), ("Precedence", false), ("Feedback-ID", false), ("In-Reply-To", false),
        ("References", false), ("X-Digest-Delivery", false),
    ];

    private readonly ConcurrentBag<RSA> _keys = [];
    private readonly RSAParameters _parameters;

    private DkimSigner(string domain, string selector, RSA key)
    {
        Domain = domain;
        Selector = selector;
        PublicKeyRecord = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}";
        _parameters = key.ExportParameters(includePrivateParameters: true);
        _keys.Add(key);
    }

    /// <summary>The domain that answers for the mail (<c>d=</c>).</summary>
    public string Domain { get; }

    /// <summary>The name of the key (<c>s=</c>).</summary>
    public string Selector { get; }

    /// <summary>Where receivers look for the public key.</summary>
    public string DnsName => $"{Selector}._domainkey.{Domain}";

    /// <summary>The text that belongs in a TXT record at <see cref="DnsName"/>.</summary>
    public string PublicKeyRecord { get; }

    /// <summary>Takes a private RSA key of 1,024 to 4,096 bits in PEM form (PKCS#1 or PKCS#8).</summary>
    /// <exception cref="ArgumentException">The domain, the selector or the key is not usable; the message says why.</exception>
    public static DkimSigner FromPem(string domain, string selector, string pem)
    {
        if (!IsDnsName(domain) || !IsDnsName(selector))
            throw new ArgumentException($"'{selector}._domainkey.{domain}' is no DNS name.", nameof(domain));
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            // Fails here, at the start, where the file holds only a public key.
            key.SignData([], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ArgumentException("The DKIM key is no private RSA key in PEM form.", nameof(pem), e);
        }

        if (key.KeySize is >= 1024 and <= 4096)
            return new DkimSigner(domain, selector, key);
        var size = key.KeySize;
        key.Dispose();
        throw new ArgumentException($"The DKIM key has {size} bits; 2048 is the usual size, 1024 to 4096 are possible.", nameof(pem));
    }

    /// <summary>Whether a TXT record, as DNS gave it, publishes this signer's public key.</summary>
    public bool IsPublishedBy(string record)
    {
        var tags = record.Split(';').Select(tag => tag.Split('=', 2)).Where(tag => tag.Length == 2);
        var key = tags.FirstOrDefault(tag => tag[0].Trim() is "p")?[1];
        return key is not null
            && string.Equals(string.Concat(key.Where(c => !char.IsWhiteSpace(c))), PublicKeyRecord[(PublicKeyRecord.IndexOf("p=", StringComparison.Ordinal) + 2)..], StringComparison.Ordinal);
    }

    /// <summary>
    /// The mail with its DKIM-Signature on top. <paramref name="signedAt"/> becomes <c>t=</c>; leave it out, or give the
    /// mail's own Date, where a mail sent again must be the same.
    /// </summary>
    public byte[] Sign(ReadOnlySpan<byte> message, DateTimeOffset? signedAt = null)
    {
        var signature = HeaderFor(message, signedAt);
        var signed = new byte[signature.Length + message.Length];
        signature.CopyTo(signed, 0);
        message.CopyTo(signed.AsSpan(signature.Length));
        return signed;
    }

    /// <summary>The DKIM-Signature alone, with its line end, to go before the mail.</summary>
    public byte[] HeaderFor(ReadOnlySpan<byte> message, DateTimeOffset? signedAt) => Encoding.ASCII.GetBytes(SignatureHeader(message, signedAt));

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_keys.TryTake(out var key))
            key.Dispose();
    }

    private string SignatureHeader(ReadOnlySpan<byte> message, DateTimeOffset? signedAt)
    {
        var headerEnd = message.IndexOf("\r\n\r\n"u8);
        var headers = DkimHeader.Read(headerEnd < 0 ? message : message[..(headerEnd + 2)]);
        var body = headerEnd < 0 ? default : message[(headerEnd + 4)..];
        using var bodyHash = new RelaxedBodyHash();
        bodyHash.Append(body);

        var canonical = new ArrayBufferWriter<byte>(4096);
        var names = new List<string>();
        foreach (var (name, isSealed) in Signed)
        {
            // Several headers of one name are signed from the last to the first (RFC 6376 5.4.2).
            foreach (var header in headers.Where(header => header.Is(name)).Reverse())
            {
                header.WriteRelaxed(canonical);
                canonical.Write("\r\n"u8);
                names.Add(name.ToLowerInvariant());
            }

            if (isSealed)
                names.Add(name.ToLowerInvariant());
        }

        var time = signedAt is { } moment ? $" t={moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)};" : "";
        var unsigned = $"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={Domain};\r\n s={Selector};{time}\r\n"
            + $" h={FoldNames(names)};\r\n bh={Convert.ToBase64String(bodyHash.Finish())};\r\n b=";
        DkimHeader.Read(Encoding.ASCII.GetBytes(unsigned))[0].WriteRelaxed(canonical);
        return $"{unsigned}{FoldBase64(Convert.ToBase64String(SignHash(canonical.WrittenSpan)))}\r\n";
    }

    private byte[] SignHash(ReadOnlySpan<byte> canonical)
    {
        // One RSA object a thread at a time: making one costs as much as a signature, and sharing one is not promised to work.
        if (!_keys.TryTake(out var key))
            key = RSA.Create(_parameters);
        try
        {
            return key.SignData(canonical.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        finally
        {
            _keys.Add(key);
        }
    }

    private static string FoldNames(List<string> names)
    {
        var text = new StringBuilder();
        var column = 3;
        foreach (var name in names)
        {
            if (text.Length > 0)
                text.Append(':');
            if (column + name.Length > 74)
            {
                text.Append("\r\n  ");
                column = 2;
            }

            text.Append(name);
            column += name.Length + 1;
        }

        return text.ToString();
    }

    private static string FoldBase64(string text) => string.Join("\r\n ", text.Chunk(72).Select(chunk => new string(chunk)));

    private static bool IsDnsName(string name) =>
        name.Length is > 0 and <= 200 && name.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
