using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DigestService.Benchmarks;

/// <summary>An SMTP server on loopback that takes every mail and keeps none; it offers PIPELINING and CHUNKING.</summary>
internal sealed class NullSink : IDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private long _mails;

    /// <summary>Begins to listen.</summary>
    public NullSink()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port; // bound by the constructor

    /// <summary>Mails that it has taken.</summary>
    public long Mails => Interlocked.Read(ref _mails);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The benchmark is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        var conversation = new Conversation();
        var buffer = new byte[256 * 1024];
        try
        {
            await connection.SendAsync("220 sink ESMTP\r\n"u8.ToArray());
            while (await connection.ReceiveAsync(buffer) is > 0 and var read)
            {
                Interlocked.Add(ref _mails, conversation.Read(buffer.AsSpan(0, read)));
                if (conversation.TakeAnswers() is { Length: > 0 } answers)
                    await connection.SendAsync(answers);
                if (conversation.IsOver)
                    return;
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }

    private sealed class Conversation
    {
        private readonly ArrayBufferWriter<byte> _answers = new();
        private readonly ArrayBufferWriter<byte> _line = new();
        private long _chunk;
        private bool _isLastChunk;
        private bool _isInData;
        // Octets of "\r\n.\r\n" that were just read; a mail begins as if behind a line break.
        private int _matched;

        public bool IsOver { get; private set; }

        public byte[] TakeAnswers()
        {
            var answers = _answers.WrittenSpan.ToArray();
            _answers.ResetWrittenCount();
            return answers;
        }

        /// <summary>Reads what has come; answers how many mails ended in it.</summary>
        public int Read(ReadOnlySpan<byte> rest)
        {
            var mails = 0;
            while (!rest.IsEmpty)
            {
                if (_chunk > 0)
                {
                    var part = (int)Math.Min(_chunk, rest.Length);
                    _chunk -= part;
                    rest = rest[part..];
                    mails += _chunk == 0 ? EndChunk() : 0;
                }
                else if (_isInData)
                {
                    rest = ReadData(rest);
                    mails += _isInData ? 0 : 1;
                }
                else
                {
                    var end = rest.IndexOf((byte)'\n');
                    _line.Write(end < 0 ? rest : rest[..end]);
                    if (end < 0)
                        break;
                    rest = rest[(end + 1)..];
                    Obey(Encoding.ASCII.GetString(_line.WrittenSpan));
                    _line.ResetWrittenCount();
                    mails += _chunk == 0 && _isLastChunk ? EndChunk() : 0;
                }
            }

            return mails;
        }

        private int EndChunk()
        {
            Answer("250 2.0.0 Ok");
            var isMail = _isLastChunk;
            _isLastChunk = false;
            return isMail ? 1 : 0;
        }

        private ReadOnlySpan<byte> ReadData(ReadOnlySpan<byte> rest)
        {
            ReadOnlySpan<byte> end = "\r\n.\r\n"u8;
            while (!rest.IsEmpty)
            {
                if (_matched == 0 && rest.IndexOf((byte)'\r') is var next && next != 0)
                {
                    if (next < 0)
                        return [];
                    rest = rest[next..];
                }

                _matched = rest[0] == end[_matched] ? _matched + 1 : rest[0] == '\r' ? 1 : 0;
                rest = rest[1..];
                if (_matched < end.Length)
                    continue;
                _isInData = false;
                Answer("250 2.0.0 Ok");
                break;
            }

            return rest;
        }

        private void Obey(string line)
        {
            switch (char.ToUpperInvariant(line.Length > 0 ? line[0] : ' '))
            {
                case 'E':
                    Answer("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES");
                    break;
                case 'D':
                    (_isInData, _matched) = (true, 2);
                    Answer("354 Go on");
                    break;
                case 'B':
                    var words = line.TrimEnd().Split(' ');
                    _chunk = long.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
                    _isLastChunk = words.Length > 2;
                    break;
                case 'Q':
                    IsOver = true;
                    Answer("221 Bye");
                    break;
                default:
                    Answer("250 2.1.0 Ok");
                    break;
            }
        }

        private void Answer(string line) => _answers.Write(Encoding.ASCII.GetBytes(line + "\r\n"));
    }
}
