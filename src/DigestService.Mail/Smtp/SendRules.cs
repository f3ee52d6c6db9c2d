using System.Buffers;
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

    private static readonly SearchValues<byte> LineBreakOrNul = SearchValues.Create("\r\n\0"u8);

    private static readonly SearchValues<byte> LineBreakNulOrEightBit =
        SearchValues.Create([.. "\r\n\0"u8, .. Enumerable.Range(0x80, 0x80).Select(octet => (byte)octet)]);

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
        address.Length is > 0 and <= MaxAddressOctets && !address.Any(c => c is ' ' or '<' or '>' || char.IsControl(c));

    /// <summary>Reads the mail once: no bare CR or LF, no NUL; and whether it has an octet beyond ASCII.</summary>
    private static bool IsWritable(ReadOnlySpan<byte> rest, out bool isEightBit)
    {
        isEightBit = false;
        var looked = LineBreakNulOrEightBit;
        int next;
        while ((next = rest.IndexOfAny(looked)) >= 0)
        {
            if (rest[next] >= 0x80)
            {
                // One such octet is enough to know; the others would only be met one by one.
                (isEightBit, looked) = (true, LineBreakOrNul);
                rest = rest[(next + 1)..];
                continue;
            }

            if (rest[next] != '\r' || next + 1 >= rest.Length || rest[next + 1] != '\n')
                return false;
            rest = rest[(next + 2)..];
        }

        return true;
    }

    private static ReadOnlySpan<byte> Headers(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message : message[..end];
    }
}
