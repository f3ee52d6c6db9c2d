using System.Buffers;
using System.Runtime.Intrinsics;
using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>What a mail asks of the server: 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531).</summary>
internal readonly record struct MailNeeds(bool EightBitMime, bool SmtpUtf8);

/// <summary>
/// Which mails a server can never take, or must not be given: a mail that would break the protocol (a bare CR or LF, a
/// NUL, an address with a line break) is refused here.
/// </summary>
internal static class SendRules
{
    private const int MaxAddressOctets = 320;

    private static readonly SearchValues<char> NotInAddresses = SearchValues.Create(
        [' ', '<', '>', .. Enumerable.Range(0, char.MaxValue + 1).Select(letter => (char)letter).Where(char.IsControl)]);

    /// <summary>Answers in words why this server can never take the mail, or null and what the mail needs.</summary>
    public static string? WhyUnsendable(Envelope envelope, ReadOnlySpan<byte> message, SmtpCapabilities server, out MailNeeds needs)
    {
        needs = default;
        if (!IsWireAddress(envelope.Sender) && envelope.Sender.Length > 0 || !IsWireAddress(envelope.Recipient))
            return "An address of the envelope cannot be written in SMTP.";
        if (server.MaxSize > 0 && message.Length > server.MaxSize)
            return $"The mail has {message.Length} octets, the server takes {server.MaxSize}.";
        if (!IsWritable(message, out var isEightBit))
            return "The mail holds a bare CR, LF or NUL.";

        var needsUtf8 = !Ascii.IsValid(envelope.Sender) || !Ascii.IsValid(envelope.Recipient)
            || isEightBit && !Ascii.IsValid(Headers(message));
        if (needsUtf8 && !server.SmtpUtf8)
            return "The mail needs SMTPUTF8, which the server does not offer.";
        if (isEightBit && !server.EightBitMime)
            return "The mail needs 8BITMIME, which the server does not offer.";
        needs = new MailNeeds(isEightBit, needsUtf8);
        return null;
    }

    private static bool IsWireAddress(string address) =>
        address.Length is > 0 and <= MaxAddressOctets && !address.AsSpan().ContainsAny(NotInAddresses);

    /// <summary>Reads the mail once: no bare CR or LF, no NUL; and whether it has an octet beyond ASCII.</summary>
    private static bool IsWritable(ReadOnlySpan<byte> message, out bool isEightBit)
    {
        // Each octet is looked at beside the next: the one is a CR exactly where the other is an LF.
        var (faults, bits) = (Vector128<byte>.Zero, Vector128<byte>.Zero);
        var at = 0;
        for (; at + Vector128<byte>.Count < message.Length; at += Vector128<byte>.Count)
        {
            var octets = Vector128.Create(message.Slice(at, Vector128<byte>.Count));
            var following = Vector128.Create(message.Slice(at + 1, Vector128<byte>.Count));
            faults |= Vector128.Equals(octets, Vector128.Create((byte)'\r')) ^ Vector128.Equals(following, Vector128.Create((byte)'\n'));
            faults |= Vector128.Equals(octets, Vector128<byte>.Zero);
            bits |= octets;
        }

        isEightBit = bits.ExtractMostSignificantBits() != 0;
        var isWhole = faults == Vector128<byte>.Zero && (message.IsEmpty || message[0] != '\n');
        for (; at < message.Length; at++)
        {
            var isLineFeedNext = at + 1 < message.Length && message[at + 1] == '\n';
            isWhole &= message[at] != 0 && message[at] == '\r' == isLineFeedNext;
            isEightBit |= message[at] >= 0x80;
        }

        return isWhole;
    }

    private static ReadOnlySpan<byte> Headers(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message : message[..end];
    }
}
