using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>A TCP connection without Nagle's delay, in the clear or in TLS, and the replies that come over it.</summary>
internal sealed class SmtpLink : IAsyncDisposable
{
    private readonly Socket _socket;

    private SmtpLink(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
        Replies = new SmtpReplyReader(Stream);
    }

    public Stream Stream { get; private set; }

    public SmtpReplyReader Replies { get; private set; }

    public bool IsSecure { get; private set; }

    public bool IsLoopback => _socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);

    public static async Task<SmtpLink> ConnectAsync(string host, int port, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, ct);
            return new SmtpLink(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Starts TLS and forgets everything said before it.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake or the certificate failed.</exception>
    public async Task SecureAsync(string host, X509Certificate2? trusted, CancellationToken ct)
    {
        var tls = new SslStream(Stream, leaveInnerStreamOpen: false);
        // The link disposes whichever stream it holds, so hold the outer one before anything can fail.
        Stream = tls;
        Replies = new SmtpReplyReader(tls);
        await tls.AuthenticateAsClientAsync(TlsTrust.OptionsFor(host, trusted), ct);
        IsSecure = true;
    }

    public async Task WriteAsync(string commands, CancellationToken ct) =>
        await Stream.WriteAsync(Encoding.UTF8.GetBytes(commands), ct);

    public async Task<SmtpReply> AskAsync(string command, CancellationToken ct, List<string>? lines = null)
    {
        await WriteAsync(command, ct);
        return await Replies.ReadAsync(ct, lines);
    }

    /// <summary>Ends the connection so that a write that hangs fails at once.</summary>
    public void Abort() => _socket.Dispose();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // A TLS goodbye into a dead connection.
        }

        _socket.Dispose();
    }
}
