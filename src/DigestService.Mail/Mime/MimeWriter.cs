using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>
/// Writes an <see cref="MimeMessage"/> as octets (RFC 5322, 2045 to 2047): CRLF lines, seven bits unless the
/// recipient's address itself needs more, text before HTML in a multipart/alternative.
/// </summary>
public static class MimeWriter
{
    /// <summary>Writes headers, the empty line and the parts.</summary>
    /// <exception cref="ArgumentException">The Message-ID is not one.</exception>
    public static void Write(MimeMessage message, IBufferWriter<byte> output)
    {
        var headers = new HeaderWriter(output);
        headers.WriteMailbox("From", message.From);
        headers.WriteMailbox("To", message.To);
        if (message.ReplyTo is { } replyTo)
            headers.WriteMailbox("Reply-To", replyTo);
        headers.WriteText("Subject", message.Subject);
        headers.WriteDate("Date", message.Date);
        headers.WriteText("Message-ID", $"<{CheckedMessageId(message.MessageId)}>");
        foreach (var header in message.Headers)
            headers.WriteText(header.Name, header.Value);
        headers.WriteText("MIME-Version", "1.0");

        if (message.Html is null)
            WritePart(headers, output, "text/plain", message.Text);
        else
            WriteAlternative(headers, output, message, message.Html);
    }

    private static void WriteAlternative(HeaderWriter headers, IBufferWriter<byte> output, MimeMessage message, MailBody html)
    {
        // "=_" can stand in neither quoted-printable nor base64, and no line of a 7bit part starts with "--": no content can
        // look like this boundary.
        var boundary = $"=_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message.MessageId)).AsSpan(0, 12))}";
        headers.WriteText("Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
        WriteDelimiter(output, boundary, "\r\n"u8);
        WritePart(headers, output, "text/plain", message.Text);
        WriteDelimiter(output, boundary, "\r\n"u8);
        WritePart(headers, output, "text/html", html);
        WriteDelimiter(output, boundary, "--\r\n"u8);
    }

    private static void WriteDelimiter(IBufferWriter<byte> output, string boundary, ReadOnlySpan<byte> end)
    {
        output.Write("\r\n--"u8);
        Encoding.ASCII.GetBytes(boundary, output);
        output.Write(end);
    }

    private static void WritePart(HeaderWriter headers, IBufferWriter<byte> output, string mediaType, MailBody body)
    {
        headers.WriteText("Content-Type", $"{mediaType}; charset=utf-8");
        headers.WriteText("Content-Transfer-Encoding", body.TransferEncoding);
        output.Write("\r\n"u8);
        body.WriteTo(output);
        if (!body.EndsInNewline())
            output.Write("\r\n"u8);
    }

    private static string CheckedMessageId(string id) =>
        id.Length is > 2 and <= 250 && id.IndexOf('@', StringComparison.Ordinal) > 0 && !id.AsSpan().ContainsAnyExceptInRange('!', '~') && id.AsSpan().IndexOfAny('<', '>') < 0
            ? id
            : throw new ArgumentException($"'{id}' is no Message-ID.", nameof(id));
}
