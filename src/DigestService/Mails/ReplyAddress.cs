using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Mails;

/// <summary>What mail to a signed address may do.</summary>
internal enum ReplyPurpose
{
    /// <summary>Commands and verdicts of the reader the address was made for; the extra value is the digest's day, or 0.</summary>
    Reader,

    /// <summary>Confirms a sign-up: whoever answers the confirmation mail has it.</summary>
    Confirm,

    /// <summary>Confirms what a stored message asked for; the subject is that message.</summary>
    Request,
}

/// <summary>What a signed address says; it is worth what <see cref="Generation"/> is worth to its reader.</summary>
internal readonly record struct ReplyToken(ReplyPurpose Purpose, long Subject, int Day, int Generation);

/// <summary>
/// Addresses below <see cref="MailOptions.CommandAddress"/> that only their owner has, because they stand in
/// <c>Reply-To</c> of mail to them: <c>digest+r12-20514-1-0f3a…@example.org</c>. Lower-case hex survives servers that
/// fold the case of local parts.
/// </summary>
internal sealed class ReplyAddress
{
    private const int MacOctets = 10;
    private const int LongestLocalPart = 64;
    private const string Letters = "rcq";

    private readonly LinkSigner _signer;
    private readonly string? _localPart;
    private readonly string? _domain;

    /// <summary>Addresses for these settings; none where the service reads no mail or has no command address.</summary>
    public ReplyAddress(MailOptions options, LinkSigner signer, bool isReadingMail)
    {
        _signer = signer;
        if (isReadingMail && EmailAddress.TryParse(options.CommandAddress, out var address))
            (_localPart, _domain) = (address.LocalPart, address.Domain);
    }

    /// <summary>Whether answers are read at all.</summary>
    [MemberNotNullWhen(true, nameof(_localPart), nameof(_domain))]
    public bool IsOn => _localPart is not null;

    /// <summary>The address for a purpose; null where none is offered.</summary>
    public EmailAddress? For(ReplyToken token)
    {
        if (!IsOn)
            return null;
        var local = string.Create(
            CultureInfo.InvariantCulture,
            $"{_localPart}+{Letters[(int)token.Purpose]}{token.Subject}-{token.Day}-{token.Generation}-{Mac(token)}");
        return local.Length <= LongestLocalPart && EmailAddress.TryParse($"{local}@{_domain}", out var address) ? address : null;
    }

    /// <summary>Reads an address of ours; false for a foreign, cut or forged one.</summary>
    public bool TryRead(string? address, out ReplyToken token)
    {
        token = default;
        if (Tag(address) is not { Length: > 4 } tag || Letters.IndexOf(char.ToLowerInvariant(tag[0])) is not (>= 0 and var purpose))
            return false;
        var parts = tag[1..].Split('-');
        if (parts.Length != 4
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var subject)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var day)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
            return false;
        var claimed = new ReplyToken((ReplyPurpose)purpose, subject, day, generation);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(parts[3].ToLowerInvariant()), Encoding.UTF8.GetBytes(Mac(claimed))))
            return false;
        token = claimed;
        return true;
    }

    /// <summary>
    /// The word behind the command address's local part: <c>subscribe</c> in <c>digest-subscribe@…</c>,
    /// <c>confirm+TOKEN</c> in <c>digest-confirm+TOKEN@…</c>; empty for the address itself, null for any other.
    /// </summary>
    public string? ActionOf(string address)
    {
        if (!IsOn || !address.EndsWith("@" + _domain, StringComparison.OrdinalIgnoreCase) || !address.StartsWith(_localPart, StringComparison.OrdinalIgnoreCase))
            return null;
        var rest = address[_localPart.Length..^(_domain.Length + 1)];
        return rest.Length == 0 ? "" : rest[0] == '-' ? rest[1..] : null;
    }

    private string? Tag(string? address) =>
        IsOn && address is not null && address.EndsWith("@" + _domain, StringComparison.OrdinalIgnoreCase)
        && address.StartsWith(_localPart + "+", StringComparison.OrdinalIgnoreCase)
            ? address[(_localPart.Length + 1)..^(_domain.Length + 1)]
            : null;

    private string Mac(ReplyToken token)
    {
        var purpose = token.Purpose switch
        {
            ReplyPurpose.Reader => LinkPurpose.ReplyAddress,
            ReplyPurpose.Confirm => LinkPurpose.ConfirmAddress,
            _ => LinkPurpose.RequestAddress,
        };
        var signed = Base64Url.DecodeFromChars(_signer.Sign(purpose, token.Subject, ((long)token.Generation << 32) | (uint)token.Day));
        return Convert.ToHexStringLower(signed.AsSpan(signed.Length - MacOctets));
    }
}

/// <summary>A digest's day as a short number in an address.</summary>
internal static class ReplyDays
{
    private static readonly LocalDate First = new(1970, 1, 1);

    /// <summary>Days since 1970.</summary>
    public static int Number(LocalDate day) => Period.DaysBetween(First, day);

    /// <summary>The day of a number; null for 0, which names none.</summary>
    public static LocalDate? Day(int number) => number is > 0 and < 1_000_000 ? First.PlusDays(number) : null;
}
