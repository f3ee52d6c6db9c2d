using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>Reads replies (RFC 5321 4.2) from a stream. Lines, lines a reply and kept text are bounded.</summary>
internal sealed class SmtpReplyReader(Stream stream)
{
    private const int MaxLine = 4096;
    private const int MaxLines = 200;

    private readonly byte[] _buffer = new byte[MaxLine];
    private int _start;
    private int _end;

    /// <summary>Whether octets have come that no reply has used yet.</summary>
    public bool HasBuffered => _start < _end;

    /// <summary>Reads one reply with all its lines; <paramref name="lines"/> receives the text of each.</summary>
    /// <exception cref="SmtpProtocolException">What came is no reply.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<SmtpReply> ReadAsync(CancellationToken ct, List<string>? lines = null)
    {
        SmtpReply? reply = null;
        for (var count = 0; count < MaxLines; count++)
        {
            int lineEnd;
            while ((lineEnd = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
                await FillAsync(ct);
            var line = _buffer.AsSpan(_start, lineEnd).TrimEnd((byte)'\r');
            _start += lineEnd + 1;

            reply = Append(reply, line, lines, out var isLast);
            if (isLast)
                return reply;
        }

        throw new SmtpProtocolException($"The server's reply has more than {MaxLines} lines.");
    }

    private async ValueTask FillAsync(CancellationToken ct)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            throw new SmtpProtocolException($"The server sent a line of more than {MaxLine} octets.");
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        if (read == 0)
            throw new SmtpProtocolException("The server closed the connection.");
        _end += read;
    }

    private static SmtpReply Append(SmtpReply? sofar, ReadOnlySpan<byte> line, List<string>? lines, out bool isLast)
    {
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])
            || line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-'))
        {
            throw new SmtpProtocolException("The server's answer is no SMTP reply.");
        }

        var code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
        if (sofar is not null && sofar.Code != code)
            throw new SmtpProtocolException("The lines of the server's reply disagree.");
        isLast = line.Length == 3 || line[3] == ' ';

        var text = Printable(line.Length > 4 ? line[4..] : default);
        var reply = SmtpReplyText.Append(sofar, code, text, out var withoutCode);
        lines?.Add(withoutCode);
        return reply;
    }

    private static string Printable(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return Encoding.ASCII.GetString(text);
        return string.Create(Encoding.UTF8.GetCharCount(text), text, static (characters, octets) =>
        {
            Encoding.UTF8.GetChars(octets, characters);
            foreach (ref var c in characters)
                c = char.IsControl(c) ? ' ' : c;
        });
    }
}
