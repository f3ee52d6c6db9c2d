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

    /// <summary>Answers in words why this server can never take the mail, or null and what the mail needs.</summary>
    public static string? WhyUnsendable(Envelope envelope, ReadOnlySpan<byte> message, SmtpCapabilities server, out MailNeeds needs)
    {
        needs = default;
        if (!IsWireAddress(envelope.Sender) && envelope.Sender.Length > 0 || !IsWireAddress(envelope.Recipient))
            return "An address of the envelope cannot be written in SMTP.";
        if (server.MaxSize > 0 && message.Length > server.MaxSize)
            return $"The mail has {message.Length} octets, the server takes {server.MaxSize}.";
        if (message.Contains((byte)0) || !HasOnlyWholeLineBreaks(message))
            return "The mail holds a bare CR, LF or NUL.";

        var isEightBit = !Ascii.IsValid(message);
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

    private static bool HasOnlyWholeLineBreaks(ReadOnlySpan<byte> rest)
    {
        int end;
        while ((end = rest.IndexOfAny((byte)'\r', (byte)'\n')) >= 0)
        {
            if (rest[end] == '\n' || end + 1 >= rest.Length || rest[end + 1] != '\n')
                return false;
            rest = rest[(end + 2)..];
        }

        return true;
    }

    private static ReadOnlySpan<byte> Headers(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message : message[..end];
    }
}
