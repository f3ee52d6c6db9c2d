using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace DigestService.Tests.Shared;

/// <summary>One connection of a <see cref="ScriptedSmtpServer"/>.</summary>
internal sealed class ScriptedSmtpConversation(ScriptedSmtpServer server, Socket socket, int number) : IAsyncDisposable
{
    private readonly MemoryStream _replies = new();
    private readonly MemoryStream _chunks = new();
    private Stream _stream = new NetworkStream(socket, ownsSocket: false);
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _messages;
    private string _sender = "";
    private string _recipient = "";
    private string _mailCommand = "";
    private bool _hasSender;
    private bool _hasRecipient;
    private bool _isSecure;

    public async Task RunAsync(CancellationToken ct)
    {
        if (server.Script.StartsInTls)
            await SecureAsync(ct);
        if (!await AnswerAsync(SmtpPoint.Greeting, "", "220 scripted.example ESMTP", ct))
            return;
        while (await ReadLineAsync(ct) is { } line)
        {
            if (!await HandleAsync(line, ct))
                return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _replies.DisposeAsync();
        await _chunks.DisposeAsync();
    }

    private async Task<bool> HandleAsync(string line, CancellationToken ct)
    {
        var verb = line.Split(' ', ':')[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO":
                return await AnswerAsync(SmtpPoint.Hello, line, Hello(), ct);
            case "HELO":
                return await AnswerAsync(SmtpPoint.Hello, line, "250 scripted.example", ct);
            case "STARTTLS":
                if (!await AnswerAsync(SmtpPoint.StartTls, line, "220 2.0.0 go", ct))
                    return false;
                await SecureAsync(ct);
                return true;
            case "AUTH":
                return await AuthenticateAsync(line, ct);
            case "MAIL":
                _messages++;
                (_sender, _recipient, _mailCommand, _hasRecipient) = (Path(line), "", line, false);
                return await AnswerAsync(SmtpPoint.Mail, line, "250 2.1.0 ok", ct, ok => _hasSender = ok);
            case "RCPT":
                _recipient = Path(line);
                return await AnswerAsync(SmtpPoint.Rcpt, line, _hasSender ? "250 2.1.5 ok" : "503 5.5.1 MAIL first", ct, ok => _hasRecipient = ok);
            case "DATA":
                return await TakeContentAsync(line, ct);
            case "BDAT" when server.Script.KnowsBdat:
                return await TakeChunkAsync(line, ct);
            case "QUIT":
                await AnswerAsync(SmtpPoint.Other, line, "221 2.0.0 bye", ct);
                await FlushAsync(ct);
                return false;
            case "RSET":
                (_hasSender, _hasRecipient) = (false, false);
                _chunks.SetLength(0);
                return await AnswerAsync(SmtpPoint.Other, line, "250 2.0.0 ok", ct);
            case "NOOP":
                return await AnswerAsync(SmtpPoint.Other, line, "250 2.0.0 ok", ct);
            default:
                return await AnswerAsync(SmtpPoint.Other, line, "500 5.5.1 what?", ct);
        }
    }

    private string Hello()
    {
        var script = server.Script;
        List<string> lines = ["scripted.example", .. script.Keywords];
        if (script.OffersStartTls && !_isSecure)
            lines.Add("STARTTLS");
        if (script.OffersChunking)
            lines.Add("CHUNKING");
        if (script.Account is not null)
            lines.Add("AUTH " + script.AuthMechanisms);
        return string.Join("\r\n", lines.Select((line, i) => (i == lines.Count - 1 ? "250 " : "250-") + line));
    }

    private async Task<bool> AuthenticateAsync(string line, CancellationToken ct)
    {
        if (server.Answers(Step(SmtpPoint.Auth, line)) is { } scripted)
            return await PerformAsync(scripted, ct);
        var words = line.Split(' ');
        string given;
        if (words[1] is "LOGIN")
        {
            var user = await AskAsync("334 VXNlcm5hbWU6", ct);
            given = $"{Decode(user)}:{Decode(await AskAsync("334 UGFzc3dvcmQ6", ct))}";
        }
        else
        {
            given = Decode(words.Length > 2 && server.Script.ReadsInitialResponse ? words[2] : await AskAsync("334 ", ct));
            given = words[1] is "XOAUTH2"
                ? given.Replace("user=", "", StringComparison.Ordinal).Replace("\u0001auth=Bearer ", ":", StringComparison.Ordinal).TrimEnd('\u0001')
                : given.TrimStart('\0').Replace('\0', ':');
            if (words[1] is "XOAUTH2" && !string.Equals(given, server.Script.Account, StringComparison.Ordinal))
                await AskAsync("334 eyJzdGF0dXMiOiI0MDAifQ==", ct);
        }

        Queue(Encoding.ASCII.GetBytes(string.Equals(given, server.Script.Account, StringComparison.Ordinal) ? "235 2.7.0 welcome\r\n" : "535 5.7.8 wrong\r\n"));
        return true;
    }

    private async Task<string> AskAsync(string challenge, CancellationToken ct)
    {
        Queue(Encoding.ASCII.GetBytes(challenge + "\r\n"));
        return await ReadLineAsync(ct) ?? "";
    }

    private async Task<bool> TakeContentAsync(string line, CancellationToken ct)
    {
        var ordinary = !_hasRecipient ? "503 5.5.1 RCPT first" : "354 go";
        var scripted = server.Answers(Step(SmtpPoint.Data, line));
        if (!await PerformAsync(scripted ?? SmtpAnswer.Reply(ordinary), ct))
            return false;
        if (scripted is null && !_hasRecipient || scripted is { Bytes: not [(byte)'3', ..] })
            return true;

        if (server.Answers(Step(SmtpPoint.Content, line)) is { } interruption)
            return await InterruptAsync(interruption, ct);
        return await ReadContentAsync(ct) is { } raw && await TakeMailAsync(raw, isByBdat: false, ct);
    }

    /// <summary>BDAT (RFC 3030): so many octets as they are, the last chunk says so.</summary>
    private async Task<bool> TakeChunkAsync(string line, CancellationToken ct)
    {
        var words = line.Split(' ');
        var length = int.Parse(words[1], CultureInfo.InvariantCulture);
        var scripted = server.Answers(Step(SmtpPoint.Data, line));
        if (scripted is { Ending: not SmtpEnding.None })
            return await PerformAsync(scripted, ct);
        if (server.Answers(Step(SmtpPoint.Content, line)) is { } interruption)
            return await InterruptAsync(interruption, ct);
        if (await ReadExactlyAsync(length, ct) is not { } chunk)
            return false;
        if (scripted is not null || !_hasRecipient)
            return await PerformAsync(scripted ?? SmtpAnswer.Reply("503 5.5.1 RCPT first"), ct);

        await _chunks.WriteAsync(chunk, ct);
        if (words is not [_, _, "LAST"])
            return await PerformAsync(SmtpAnswer.Reply("250 2.0.0 go on"), ct);
        var raw = _chunks.ToArray();
        _chunks.SetLength(0);
        return await TakeMailAsync(raw[..Math.Min(raw.Length, server.Script.MaxKeptBytes)], isByBdat: true, ct);
    }

    private async Task<bool> InterruptAsync(SmtpAnswer interruption, CancellationToken ct)
    {
        await FlushAsync(ct);
        while (_end - _start < interruption.ReadFirst && await FillAsync(ct))
        {
            // Takes in what the script wants read before the end.
        }

        return await PerformAsync(interruption, ct);
    }

    private async Task<bool> TakeMailAsync(byte[] raw, bool isByBdat, CancellationToken ct)
    {
        var mail = new ReceivedMail(number, _sender, _recipient, raw) { MailCommand = _mailCommand, IsByBdat = isByBdat };
        var answer = server.Answers(Step(SmtpPoint.Dot, ".") with { Mail = mail }) ?? SmtpAnswer.Reply("250 2.0.0 taken");
        if (answer.TakesMail)
            server.Take(mail);
        (_hasSender, _hasRecipient) = (false, false);
        return await PerformAsync(answer, ct);
    }

    private Task<bool> AnswerAsync(SmtpPoint point, string command, string ordinary, CancellationToken ct, Action<bool>? accepted = null)
    {
        var answer = server.Answers(Step(point, command)) ?? SmtpAnswer.Reply(ordinary);
        accepted?.Invoke(answer.Bytes is [(byte)'2', ..]);
        return PerformAsync(answer, ct);
    }

    private SmtpStep Step(SmtpPoint point, string command) => new(point, number, _messages, command, _sender, _recipient, null);

    private async Task<bool> PerformAsync(SmtpAnswer answer, CancellationToken ct)
    {
        if (answer.PerByte is { } pause)
        {
            await FlushAsync(ct);
            foreach (var octet in answer.Bytes)
            {
                await _stream.WriteAsync(new[] { octet }, ct);
                await Task.Delay(pause, ct);
            }
        }
        else
        {
            Queue(answer.Bytes);
        }

        if (answer.Ending == SmtpEnding.None)
            return true;
        await FlushAsync(ct);
        switch (answer.Ending)
        {
            case SmtpEnding.Stall:
                // Not even reading: only the client's own clock ends this, or the server's end.
                await Task.Delay(Timeout.Infinite, ct);
                break;
            case SmtpEnding.HalfClose:
                socket.Shutdown(SocketShutdown.Send);
                do
                    (_start, _end) = (0, 0);
                while (await FillAsync(ct));
                break;
            case SmtpEnding.Reset:
                socket.LingerState = new LingerOption(true, 0);
                break;
        }

        return false;
    }

    private void Queue(byte[] bytes) => _replies.Write(bytes);

    private async Task FlushAsync(CancellationToken ct)
    {
        if (_replies.Length == 0)
            return;
        await _stream.WriteAsync(_replies.GetBuffer().AsMemory(0, (int)_replies.Length), ct);
        _replies.SetLength(0);
    }

    private async Task SecureAsync(CancellationToken ct)
    {
        await FlushAsync(ct);
        var tls = new SslStream(_stream);
        _stream = tls;
        var certificate = server.Script.HasWrongCertificate ? TestCertificate.ForAnotherName
            : server.Script.HasExpiredCertificate ? TestCertificate.Expired
            : TestCertificate.ForLocalhost;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, ct);
        (_start, _end, _isSecure) = (0, 0, true);
    }

    private async Task<string?> ReadLineAsync(CancellationToken ct)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync(ct))
                return null;
        }

        var line = Encoding.UTF8.GetString(_buffer, _start, length);
        _start += length + 2;
        return line;
    }

    private async Task<byte[]?> ReadExactlyAsync(int length, CancellationToken ct)
    {
        while (_end - _start < length)
        {
            if (!await FillAsync(ct))
                return null;
        }

        var octets = _buffer.AsSpan(_start, length).ToArray();
        _start += length;
        return octets;
    }

    private async Task<byte[]?> ReadContentAsync(CancellationToken ct)
    {
        var searched = 0;
        int length;
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            if (unread.StartsWith(".\r\n"u8))
            {
                _start += 3;
                return [];
            }

            var found = unread[searched..].IndexOf("\r\n.\r\n"u8);
            if (found >= 0)
            {
                length = searched + found + 2;
                break;
            }

            searched = Math.Max(0, unread.Length - 4);
            if (!await FillAsync(ct))
                return null;
        }

        var content = _buffer.AsSpan(_start, length);
        _start += length + 3;
        return Unstuff(content[..Math.Min(content.Length, server.Script.MaxKeptBytes)]);
    }

    private static byte[] Unstuff(ReadOnlySpan<byte> content)
    {
        if (content is not [(byte)'.', ..] && content.IndexOf("\r\n."u8) < 0)
            return content.ToArray();
        var text = Encoding.Latin1.GetString(content);
        text = (text.StartsWith('.') ? text[1..] : text).Replace("\r\n.", "\r\n", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text);
    }

    private async Task<bool> FillAsync(CancellationToken ct)
    {
        await FlushAsync(ct);
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    private static string Path(string line)
    {
        var open = line.IndexOf('<', StringComparison.Ordinal);
        var close = line.IndexOf('>', StringComparison.Ordinal);
        return open >= 0 && close > open ? line[(open + 1)..close] : "";
    }

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
