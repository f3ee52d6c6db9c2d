using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>
/// The envelope sender of one delivery (VERP): <c>bounces+123-0f3a…@example.org</c>. The mac keeps strangers from
/// inventing bounces; lower-case hex survives servers that fold the case of local parts.
/// </summary>
internal sealed class BounceAddress
{
    /// <summary>
    /// Octets of a local part that leave room for the tag of any delivery: 64 in all (RFC 5321 4.5.3.1.1), less the plus, an
    /// id of up to 19 digits, the dash and the mac.
    /// </summary>
    public const int LongestLocalPart = 64 - (1 + 19 + 1 + (2 * MacOctets));

    private const int MacOctets = 8;

    private readonly LinkSigner _signer;
    private readonly string _localPart;
    private readonly string _domain;

    /// <summary>Addresses below <see cref="MailOptions.BounceAddress"/>, or below <see cref="MailOptions.From"/> where that is unset.</summary>
    public BounceAddress(MailOptions options, LinkSigner signer)
    {
        _signer = signer;
        var address = string.IsNullOrEmpty(options.BounceAddress) ? options.From : options.BounceAddress;
        var at = address.LastIndexOf('@');
        (_localPart, _domain) = (address[..at], address[(at + 1)..]);
    }

    /// <summary>The envelope sender of a delivery.</summary>
    public string For(long deliveryId) => string.Create(
        CultureInfo.InvariantCulture, $"{_localPart}+{deliveryId}-{Mac(deliveryId)}@{_domain}");

    /// <summary>
    /// Reads the delivery out of an address of ours; false for a foreign, cut or forged one. A relay may have wrapped it, behind an
    /// equals sign, in an address of its own: BATV (<c>prvs=TAG=…</c>), SRS (<c>SRS0=HASH=TIME=DOMAIN=…@relay</c>).
    /// </summary>
    public bool TryRead([NotNullWhen(true)] string? address, out long deliveryId)
    {
        deliveryId = 0;
        var at = address?.LastIndexOf('@') ?? -1;
        if (address is null || at < 0)
            return false;
        var local = address.AsSpan(0, at);
        var begin = local.LastIndexOf(_localPart + "+", StringComparison.OrdinalIgnoreCase);
        var isOurs = begin == 0 && address.AsSpan(at + 1).Equals(_domain, StringComparison.OrdinalIgnoreCase);
        if (!isOurs && (begin < 1 || local[begin - 1] != '='))
            return false;
        var tag = local[(begin + _localPart.Length + 1)..];
        var dash = tag.IndexOf('-');
        if (dash < 1 || !long.TryParse(tag[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        var given = Encoding.UTF8.GetBytes(tag[(dash + 1)..].ToString().ToLowerInvariant());
        if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Mac(id))))
            return false;
        deliveryId = id;
        return true;
    }

    private string Mac(long deliveryId)
    {
        // The tail of a signed token is a mac bound to its purpose; eight octets of it are enough for one address.
        var token = Base64Url.DecodeFromChars(_signer.Sign(LinkPurpose.Bounce, deliveryId));
        return Convert.ToHexStringLower(token.AsSpan(token.Length - MacOctets));
    }
}
