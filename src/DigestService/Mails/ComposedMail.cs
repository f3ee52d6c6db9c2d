using System.Text;
using DigestService.Delivery;

namespace DigestService.Mails;

/// <summary>A digest for the outbox: its recipe, and what its row says about it. It is signed when it is sent.</summary>
internal sealed record ComposedRecipe(MailRecipe Recipe, string Subject, string MessageId, string Sender);

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
        var head = part[..part.IndexOf("\r\n\r\n"u8)];
        var body = part[(head.Length + 4)..];
        body = body[..body.IndexOf("\r\n--=_"u8)];
        return head.IndexOf("7bit"u8) >= 0 ? WireText.WithoutCarriageReturns(body) : WireText.Decode(body);
    }
}
