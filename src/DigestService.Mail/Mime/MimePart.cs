namespace DigestService.Mail.Mime;

/// <summary>One part of a mail, or the mail itself: headers, type, octets, and the parts within.</summary>
public sealed record MimePart
{
    private readonly ReadOnlyMemory<byte> _body;

    internal MimePart(MimeHeaders headers, ContentType type, ReadOnlyMemory<byte> body)
    {
        Headers = headers;
        Type = type;
        _body = body;
    }

    /// <summary>Header fields, decoded.</summary>
    public MimeHeaders Headers { get; }

    /// <summary>Content-Type; text/plain where none is given or readable.</summary>
    public ContentType Type { get; }

    /// <summary>Parts of a multipart, or the one mail of a message/rfc822.</summary>
    public IReadOnlyList<MimePart> Children { get; init; } = [];

    /// <summary>The octets after the header, as they came.</summary>
    public ReadOnlyMemory<byte> RawBody => _body;

    /// <summary>The octets with base64 or quoted-printable undone, as far as they can be.</summary>
    public ReadOnlyMemory<byte> Content => TransferDecoder.Decode(_body, Headers.First("Content-Transfer-Encoding"));

    /// <summary>Whether the part asks to be an attachment.</summary>
    public bool IsAttachment =>
        Headers.First("Content-Disposition")?.TrimStart().StartsWith("attachment", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The content as text in its charset; octets that make no sense become U+FFFD.</summary>
    public string Text() => Charsets.Decode(Content.Span, Type.Charset);

    /// <summary>This part and all within it, in the order of the mail.</summary>
    public IEnumerable<MimePart> Walk()
    {
        // Depth is bounded by the reader, so recursion is too.
        yield return this;
        foreach (var child in Children)
        {
            foreach (var part in child.Walk())
                yield return part;
        }
    }

    /// <summary>The first part of that media type, in lower case; null where there is none.</summary>
    public MimePart? Find(string mediaType) => Walk().FirstOrDefault(part => string.Equals(part.Type.MediaType, mediaType, StringComparison.Ordinal));

    /// <summary>The fields of a message/delivery-status or message/feedback-report, block by block.</summary>
    public IReadOnlyList<MimeHeaders> ReportBlocks() => MimeHeaders.ReadBlocks(Content);
}
