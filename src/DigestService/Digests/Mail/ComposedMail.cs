using System.Text;

namespace DigestService.Digests.Mail;

/// <summary>A finished mail: the octets to store and send, and what its row in the outbox says about them.</summary>
internal sealed record ComposedMail
{
    /// <summary>The whole message, signed when a key is set, in CRLF lines.</summary>
    public required byte[] Message { get; init; }

    /// <summary>Subject as people read it.</summary>
    public required string Subject { get; init; }

    /// <summary>Message-ID without angle brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>Envelope sender, unique to the delivery.</summary>
    public required string Sender { get; init; }

    /// <summary>The HTML part, decoded anew at each call; for previews and the browser.</summary>
    public string Html => Part("text/html");

    /// <summary>The plain text part, decoded anew at each call; for previews.</summary>
    public string Text => Part("text/plain");

    // Our own writer's layout and no other: each part begins after the empty line behind its type and ends at a delimiter.
    private string Part(string mediaType)
    {
        var message = Message.AsSpan();
        var part = message[message.IndexOf(Encoding.ASCII.GetBytes($"\r\nContent-Type: {mediaType}"))..];
        var body = part[(part.IndexOf("\r\n\r\n"u8) + 4)..];
        return QuotedPrintableText(body[..body.IndexOf("\r\n--=_"u8)]);
    }

    private static string QuotedPrintableText(ReadOnlySpan<byte> wire)
    {
        var octets = new byte[wire.Length];
        var length = 0;
        for (var at = 0; at < wire.Length; at++)
        {
            if (wire[at] != '=')
            {
                if (wire[at] != '\r')
                    octets[length++] = wire[at];
            }
            else
            {
                if (wire[at + 1] != '\r')
                    octets[length++] = Convert.FromHexString(Encoding.ASCII.GetString(wire.Slice(at + 1, 2)))[0];
                at += 2;
            }
        }

        return Encoding.UTF8.GetString(octets, 0, length);
    }
}
