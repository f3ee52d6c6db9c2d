using System.Buffers;
using System.Globalization;
using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>One client of an <see cref="SmtpReceiver"/>.</summary>
internal sealed class SmtpReceiverSession(Stream stream, Func<IncomingMail, CancellationToken, Task> take, SmtpReceiverLimits limits)
{
    private const int MaxLine = 2048;
    private const int MaxErrors = 20;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly StringBuilder _replies = new();
    private readonly List<string> _recipients = [];
    private readonly ArrayBufferWriter<byte> _chunks = new();
    private bool _isTooLarge;
    private string? _sender;
    private int _start;
    private int _end;
    private int _errors;

    /// <summary>Serves the client until it leaves or has erred too often; where the server is full it is told so and let go.</summary>
    public async Task RunAsync(bool isFull, CancellationToken ct)
    {
        Reply(isFull ? "421 4.3.2 Too many connections" : "220 digest ESMTP");
        while (!isFull && _errors < MaxErrors)
        {
            var line = await ReadLineAsync(ct);
            if (line is null || !await HandleAsync(line, ct))
                break;
        }

        await FlushAsync(ct);
    }

    private async Task<bool> HandleAsync(string line, CancellationToken ct)
    {
        switch (line.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "EHLO":
                Forget();
                Reply($"250-digest\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n{(limits.OffersChunking ? "250-CHUNKING\r\n" : "")}250 SIZE {limits.MaxMessageBytes}");
                return true;
            case "HELO":
                Forget();
                Reply("250 digest");
                return true;
            case "MAIL":
                TakeSender(line);
                return true;
            case "RCPT":
                TakeRecipient(line);
                return true;
            case "DATA" when _recipients.Count == 0:
                Refuse("503 5.5.1 MAIL and RCPT come first");
                return true;
            case "DATA":
                Reply("354 End with a dot on a line of its own");
                return await TakeContentAsync(ct);
            case "BDAT" when limits.OffersChunking:
                return await TakeChunkAsync(line, ct);
            case "RSET":
                Forget();
                Reply("250 2.0.0 OK");
                return true;
            case "NOOP":
                Reply("250 2.0.0 OK");
                return true;
            case "VRFY":
                Reply("252 2.1.5 Send it and see");
                return true;
            case "QUIT":
                Reply("221 2.0.0 Bye");
                return false;
            default:
                Refuse("500 5.5.1 Unknown command");
                return true;
        }
    }

    private void TakeSender(string line)
    {
        if (_sender is not null)
            Refuse("503 5.5.1 One mail at a time");
        else if (!TryReadPath(line, "MAIL FROM:", out var sender, out var parameters))
            Refuse("501 5.5.4 MAIL FROM:<address>");
        else if (DeclaredSize(parameters) > limits.MaxMessageBytes)
            Refuse("552 5.3.4 Too large");
        else
        {
            _sender = sender;
            Reply("250 2.1.0 OK");
        }
    }

    private void TakeRecipient(string line)
    {
        if (_sender is null)
            Refuse("503 5.5.1 MAIL comes first");
        else if (!TryReadPath(line, "RCPT TO:", out var recipient, out _) || recipient.Length == 0)
            Refuse("501 5.5.4 RCPT TO:<address>");
        else if (_recipients.Count >= limits.MaxRecipients)
            Refuse("452 4.5.3 Too many recipients");
        else
        {
            _recipients.Add(recipient);
            Reply("250 2.1.5 OK");
        }
    }

    /// <summary>BDAT (RFC 3030): so many octets as they are. What is refused is read all the same.</summary>
    private async Task<bool> TakeChunkAsync(string line, CancellationToken ct)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isLast = words.Length == 3 && words[2].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (words.Length < 2 || words.Length > 2 && !isLast || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            // Where the chunk ends is not known, so nothing that follows can be told from a command.
            Refuse("501 5.5.4 BDAT octets [LAST]");
            return false;
        }

        await ReadChunkAsync(length, ct);
        if (_recipients.Count == 0)
        {
            Refuse("503 5.5.1 MAIL and RCPT come first");
            return true;
        }

        if (!isLast)
        {
            Reply("250 2.0.0 Go on");
            return true;
        }

        return await TakeAsync(_isTooLarge ? default(ReadOnlyMemory<byte>?) : _chunks.WrittenMemory.ToArray(), ct);
    }

    private async Task ReadChunkAsync(int length, CancellationToken ct)
    {
        _isTooLarge |= _chunks.WrittenCount + (long)length > limits.MaxMessageBytes;
        while (length > 0)
        {
            if (_start == _end)
                await FillAsync(ct);
            var piece = _buffer.AsSpan(_start, Math.Min(length, _end - _start));
            _start += piece.Length;
            length -= piece.Length;
            if (!_isTooLarge && _recipients.Count > 0)
                _chunks.Write(piece);
        }
    }

    private async Task<bool> TakeContentAsync(CancellationToken ct) => await TakeAsync(await ReadContentAsync(ct), ct);

    /// <summary>Hands a whole mail over; null is one that was too large.</summary>
    private async Task<bool> TakeAsync(ReadOnlyMemory<byte>? content, CancellationToken ct)
    {
        var mail = new IncomingMail(_sender ?? "", [.. _recipients], content ?? default);
        Forget();
        if (content is null)
        {
            Refuse("552 5.3.4 Too large");
            return true;
        }

        try
        {
            await take(mail, ct);
            Reply("250 2.0.0 Taken");
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            Reply("451 4.3.0 Could not store the mail");
        }

        return true;
    }

    /// <summary>Reads up to the final dot; null where the mail was too large, and was read all the same.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadContentAsync(CancellationToken ct)
    {
        var content = new ArrayBufferWriter<byte>(8192);
        var isAtLineStart = true;
        var isTooLarge = false;
        while (true)
        {
            // Only CRLF ends a line here; a server that also takes a bare LF for one lets mails be smuggled in mails.
            var lineEnd = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (lineEnd < 0 && _end - _start < _buffer.Length)
            {
                await FillAsync(ct);
                continue;
            }

            // A full buffer without a line's end: pass on all but a CR whose LF may follow.
            var length = lineEnd >= 0 ? lineEnd + 2 : _end - _start - 1;
            var line = _buffer.AsSpan(_start, length);
            _start += length;
            if (isAtLineStart && line.SequenceEqual(".\r\n"u8))
                return isTooLarge ? default(ReadOnlyMemory<byte>?) : content.WrittenMemory;
            if (isAtLineStart && line is [(byte)'.', ..])
                line = line[1..];
            isAtLineStart = lineEnd >= 0;
            isTooLarge |= content.WrittenCount + line.Length > limits.MaxMessageBytes;
            if (!isTooLarge)
                content.Write(line);
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken ct)
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            if (_end - _start > MaxLine)
                throw new IOException("The client's line has no end.");
            await FillAsync(ct);
        }

        var line = Encoding.UTF8.GetString(_buffer, _start, end).TrimEnd('\r');
        _start += end + 1;
        return line.Length > MaxLine ? null : line;
    }

    private async Task FillAsync(CancellationToken ct)
    {
        // Replies wait until the client has nothing more to say: that is what makes pipelining worth its name.
        await FlushAsync(ct);
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        using var idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
        idle.CancelAfter(limits.IdleTimeout);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), idle.Token);
        if (read == 0)
            throw new IOException("The client closed the connection.");
        _end += read;
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        if (_replies.Length == 0)
            return;
        var octets = Encoding.UTF8.GetBytes(_replies.ToString());
        _replies.Clear();
        await stream.WriteAsync(octets, ct);
    }

    private void Reply(string reply) => _replies.Append(reply).Append("\r\n");

    private void Refuse(string reply)
    {
        _errors++;
        Reply(reply);
    }

    private void Forget()
    {
        _sender = null;
        _recipients.Clear();
        _chunks.ResetWrittenCount();
        _isTooLarge = false;
    }

    private static bool TryReadPath(string line, string command, out string address, out string parameters)
    {
        (address, parameters) = ("", "");
        if (!line.StartsWith(command, StringComparison.OrdinalIgnoreCase))
            return false;
        var path = line.AsSpan(command.Length).Trim();
        var close = path.IndexOf('>');
        if (close < 1 || path[0] != '<')
            return false;
        address = path[1..close].ToString();
        parameters = path[(close + 1)..].ToString();
        return !address.Any(char.IsControl);
    }

    private static long DeclaredSize(string parameters)
    {
        var size = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(parameter => parameter.StartsWith("SIZE=", StringComparison.OrdinalIgnoreCase));
        return size is not null && long.TryParse(size[5..], out var octets) ? octets : 0;
    }
}
