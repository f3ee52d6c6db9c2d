using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DigestService.Tests.Shared;

/// <summary>
/// An SMTP server on loopback that does as a test says. Without a script it takes every mail; <see cref="Answers"/>
/// may be changed while it runs, and answers null where the ordinary answer will do.
/// </summary>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<int, Task> _conversations = new();
    private readonly ConcurrentQueue<ReceivedMail> _received = new();
    private readonly Task _accepting;
    private int _connections;
    private int _open;
    private int _peak;

    private ScriptedSmtpServer(SmtpScript script, Func<SmtpStep, SmtpAnswer?>? answers)
    {
        Script = script;
        Answers = answers ?? (_ => null);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port; // bound above
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>What it offers.</summary>
    public SmtpScript Script { get; }

    /// <summary>Decides each answer; called by many connections at once.</summary>
    public Func<SmtpStep, SmtpAnswer?> Answers { get; set; }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The settings that lead a service to it.</summary>
    public (string Key, string Value)[] Settings => [("Smtp__Host", "127.0.0.1"), ("Smtp__Port", Port.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Mails taken so far, in the order they were taken.</summary>
    public IReadOnlyCollection<ReceivedMail> Received => _received;

    /// <summary>Connections ever made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>Most connections that were ever open at once.</summary>
    public int PeakConnections => Volatile.Read(ref _peak);

    /// <summary>Starts listening on a free port.</summary>
    public static ScriptedSmtpServer Start(SmtpScript? script = null, Func<SmtpStep, SmtpAnswer?>? answers = null) =>
        new(script ?? new SmtpScript(), answers);

    /// <summary>Answers one point always the same way.</summary>
    public static ScriptedSmtpServer Answering(SmtpPoint point, SmtpAnswer answer, SmtpScript? script = null) =>
        Start(script, step => step.Point == point ? answer : null);

    /// <summary>Waits until that many mails were taken, at most so long; answers whether they were.</summary>
    public async Task<bool> HasReceivedAsync(int count, TimeSpan limit)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (_received.Count < count)
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                return false;
            await Task.Delay(5);
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_conversations.Values);
        _stopping.Dispose();
    }

    internal void Take(ReceivedMail mail) => _received.Enqueue(mail);

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;
                var number = Interlocked.Increment(ref _connections);
                _conversations[number] = Task.Run(() => ConverseAsync(socket, number));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (_stopping.IsCancellationRequested)
                    return;
            }
        }
    }

    private async Task ConverseAsync(Socket socket, int number)
    {
        var open = Interlocked.Increment(ref _open);
        int peak;
        while ((peak = PeakConnections) < open)
            Interlocked.CompareExchange(ref _peak, open, peak);
        try
        {
            await using var conversation = new ScriptedSmtpConversation(this, socket, number);
            await conversation.RunAsync(_stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client left, as clients do.
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _open);
            _conversations.TryRemove(number, out _);
        }
    }
}
