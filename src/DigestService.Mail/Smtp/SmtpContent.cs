using System.Buffers;

namespace DigestService.Mail.Smtp;

/// <summary>
/// One mail made ready for the wire: its commands, and whether lines begin with a dot. A mail that would break the
/// protocol (a bare CR or LF, a NUL, an address with a line break) never gets here: it is refused.
/// </summary>
internal readonly struct SmtpContent
{
    private const int MaxAddressOctets = 320;

    private readonly bool _hasLeadingDots;

    private SmtpContent(string mail, string rcpt, bool hasLeadingDots, bool endsInNewline, MailNeeds needs)
    {
        Needs = needs;
        MailCommand = mail;
        RcptCommand = rcpt;
        _hasLeadingDots = hasLeadingDots;
        Terminator = endsInNewline ? DotLine : NewlineAndDotLine;
    }

    private static readonly byte[] DotLine = ".\r\n"u8.ToArray();
    private static readonly byte[] NewlineAndDotLine = "\r\n.\r\n"u8.ToArray();

    public MailNeeds Needs { get; }

    public string MailCommand { get; }

    public string RcptCommand { get; }

    /// <summary>What ends the content: the dot on a line of its own.</summary>
    public ReadOnlyMemory<byte> Terminator { get; }

    /// <summary>Looks the mail over; answers in words why this server can never take it, or null.</summary>
    public static string? WhyUnsendable(Envelope envelope, ReadOnlySpan<byte> message, SmtpCapabilities server, out SmtpContent content)
    {
        content = default;
        if (!IsWireAddress(envelope.Sender) && envelope.Sender.Length > 0 || !IsWireAddress(envelope.Recipient))
            return "An address of the envelope cannot be written in SMTP.";
        if (server.MaxSize > 0 && message.Length > server.MaxSize)
            return $"The mail has {message.Length} octets, the server takes {server.MaxSize}.";
        if (message.Contains((byte)0) || !HasOnlyWholeNewlines(message, out var leadingDots))
            return "The mail holds a bare CR, LF or NUL.";

        var isEightBit = !System.Text.Ascii.IsValid(message);
        var needsUtf8 = !System.Text.Ascii.IsValid(envelope.Sender) || !System.Text.Ascii.IsValid(envelope.Recipient)
            || isEightBit && !System.Text.Ascii.IsValid(Headers(message));
        if (needsUtf8 && !server.SmtpUtf8)
            return "The mail needs SMTPUTF8, which the server does not offer.";
        if (isEightBit && !server.EightBitMime)
            return "The mail needs 8BITMIME, which the server does not offer.";

        var parameters = (server.MaxSize > 0 ? $" SIZE={message.Length}" : "")
            + (isEightBit ? " BODY=8BITMIME" : "")
            + (needsUtf8 ? " SMTPUTF8" : "");
        content = new SmtpContent(
            $"MAIL FROM:<{envelope.Sender}>{parameters}\r\n",
            $"RCPT TO:<{envelope.Recipient}>\r\n",
            leadingDots,
            message.EndsWith("\r\n"u8) || message.IsEmpty,
            new MailNeeds(isEightBit, needsUtf8));
        return null;
    }

    /// <summary>Writes everything but the <see cref="Terminator"/>, dots at the start of a line doubled.</summary>
    public Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken ct) =>
        _hasLeadingDots ? WriteStuffedAsync(stream, message, ct) : stream.WriteAsync(message, ct).AsTask();

    private static async Task WriteStuffedAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        var stuffed = new ArrayBufferWriter<byte>(message.Length + 256);
        Stuff(message.Span, stuffed);
        await stream.WriteAsync(stuffed.WrittenMemory, ct);
    }

    private static void Stuff(ReadOnlySpan<byte> rest, ArrayBufferWriter<byte> output)
    {
        if (rest is [(byte)'.', ..])
            output.Write("."u8);
        int dot;
        while ((dot = rest.IndexOf("\r\n."u8)) >= 0)
        {
            output.Write(rest[..(dot + 2)]);
            output.Write("."u8);
            output.Write("."u8);
            rest = rest[(dot + 3)..];
        }

        output.Write(rest);
    }

    private static bool IsWireAddress(string address) =>
        address.Length is > 0 and <= MaxAddressOctets && !address.Any(c => c is ' ' or '<' or '>' || char.IsControl(c));

    private static bool HasOnlyWholeNewlines(ReadOnlySpan<byte> rest, out bool leadingDots)
    {
        leadingDots = rest is [(byte)'.', ..];
        int end;
        while ((end = rest.IndexOfAny((byte)'\r', (byte)'\n')) >= 0)
        {
            if (rest[end] == '\n' || end + 1 >= rest.Length || rest[end + 1] != '\n')
                return false;
            rest = rest[(end + 2)..];
            leadingDots |= rest is [(byte)'.', ..];
        }

        return true;
    }

    private static ReadOnlySpan<byte> Headers(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message : message[..end];
    }
}

/// <summary>What a mail asks of the server: 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531).</summary>
internal readonly record struct MailNeeds(bool EightBitMime, bool SmtpUtf8);
