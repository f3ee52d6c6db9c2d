using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DigestService.Mail.Smtp;

namespace DigestService.Mail.Tests.Smtp;

public sealed class SmtpReceiverTests
{
    private static readonly Envelope ToAda = new("bounces@papers.example", "ada@example.org");
    private readonly ConcurrentQueue<IncomingMail> _taken = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mail_is_handed_over_whole_before_it_is_answered(bool chunking)
    {
        await using var receiver = Start(new SmtpReceiverLimits { OffersChunking = chunking });
        await using var client = await ConnectAsync(receiver);
        var mail = Encoding.ASCII.GetBytes("Subject: Dots\r\n\r\n.\r\n..two\r\n" + new string('x', 70_000) + "\r\n.end\r\n");

        for (var i = 0; i < 3; i++)
            (await client.SendAsync(ToAda, mail, default)).Result.ShouldBe(SendResult.Accepted);

        _taken.Count.ShouldBe(3);
        foreach (var taken in _taken)
        {
            taken.Raw.ToArray().ShouldBe(mail);
            taken.Sender.ShouldBe(ToAda.Sender);
            taken.Recipients.ShouldBe([ToAda.Recipient]);
        }
    }

    [Fact]
    public async Task A_mail_that_cannot_be_stored_stays_the_clients()
    {
        await using var receiver = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => throw new IOException("disk full"));
        await using var client = await ConnectAsync(receiver);

        (await client.SendAsync(ToAda, "Subject: x\r\n\r\n"u8.ToArray(), default)).Result.ShouldBe(SendResult.RejectedTemporarily);
    }

    [Fact]
    public async Task A_mail_beyond_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var receiver = Start(new SmtpReceiverLimits { MaxMessageBytes = 1000 });
        var replies = await SayAsync(
            receiver,
            "HELO x", "MAIL FROM:<a@b.example> SIZE=5000", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA",
            new string('x', 40_000), ".", "MAIL FROM:<>", "RCPT TO:<c@d.example>", "DATA", "short", ".", "QUIT");

        replies.Select(reply => reply[..3]).ShouldBe(["220", "250", "552", "250", "250", "354", "552", "250", "250", "354", "250", "221"]);
        _taken.ShouldHaveSingleItem().Sender.ShouldBe("");
    }

    [Fact]
    public async Task Commands_out_of_order_or_unknown_are_refused_and_too_many_end_the_session()
    {
        await using var receiver = Start();

        var order = await SayAsync(receiver, "DATA", "RCPT TO:<c@d.example>", "MAIL FROM:a@b.example", "VRFY root", "NOOP", "RSET", "QUIT");
        var nonsense = await SayAsync(receiver, [.. Enumerable.Repeat("nonsense", 100)]);

        order.Select(reply => reply[..3]).ShouldBe(["220", "503", "503", "501", "252", "250", "250", "221"]);
        nonsense.Count.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task Chunks_are_put_together_and_refused_ones_are_read_all_the_same()
    {
        await using var receiver = Start(new SmtpReceiverLimits { MaxMessageBytes = 20 });
        string[] envelope = ["MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>"];
        var replies = await SayAsync(
            receiver,
            ["EHLO x", "BDAT 6 LAST", "QUIT", .. envelope, "BDAT 5", "one", "bdat 7 last", "two\r\n", .. envelope, "BDAT 14", "123456789012", "BDAT 12 LAST", "1234567890", .. envelope, "BDAT 0 LAST", "QUIT"]);
        var nonsense = await SayAsync(receiver, [.. envelope, "BDAT all LAST", "QUIT"]);

        replies.Where(reply => reply[3] == ' ').Select(reply => reply[..3])
            .ShouldBe(["220", "250", "503", "250", "250", "250", "250", "250", "250", "250", "552", "250", "250", "250", "221"]);
        _taken.Select(mail => Encoding.ASCII.GetString(mail.Raw.Span)).ShouldBe(["one\r\ntwo\r\n\r\n", ""]);
        nonsense.Select(reply => reply[..3]).ShouldBe(["220", "250", "250", "501"]);
    }

    [Fact]
    public async Task A_bare_newline_and_a_dot_do_not_end_a_mail()
    {
        await using var receiver = Start();

        await SayAsync(receiver, "HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA", "one\n.\nMAIL FROM:<evil@b.example>", ".", "QUIT");

        _taken.ShouldHaveSingleItem().Raw.Length.ShouldBe(34);
    }

    [Fact]
    public async Task A_silent_client_loses_its_place()
    {
        await using var receiver = Start(new SmtpReceiverLimits { IdleTimeout = TimeSpan.FromMilliseconds(50) });
        using var socket = new TcpClient();
        await socket.ConnectAsync(receiver.EndPoint);
        using var reader = new StreamReader(socket.GetStream());

        (await reader.ReadToEndAsync()).ShouldStartWith("220");
    }

    private SmtpReceiver Start(SmtpReceiverLimits? limits = null) =>
        SmtpReceiver.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            (mail, _) =>
            {
                _taken.Enqueue(mail);
                return Task.CompletedTask;
            },
            limits);

    private static async Task<SmtpTransport> ConnectAsync(SmtpReceiver receiver)
    {
        var client = new SmtpTransport();
        (await client.ConnectAsync(new SmtpRelay { Host = "127.0.0.1", Port = receiver.EndPoint.Port }, default)).ShouldBe(ConnectOutcome.Ready);
        return client;
    }

    private static async Task<List<string>> SayAsync(SmtpReceiver receiver, params string[] lines)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(receiver.EndPoint);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\r\n"))));
        using var reader = new StreamReader(stream);
        var replies = new List<string>();
        try
        {
            while (await reader.ReadLineAsync() is { } reply)
                replies.Add(reply);
        }
        catch (IOException)
        {
            // Left with input unread, the server's end may arrive as a reset.
        }

        return replies;
    }
}
