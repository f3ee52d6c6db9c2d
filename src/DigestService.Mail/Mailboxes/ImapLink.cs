using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DigestService.Mail.Mailboxes;

/// <summary>One response of a server (RFC 9051 7): its text, with each literal taken out and a NUL left in its place.</summary>
internal sealed record ImapResponse(string Text, IReadOnlyList<byte[]> Literals)
{
    public bool IsUntagged => Text.StartsWith("* ", StringComparison.Ordinal);

    public bool IsContinuation => Text.StartsWith('+');
}

/// <summary>An IMAP connection: sends tagged commands, reads responses of bounded size.</summary>
internal sealed class ImapLink : IAsyncDisposable
{
    private const int MaxLine = 4 * 1024 * 1024;

    private readonly Socket _socket;
    private readonly int _maxLiteral;
    private Stream _stream;
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _tag;

    private ImapLink(Socket socket, int maxLiteral)
    {
        _socket = socket;
        _maxLiteral = maxLiteral;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public bool IsSecure { get; private set; }

    public bool IsLoopback => _socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);

    public static async Task<ImapLink> ConnectAsync(string host, int port, int maxLiteral, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, ct);
            return new ImapLink(socket, maxLiteral);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SecureAsync(string host, X509Certificate2? trusted, CancellationToken ct)
    {
        // Whoever sits on the wire could have put responses here for us to believe once we are in TLS.
        if (_start < _end)
            throw new MailboxException("The mailbox's server went on in the clear after STARTTLS.");
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(TlsTrust.OptionsFor(host, trusted), ct);
        IsSecure = true;
    }

    /// <summary>Runs a command to its end; answers the untagged responses on the way.</summary>
    /// <exception cref="MailboxException">The server answered NO or BAD.</exception>
    public async Task<List<ImapResponse>> RunAsync(string command, CancellationToken ct, string? afterContinuation = null)
    {
        var tag = await SendAsync(command, ct);
        var responses = new List<ImapResponse>();
        while (true)
        {
            var response = await ReadAsync(ct);
            if (response.IsContinuation && afterContinuation is not null)
            {
                await WriteAsync(afterContinuation + "\r\n", ct);
                afterContinuation = null;
            }
            else if (response.Text.StartsWith(tag + " ", StringComparison.Ordinal))
            {
                RequireOk(response, tag, command);
                return responses;
            }
            else
            {
                responses.Add(response);
            }
        }
    }

    /// <summary>Sends a command and answers its tag.</summary>
    public async Task<string> SendAsync(string command, CancellationToken ct)
    {
        var tag = $"D{++_tag}";
        await WriteAsync($"{tag} {command}\r\n", ct);
        return tag;
    }

    public async Task WriteAsync(string text, CancellationToken ct) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), ct);

    public async Task<ImapResponse> ReadAsync(CancellationToken ct)
    {
        var text = new StringBuilder();
        var literals = new List<byte[]>();
        while (true)
        {
            var line = await ReadLineAsync(ct);
            if (LiteralLength(line) is not { } length)
                return new ImapResponse(text.Append(line).ToString(), literals);
            if (length > _maxLiteral || text.Length + line.Length > MaxLine)
                throw new MailboxException("The mailbox's server sent more than was asked for.");
            text.Append(line.AsSpan(0, line.LastIndexOf('{'))).Append('\0');
            literals.Add(await ReadLiteralAsync(length, ct));
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // A TLS goodbye into a dead connection.
        }

        _socket.Dispose();
    }

    private static void RequireOk(ImapResponse response, string tag, string command)
    {
        if (!response.Text.AsSpan(tag.Length + 1).StartsWith("OK", StringComparison.OrdinalIgnoreCase))
            throw new MailboxException($"The mailbox's server refused {command.Split(' ')[0]}: {response.Text[(tag.Length + 1)..]}");
    }

    private async Task<string> ReadLineAsync(CancellationToken ct)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
            await FillAsync(ct);
        var line = Encoding.UTF8.GetString(_buffer, _start, length).TrimEnd('\r').Replace('\0', ' ');
        _start += length + 1;
        return line;
    }

    private async Task<byte[]> ReadLiteralAsync(int length, CancellationToken ct)
    {
        var literal = new byte[length];
        var buffered = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(literal);
        _start += buffered;
        await _stream.ReadExactlyAsync(literal.AsMemory(buffered), ct);
        return literal;
    }

    private async Task FillAsync(CancellationToken ct)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MaxLine)
                throw new MailboxException("The mailbox's server sent a line without end.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), ct);
        if (read == 0)
            throw new IOException("The mailbox's server closed the connection.");
        _end += read;
    }

    private static int? LiteralLength(string line)
    {
        if (!line.EndsWith('}'))
            return null;
        var open = line.LastIndexOf('{');
        return open >= 0 && int.TryParse(line.AsSpan(open + 1, line.Length - open - 2), System.Globalization.NumberStyles.None, null, out var length)
            ? length
            : null;
    }
}
