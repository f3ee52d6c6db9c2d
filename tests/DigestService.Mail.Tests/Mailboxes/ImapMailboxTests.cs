using System.Net;
using System.Net.Sockets;
using System.Text;
using DigestService.Mail.Mailboxes;

namespace DigestService.Mail.Tests.Mailboxes;

/// <summary>The IMAP mailbox keeps the contract, and does not trust the server.</summary>
public sealed class ImapMailboxTests(DovecotServer dovecot) : ImapMailboxContract(dovecot)
{
    protected override IMailbox NewMailbox(ImapAccount account) => new ImapMailbox(account);

    [Fact]
    public async Task The_folder_of_handled_mail_is_made_where_it_is_missing_and_those_above_it()
    {
        var account = await DeliverOneAsync();
        await using (var mailbox = NewMailbox(account with { HandledFolder = "Done.This.Year" }))
        {
            await mailbox.MarkHandledAsync(await ReadAsync(mailbox), default);
            mailbox.Warning.ShouldBeNull();
        }

        await using var handled = NewMailbox(account with { Folder = "Done.This.Year" });
        (await handled.CountNewAsync(default)).ShouldBe(0);
        await using var odd = NewMailbox((await DeliverOneAsync()) with { HandledFolder = "Done." });
        await odd.MarkHandledAsync(await ReadAsync(odd), default);
        odd.Warning.ShouldNotBeNull().ShouldContain("Done.");
    }

    [Theory]
    [InlineData("* BYE go away\r\n", "hung up: go away")]
    [InlineData("* BYE [ALERT] too many\r\n", "hung up: too many")]
    [InlineData("* BYE [UNAVAILABLE] disk full\r\n", "hung up")]
    [InlineData("* OK hi\r\n* BYE shutting down\r\n", "hung up: shutting down")]
    [InlineData("* OK hi\r\n", "hung up.")]
    [InlineData("", "hung up.")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "was not understood.")]
    [InlineData("* OK hi\r\nD1 BAD what\r\n", "was not understood.")]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1\r\nD1 OK\r\nD2 NO\r\n", "was not understood.")]
    [InlineData("* OK hi\r\n* X {999999999}\r\n", "The mailbox's server 127.0.0.1 ")]
    [InlineData("* OK hi\r\n* X {99999999999999999999}\r\n", "hung up.")]
    [InlineData("* OK hi\r\n* X {-1}\r\n", "hung up.")]
    public async Task A_server_that_lies_or_leaves_is_an_error(string script, string told)
    {
        await using var server = new OneSidedServer(Encoding.ASCII.GetBytes(script));
        await using var mailbox = new ImapMailbox(AccountAt(server.Port));

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldContain(told);
    }

    [Fact]
    public async Task A_line_without_end_is_cut_off()
    {
        await using var server = new OneSidedServer([.. "* OK "u8, .. Enumerable.Repeat((byte)'x', 6_000_000)]);
        await using var mailbox = new ImapMailbox(AccountAt(server.Port)) { MostOctetsAnAnswer = 4_000_000 };

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldContain("no end");
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_left_at_the_deadline()
    {
        await using var server = new OneSidedServer("* OK hi\r\n"u8.ToArray(), staysOpen: true);
        await using var mailbox = new ImapMailbox(AccountAt(server.Port) with { Timeout = TimeSpan.FromMilliseconds(100) });

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldContain("too long");
    }

    [Fact]
    public async Task A_password_never_becomes_a_command()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var commands = ObeyAsync(listener);
        await using (var mailbox = new ImapMailbox(AccountAt(((IPEndPoint)listener.LocalEndpoint).Port) with { Password = "x\r\nD2 DELETE INBOX" }))
            await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox));

        (await commands).ShouldBe(["CAPABILITY", "LOGIN"]);
    }

    /// <summary>Takes literals as RFC 9051 4.3 says, refuses LOGIN, and answers which commands it was given.</summary>
    private static async Task<List<string>> ObeyAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        var commands = new List<string>();
        await SayAsync("* OK hi\r\n");
        while (await reader.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            commands.Add(words[1]);
            for (var rest = line; rest.EndsWith('}'); rest = await reader.ReadLineAsync() ?? "")
            {
                await SayAsync("+ go\r\n");
                await reader.ReadBlockAsync(new char[int.Parse(rest[(rest.LastIndexOf('{') + 1)..^1], System.Globalization.CultureInfo.InvariantCulture)]);
            }

            await SayAsync(words[1] is "CAPABILITY" ? $"* CAPABILITY IMAP4rev1\r\n{words[0]} OK\r\n" : $"{words[0]} NO\r\n");
        }

        return commands;

        async Task SayAsync(string text) => await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
    }

    private static ImapAccount AccountAt(int port) =>
        new() { Host = "127.0.0.1", Port = port, Tls = SmtpTls.None, User = "ada", Password = "s3cret", Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Says all it has to say to whoever connects, listens to nothing, and leaves.</summary>
    private sealed class OneSidedServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _serving;

        public OneSidedServer(byte[] script, bool staysOpen = false)
        {
            _listener.Start();
            _serving = ServeAsync(script, staysOpen);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            _listener.Stop();
            await _serving;
            _stopping.Dispose();
        }

        private async Task ServeAsync(byte[] script, bool staysOpen)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var stream = client.GetStream();
                await stream.WriteAsync(script, _stopping.Token);
                if (staysOpen)
                    await Task.Delay(Timeout.Infinite, _stopping.Token);
                client.Client.Shutdown(SocketShutdown.Send);
                var rest = new byte[1024];
                while (await stream.ReadAsync(rest, _stopping.Token) > 0)
                {
                    // Reads on, so that what was written is not lost in a reset.
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // The test is over.
            }
        }
    }
}
