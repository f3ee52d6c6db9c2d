using System.Text;
using DigestService.Mail.Smtp;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Smtp;

/// <summary>Our own client keeps the contract, and a few promises of its own.</summary>
public sealed class SmtpClientConnectionTests : MailTransportContract
{
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("Subject: Hello\r\n\r\nHello\r\n");

    protected override IMailTransport NewTransport() => new SmtpClientConnection();

    [Fact]
    public async Task DATA_granted_to_nobody_is_ended_with_a_lone_dot()
    {
        var contents = new List<int>();
        await using var server = ScriptedSmtpServer.Start(null, step => (step.Point, step.Message) switch
        {
            (SmtpPoint.Rcpt, 1) => SmtpAnswer.Reply("550 5.1.1 unknown"),
            (SmtpPoint.Data, 1) => SmtpAnswer.Reply("354 go on"),
            (SmtpPoint.Dot, 1) => Note(contents, step.Mail!.Raw.Length, SmtpAnswer.Reply("554 5.5.1 no valid recipients")),
            _ => null,
        });
        await using var transport = await ReadyAsync(server);

        var refused = await transport.SendAsync(ToAda, Hello, default);
        var accepted = await transport.SendAsync(ToAda, Hello, default);

        (refused.Stage, refused.Result).ShouldBe((SendStage.RcptTo, SendResult.RejectedPermanently));
        refused.Reply!.Code.ShouldBe(550);
        contents.ShouldBe([0]);
        accepted.Result.ShouldBe(SendResult.Accepted);
    }

    [Fact]
    public async Task A_server_that_speaks_before_the_dot_has_not_taken_the_mail()
    {
        var large = Encoding.ASCII.GetBytes("Subject: Large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 400_000)));
        await using var server = ScriptedSmtpServer.Answering(
            SmtpPoint.Content,
            SmtpAnswer.Reply("552 5.3.4 too much").ThenHangUp(),
            new SmtpScript { Keywords = ["PIPELINING"] });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, large, default);

        outcome.Stage.ShouldBe(SendStage.BeforeDot);
        outcome.Result.ShouldBeOneOf(SendResult.RejectedPermanently, SendResult.NotSent);
    }

    [Fact]
    public async Task Replies_slipped_in_before_TLS_are_not_believed()
    {
        await using var server = ScriptedSmtpServer.Answering(
            SmtpPoint.StartTls,
            SmtpAnswer.Raw("220 go\r\n250-evil.example\r\n250 AUTH PLAIN\r\n"),
            new SmtpScript { OffersStartTls = true });

        var outcome = await ConnectAsync(RelayFor(server) with
        {
            Host = "localhost",
            Tls = SmtpTls.StartTls,
            TrustedCertificate = TestCertificate.ForLocalhost,
        });

        outcome.Result.ShouldBe(ConnectResult.TlsFailed);
    }

    [Fact]
    public async Task A_server_older_than_EHLO_is_greeted_with_HELO()
    {
        await using var server = ScriptedSmtpServer.Start(null, step =>
            step.Command.StartsWith("EHLO", StringComparison.Ordinal) ? SmtpAnswer.Reply("502 what?") : null);
        await using var transport = await ReadyAsync(server);

        transport.Capabilities.ShouldBe(SmtpCapabilities.None);
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
    }

    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(10, 100_000)]
    public async Task A_reply_without_end_is_cut_off(int lineLength, int lines)
    {
        var endless = string.Concat(Enumerable.Repeat($"250-{new string('x', lineLength)}\r\n", lines));
        await using var server = ScriptedSmtpServer.Answering(SmtpPoint.Mail, SmtpAnswer.Raw(endless));
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        (outcome.Stage, outcome.Result).ShouldBe((SendStage.MailFrom, SendResult.NotSent));
    }

    [Fact]
    public async Task The_text_of_a_reply_is_kept_short_and_printable()
    {
        var lines = Enumerable.Range(0, 100).Select(i => $"550{(i < 99 ? '-' : ' ')}5.7.1 line {i}\u0007 {new string('y', 80)}").ToArray();
        await using var server = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply(lines));
        await using var transport = await ReadyAsync(server);

        var reply = (await transport.SendAsync(ToAda, Hello, default)).Reply;

        reply!.Text.Length.ShouldBe(1000);
        reply.Text.ShouldStartWith("line 0  yyy");
        reply.EnhancedCode.ShouldBe("5.7.1");
    }

    private static SmtpAnswer Note(List<int> list, int value, SmtpAnswer answer)
    {
        list.Add(value);
        return answer;
    }
}
