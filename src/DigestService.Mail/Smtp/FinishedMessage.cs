using MimeKit;
using MimeKit.IO;

namespace DigestService.Mail.Smtp;

/// <summary>
/// A mail that is composed and signed already, in the shape MailKit asks for. MimeKit writes a message as headers, a
/// line break and a body: here these are our first line, its own line break, and everything after it, octet by octet.
/// </summary>
/// <remarks>One serves all mails of a connection, one after the other.</remarks>
internal sealed class FinishedMessage(SendProgress progress) : IDisposable
{
    private readonly Remainder _remainder = new(progress);
    private MimeMessage? _message;

    /// <summary>Octets of the mail before dots are doubled, with the line break that its end may lack.</summary>
    public long Length { get; private set; }

    /// <summary>Takes up one mail of CRLF lines, which must stay unchanged until it is sent.</summary>
    public MimeMessage Load(ReadOnlyMemory<byte> octets, bool isEightBit)
    {
        var lineEnd = octets.Span.IndexOf("\r\n"u8);
        var firstLine = lineEnd < 0 ? octets : octets[..lineEnd];
        _remainder.Load(lineEnd < 0 ? default : octets[(lineEnd + 2)..], isEightBit);
        Length = firstLine.Length + 2 + _remainder.Length;

        var header = new FirstLine(firstLine.ToArray());
        _message ??= new MimeMessage([header]) { Body = _remainder };
        // One put in the place of the other: where all are taken out, MimeKit forgets its lists of addresses each time.
        _message.Headers[0] = header;
        return _message;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _message?.Dispose();
        _remainder.Dispose();
    }

    /// <summary>A header that MimeKit does not understand, and therefore writes as it is.</summary>
    private sealed class FirstLine(byte[] octets) : Header(ParserOptions.Default, octets, 0, [], invalid: true);

    /// <summary>All lines but the first.</summary>
    private sealed class Remainder(SendProgress progress) : MimePart
    {
        private static readonly byte[] LineBreak = "\r\n"u8.ToArray();

        private ReadOnlyMemory<byte> _octets;
        private bool _endsInLineBreak;

        public long Length => _octets.Length + (_endsInLineBreak ? 0 : LineBreak.Length);

        public void Load(ReadOnlyMemory<byte> octets, bool isEightBit)
        {
            _octets = octets;
            _endsInLineBreak = octets.IsEmpty || octets.Span.EndsWith("\r\n"u8);
            // MailKit says BODY=8BITMIME where a part has this encoding.
            var encoding = isEightBit ? ContentEncoding.EightBit : ContentEncoding.SevenBit;
            if (ContentTransferEncoding != encoding)
                ContentTransferEncoding = encoding;
            // The mail has its headers already; no header of this part may be written beside them.
            Headers.Clear();
        }

        public override async Task WriteToAsync(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
        {
            progress.ContentBegins();
            // By DATA the stream doubles dots and ends the last line, octet by octet. That takes less time here, and the
            // filter, which has seen a line break last, adds nothing of its own.
            if (stream is FilteredStream { Source: var connection })
                await WriteStuffedAsync(connection, cancellationToken);
            else
                await WriteChunkAsync(stream, cancellationToken);
        }

        /// <summary>Keeps <see cref="MimePart.ContentTransferEncoding"/> when the headers are cleared.</summary>
        protected override void OnHeadersChanged(HeaderListChangedAction action, Header? header)
        {
        }

        private async Task WriteStuffedAsync(Stream connection, CancellationToken ct)
        {
            var rest = _octets;
            if (rest.Span is [(byte)'.', ..])
                await connection.WriteAsync(rest[..1], ct);
            int lineBreak;
            while ((lineBreak = rest.Span.IndexOf("\r\n."u8)) >= 0)
            {
                // The dot is written as the end of this piece, and once more as the start of the next.
                await connection.WriteAsync(rest[..(lineBreak + 3)], ct);
                rest = rest[(lineBreak + 2)..];
            }

            await connection.WriteAsync(rest, ct);
            if (!_endsInLineBreak)
                await connection.WriteAsync(LineBreak, ct);
            // MailKit writes the line with the dot next.
            progress.ContentIsOut();
        }

        private async Task WriteChunkAsync(Stream connection, CancellationToken ct)
        {
            var isWhole = _endsInLineBreak && _octets.Length > 0;
            await connection.WriteAsync(isWhole ? _octets[..^1] : _octets, ct);
            // No dot follows a chunk: the server takes the mail as soon as it has the last octet.
            progress.ContentIsOut();
            if (isWhole)
                await connection.WriteAsync(_octets[^1..], ct);
            else if (!_endsInLineBreak)
                await connection.WriteAsync(LineBreak, ct);
        }
    }
}
