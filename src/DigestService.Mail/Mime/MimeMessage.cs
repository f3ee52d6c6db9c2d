using System.Buffers;
using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>An address with the name people read beside it.</summary>
public readonly record struct NamedAddress(EmailAddress Address, string? Name = null);

/// <summary>One header field. The name must be a token of RFC 5322; the value is cleaned, folded and encoded when written.</summary>
public sealed record MailHeader
{
    /// <summary>Takes a name and a value.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds a colon, white space or anything beyond ASCII.</exception>
    public MailHeader(string name, string value)
    {
        if (name.Length is 0 or > 70 || !PrintableAscii.IsAll(name) || name.Contains(' ', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is no header name.", nameof(name));
        Name = name;
        Value = value;
    }

    /// <summary>Name without its colon.</summary>
    public string Name { get; }

    /// <summary>Value as people read it, not yet encoded.</summary>
    public string Value { get; }
}

/// <summary>Everything a mail is made of. The same values always give the same octets.</summary>
public sealed record MimeMessage
{
    /// <summary>Author.</summary>
    public required NamedAddress From { get; init; }

    /// <summary>The one recipient.</summary>
    public required NamedAddress To { get; init; }

    /// <summary>Where answers go, where that is not <see cref="From"/>.</summary>
    public NamedAddress? ReplyTo { get; init; }

    /// <summary>Subject as people read it.</summary>
    public required string Subject { get; init; }

    /// <summary>When the mail was written; kept when it is sent again.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Message-ID without its angle brackets; the boundaries of the parts are made from it.</summary>
    public required string MessageId { get; init; }

    /// <summary>Further headers in the order in which they are written.</summary>
    public IReadOnlyList<MailHeader> Headers { get; init; } = [];

    /// <summary>Plain text.</summary>
    public required MailBody Text { get; init; }

    /// <summary>HTML; null for a mail of plain text alone.</summary>
    public MailBody? Html { get; init; }
}

/// <summary>The content of a part in the form it has on the wire.</summary>
public sealed class MailBody
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _segments;
    private readonly Action? _write;

    private MailBody(string transferEncoding, IReadOnlyList<ReadOnlyMemory<byte>> segments, Action? write = null)
    {
        TransferEncoding = transferEncoding;
        _segments = segments;
        _write = write;
    }

    /// <summary><c>quoted-printable</c>, <c>base64</c> or <c>7bit</c>.</summary>
    public string TransferEncoding { get; }

    /// <summary>Encodes a text, as quoted-printable or, where much of it is beyond ASCII, as base64.</summary>
    public static MailBody FromText(string text)
    {
        var utf8Length = Encoding.UTF8.GetByteCount(text);
        if (QuotedPrintable.EstimateLength(text) <= utf8Length * 4L / 3)
            return new MailBody("quoted-printable", [QuotedPrintable.Encode(text)]);
        var lines = text.ReplaceLineEndings("\r\n").Replace("\0", "", StringComparison.Ordinal);
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(lines), Base64FormattingOptions.InsertLineBreaks);
        return new MailBody("base64", [Encoding.ASCII.GetBytes(base64 + "\r\n")]);
    }

    /// <summary>
    /// Takes pieces that <see cref="QuotedPrintable.Encode(string)"/> made earlier. All but the last must end in CRLF,
    /// because a line's length and its trailing spaces are settled within one piece.
    /// </summary>
    public static MailBody FromQuotedPrintable(IReadOnlyList<ReadOnlyMemory<byte>> pieces) => new("quoted-printable", pieces);

    /// <summary>
    /// A part that <paramref name="write"/> puts where the mail is being written, when its turn has come: whole lines that end
    /// in CRLF, at most 998 octets long, none of which starts with <c>--</c>, which begins a boundary, or with <c>From </c>,
    /// which mailbox files change.
    /// </summary>
    public static MailBody WrittenElsewhere(string transferEncoding, Action write) => new(transferEncoding, [], write);

    internal void WriteTo(IBufferWriter<byte> output)
    {
        _write?.Invoke();
        foreach (var segment in _segments)
            output.Write(segment.Span);
    }

    internal bool EndsInNewline() => _write is not null || _segments.LastOrDefault(segment => !segment.IsEmpty).Span.EndsWith("\r\n"u8);
}
