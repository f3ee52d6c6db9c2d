using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DigestService.Mail.Smtp;

/// <summary>A mail as an SMTP server received it: envelope and content, doubled dots undone.</summary>
public sealed record IncomingMail(string Sender, IReadOnlyList<string> Recipients, ReadOnlyMemory<byte> Raw);

/// <summary>What one <see cref="SmtpReceiver"/> is prepared to hold.</summary>
public sealed record SmtpReceiverLimits
{
    /// <summary>Largest mail in octets, offered as SIZE.</summary>
    public int MaxMessageBytes { get; init; } = 10_000_000;

    /// <summary>Most recipients of one mail.</summary>
    public int MaxRecipients { get; init; } = 100;

    /// <summary>Most connections at once; one more is answered 421.</summary>
    public int MaxConnections { get; init; } = 50;

    /// <summary>Whether mails may come by BDAT (RFC 3030).</summary>
    public bool OffersChunking { get; init; } = true;

    /// <summary>How long a client may stay silent.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// A small SMTP server (RFC 5321, 1870, 2920, 3030, 6152) that hands every mail to a callback and answers 250 only after the
/// callback has finished. It knows no users and relays nothing: bind it to loopback.
/// </summary>
public sealed class SmtpReceiver : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<IncomingMail, CancellationToken, Task> _take;
    private readonly SmtpReceiverLimits _limits;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, Task> _sessions = new();
    private readonly Task _accepting;

    private SmtpReceiver(IPEndPoint endPoint, Func<IncomingMail, CancellationToken, Task> take, SmtpReceiverLimits limits)
    {
        _take = take;
        _limits = limits;
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(endPoint);
            _listener.Listen(128);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        EndPoint = (IPEndPoint)(_listener.LocalEndPoint ?? endPoint);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens; the port is real where port 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>
    /// Starts listening. Where <paramref name="take"/> throws, the client is told 451 and keeps its mail.
    /// </summary>
    /// <exception cref="SocketException">The address is taken or not ours.</exception>
    public static SmtpReceiver Start(IPEndPoint endPoint, Func<IncomingMail, CancellationToken, Task> take, SmtpReceiverLimits? limits = null) =>
        new(endPoint, take, limits ?? new SmtpReceiverLimits());

    /// <summary>Stops listening and ends every session.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (long number = 0; !_stopping.IsCancellationRequested; number++)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var isFull = _sessions.Count >= _limits.MaxConnections;
                var session = number;
                var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _sessions[session] = ServeAsync(socket, session, isFull, start.Task);
                start.SetResult();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A client that left between knocking and entering; or the end, which the loop sees.
            }
        }
    }

    private async Task ServeAsync(Socket socket, long number, bool isFull, Task registered)
    {
        await registered;
        try
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await new SmtpReceiverSession(stream, _take, _limits).RunAsync(isFull, _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client is gone or was silent too long. A mail without its 250 is still the client's.
        }
        finally
        {
            socket.Dispose();
            _sessions.TryRemove(number, out _);
        }
    }
}
