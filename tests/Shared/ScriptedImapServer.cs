using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DigestService.Tests.Shared;

/// <summary>
/// An IMAP server with one folder, on loopback, that speaks enough for a mailbox that is read: it can drop a client that
/// waits, number its mail anew, lose mail between two commands, and refuse to move.
/// </summary>
public sealed class ScriptedImapServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Lock _gate = new();
    private readonly List<StoredMail> _mails = [];
    private readonly Task _serving;
    private uint _next = 1;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedImapServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The number of this numbering; a new one makes all earlier numbers void.</summary>
    public uint Validity { get; set; } = 1;

    /// <summary>Mail moved away, by its folder.</summary>
    public List<string> Moved { get; } = [];

    public bool RefusesToMove { get; set; }

    public bool IsReadOnly { get; init; }

    /// <summary>A mail by its number, and what is said instead of it: a <c>NO</c>, or a <c>* BYE</c> and then nothing.</summary>
    public (uint Uid, string Said)? CannotGive { get; set; }

    public bool TakesKeywords { get; set; } = true;

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Clients that wait in IDLE now.</summary>
    public int Waiting { get; private set; }

    /// <summary>Runs before a command is answered, by its first words: <c>UID FETCH</c>, <c>UID MOVE</c>.</summary>
    public Action<string>? Before { get; set; }

    public void Deliver(byte[] raw, params string[] flags)
    {
        lock (_gate)
        {
            _mails.Add(new StoredMail(_next++, raw, [.. flags]));
            TellThoseWhoWait();
        }
    }

    /// <summary>Removes a mail, as another program does.</summary>
    public void Expunge(int index)
    {
        lock (_gate)
        {
            _mails.RemoveAt(index);
            TellThoseWhoWait();
        }
    }

    public IReadOnlyList<string> FlagsOf(int index)
    {
        lock (_gate)
            return [.. _mails[index].Flags];
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _mails.Count;
        }
    }

    /// <summary>Gives every mail another number, under a new validity.</summary>
    public void Renumber()
    {
        lock (_gate)
        {
            Validity++;
            for (var i = 0; i < _mails.Count; i++)
                _mails[i] = _mails[i] with { Uid = (uint)(1000 + i) };
            _next = (uint)(1000 + _mails.Count);
        }
    }

    /// <summary>Cuts every connection.</summary>
    public void DropAll()
    {
        lock (_gate)
        {
            foreach (var client in _clients)
                client.Close();
            _clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        DropAll();
        await _serving;
        _stopping.Dispose();
    }

    private Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    // The caller holds the gate.
    private void TellThoseWhoWait()
    {
        _changed.SetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task ServeAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                lock (_gate)
                {
                    Connections++;
                    _clients.Add(client);
                }

                sessions.Add(SessionAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            DropAll();
            await Task.WhenAll(sessions);
        }
    }

    private async Task SessionAsync(TcpClient client)
    {
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            var stream = client.GetStream();
            await SayAsync(stream, "* OK ready\r\n");
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                var words = line.Split(' ', 3);
                var command = words[1].ToUpperInvariant();
                var rest = words.Length > 2 ? words[2] : "";
                if (command == "UID")
                    (command, rest) = ("UID " + rest.Split(' ')[0].ToUpperInvariant(), rest[(rest.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
                Before?.Invoke(command);
                if (command == "IDLE")
                {
                    await IdleAsync(stream, reader, words[0]);
                    continue;
                }

                var answer = Answer(command, rest, words[0]);
                await SayAsync(stream, answer);
                if (command == "LOGOUT" || answer.StartsWith("* BYE", StringComparison.Ordinal))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Dropped, or the test is over.
        }
    }

    private async Task IdleAsync(NetworkStream stream, StreamReader reader, string tag)
    {
        var before = Count;
        await SayAsync(stream, "+ idling\r\n");
        Waiting++;
        try
        {
            var done = reader.ReadLineAsync(_stopping.Token).AsTask();
            while (!done.IsCompleted)
            {
                var changed = Changed;
                if (Count != before)
                    await SayAsync(stream, $"* {before = Count} EXISTS\r\n");
                await Task.WhenAny(done, changed);
            }

            if (await done is null)
                throw new IOException("The client left.");
            await SayAsync(stream, $"{tag} OK\r\n");
        }
        finally
        {
            Waiting--;
        }
    }

    private string Answer(string command, string rest, string tag)
    {
        lock (_gate)
        {
            return command switch
            {
                "CAPABILITY" => $"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n{tag} OK\r\n",
                "NAMESPACE" => $"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n{tag} OK\r\n",
                "LIST" => rest.Contains("INBOX", StringComparison.OrdinalIgnoreCase) ? $"* LIST () \"/\" INBOX\r\n{tag} OK\r\n"
                    : rest.EndsWith("\"\"", StringComparison.Ordinal) ? $"* LIST (\\Noselect) \"/\" \"\"\r\n{tag} OK\r\n" : $"* LIST () \"/\" {rest.Split(' ')[^1].Trim('"')}\r\n{tag} OK\r\n",
                "SELECT" => $"* {_mails.Count} EXISTS\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted{(TakesKeywords ? " \\*" : "")})] ok\r\n* OK [UIDVALIDITY {Validity}] ok\r\n* OK [UIDNEXT {_next}] ok\r\n{tag} OK [{(IsReadOnly ? "READ-ONLY" : "READ-WRITE")}] ok\r\n",
                "NOOP" => $"* {_mails.Count} EXISTS\r\n{tag} OK\r\n",
                "UID SEARCH" => $"* SEARCH{string.Concat(_mails.Where(mail => IsFound(mail, rest)).Select(mail => $" {mail.Uid}"))}\r\n{tag} OK\r\n",
                "UID FETCH" when CannotGive is { } mail && Named(rest).Exists(wanted => wanted.Uid == mail.Uid) => mail.Said.StartsWith('*') ? $"{mail.Said}\r\n" : $"{tag} {mail.Said}\r\n",
                "UID FETCH" => Fetched(rest) + $"{tag} OK\r\n",
                "UID STORE" => Stored(rest) + $"{tag} OK\r\n",
                "UID MOVE" => RefusesToMove ? $"{tag} NO [OVERQUOTA] full\r\n" : MovedTo(rest) + $"{tag} OK\r\n",
                _ => $"{tag} OK\r\n",
            };
        }
    }

    private static bool IsFound(StoredMail mail, string query) =>
        query.Contains("UNSEEN", StringComparison.Ordinal) && !mail.Flags.Contains("\\Seen", StringComparer.OrdinalIgnoreCase)
        || query.Contains(" KEYWORD ", StringComparison.Ordinal) && mail.Flags.Any(flag => flag.StartsWith('$') && query.Contains(flag, StringComparison.OrdinalIgnoreCase));

    private string Fetched(string rest)
    {
        var answer = new StringBuilder();
        foreach (var mail in Named(rest))
        {
            var place = _mails.IndexOf(mail) + 1;
            var bounds = rest[(rest.IndexOf('<', StringComparison.Ordinal) + 1)..].TrimEnd(')', '>', ' ').Split('.');
            var most = int.Parse(bounds[1].TrimEnd('>'), CultureInfo.InvariantCulture);
            var text = Encoding.Latin1.GetString(mail.Raw.AsSpan(0, Math.Min(mail.Raw.Length, most)));
            answer.Append(CultureInfo.InvariantCulture, $"* {place} FETCH (UID {mail.Uid} BODY[]<0> {{{text.Length}}}\r\n{text})\r\n");
        }

        return answer.ToString();
    }

    private string Stored(string rest)
    {
        foreach (var mail in Named(rest))
        {
            foreach (var flag in rest[(rest.IndexOf('(', StringComparison.Ordinal) + 1)..].TrimEnd(')').Split(' '))
                mail.Flags.Add(flag);
        }

        return "";
    }

    private string MovedTo(string rest)
    {
        var answer = new StringBuilder();
        foreach (var mail in Named(rest).ToList())
        {
            answer.Append(CultureInfo.InvariantCulture, $"* {_mails.IndexOf(mail) + 1} EXPUNGE\r\n");
            _mails.Remove(mail);
            Moved.Add(rest.Split(' ')[^1].Trim('"'));
        }

        return answer.ToString();
    }

    private List<StoredMail> Named(string rest)
    {
        var wanted = rest.Split(' ')[0].Split(',').Select(range => range.Split(':')).ToList();
        return _mails.Where(mail => wanted.Exists(range => mail.Uid >= uint.Parse(range[0], CultureInfo.InvariantCulture) && mail.Uid <= uint.Parse(range[^1], CultureInfo.InvariantCulture))).ToList();
    }

    private static async Task SayAsync(NetworkStream stream, string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    private sealed record StoredMail(uint Uid, byte[] Raw, HashSet<string> Flags);
}
