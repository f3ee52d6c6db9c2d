using System.Security.Cryptography;
using System.Text;
using DigestService.Mail.Dkim;
using DigestService.Mail.Mime;
using DigestService.Mail.Tests.Mime;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Smtp;

/// <summary>What the sender relies on, whichever client is behind the port.</summary>
public abstract class MailTransportContract
{
    protected static readonly Envelope ToAda = new("bounces+1@papers.example", "ada@example.org");
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("Subject: Hello\r\n\r\nHello\r\n");
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(700);

    public static TheoryData<SmtpPoint, SendStage> Stages => new()
    {
        { SmtpPoint.Mail, SendStage.MailFrom },
        { SmtpPoint.Rcpt, SendStage.RcptTo },
        { SmtpPoint.Data, SendStage.Data },
        { SmtpPoint.Dot, SendStage.AfterDot },
    };

    protected abstract IMailTransport NewTransport();

    protected static SmtpRelay RelayFor(ScriptedSmtpServer server) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        SendTimeout = TimeSpan.FromSeconds(20),
        AfterDotTimeout = TimeSpan.FromSeconds(20),
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mail_arrives_with_its_envelope_and_every_octet(bool pipelining)
    {
        await using var server = ScriptedSmtpServer.Start(new SmtpScript { Keywords = pipelining ? ["PIPELINING", "SIZE 1000000"] : [] });
        await using var transport = await ReadyAsync(server);
        var message = Encoding.ASCII.GetBytes("Subject: Dots\r\n\r\n.\r\n..two\r\nmid.dle\r\n.\r\n\r\n.last\r\n");

        var outcome = await transport.SendAsync(ToAda, message, default);

        outcome.ShouldSatisfyAllConditions(
            () => outcome.Stage.ShouldBe(SendStage.AfterDot),
            () => outcome.Result.ShouldBe(SendResult.Accepted),
            () => outcome.Reply!.Code.ShouldBe(250));
        var mail = server.Received.ShouldHaveSingleItem();
        mail.Sender.ShouldBe(ToAda.Sender);
        mail.Recipient.ShouldBe(ToAda.Recipient);
        mail.Text.ShouldBe(Encoding.ASCII.GetString(message));
        transport.Capabilities.Pipelining.ShouldBe(pipelining);
        transport.Capabilities.MaxSize.ShouldBe(pipelining ? 1_000_000 : 0);
    }

    [Fact]
    public async Task A_signed_mail_is_not_changed_by_one_octet()
    {
        await using var server = ScriptedSmtpServer.Start();
        await using var transport = await ReadyAsync(server);
        using var key = RSA.Create(2048);
        using var signer = DkimSigner.FromPem("papers.example", "s1", key.ExportPkcs8PrivateKeyPem());
        var message = signer.Sign(MimeWriter.ToBytes(TestMail.Digest with
        {
            Subject = "Ünïcode 量子 and a long tail of ordinary words that makes the subject fold over several lines",
            Text = MailBody.FromText(".\n..two\nFrom here  \n\n\n"),
            Html = MailBody.FromText("深層学習の論文を毎日お届けします。\n"),
        }));

        (await transport.SendAsync(ToAda, message, default)).Result.ShouldBe(SendResult.Accepted);

        server.Received.ShouldHaveSingleItem().Raw.ShouldBe(message);
    }

    [Fact]
    public async Task One_connection_carries_many_mails_and_says_goodbye()
    {
        await using var server = ScriptedSmtpServer.Start();
        await using var transport = await ReadyAsync(server);

        for (var i = 0; i < 50; i++)
            (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
        await transport.QuitAsync(default);

        server.Received.Count.ShouldBe(50);
        server.Connections.ShouldBe(1);
        transport.IsUsable.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_4xx_is_temporary_a_5xx_permanent_and_the_connection_goes_on(SmtpPoint point, SendStage stage)
    {
        var answers = new Queue<SmtpAnswer>([SmtpAnswer.Reply("450 4.2.1 busy"), SmtpAnswer.Reply("554-5.7.1 no,", "554 5.7.1 never")]);
        await using var server = ScriptedSmtpServer.Start(null, step => step.Point == point && answers.TryDequeue(out var answer) ? answer : null);
        await using var transport = await ReadyAsync(server);

        var temporary = await transport.SendAsync(ToAda, Hello, default);
        var permanent = await transport.SendAsync(ToAda, Hello, default);
        var accepted = await transport.SendAsync(ToAda, Hello, default);

        (temporary.Stage, temporary.Result).ShouldBe((stage, SendResult.RejectedTemporarily));
        temporary.Reply.ShouldBe(new SmtpReply(450, "4.2.1", "busy"));
        (permanent.Stage, permanent.Result).ShouldBe((stage, SendResult.RejectedPermanently));
        permanent.Reply!.Code.ShouldBe(554);
        permanent.Reply.EnhancedCode.ShouldBe("5.7.1");
        permanent.Reply.Text.ShouldContain("never");
        accepted.Result.ShouldBe(SendResult.Accepted);
        server.Received.Count.ShouldBe(1);
        server.Connections.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task After_421_the_connection_is_not_used_again(SmtpPoint point, SendStage stage)
    {
        await using var server = ScriptedSmtpServer.Answering(point, SmtpAnswer.Reply("421 4.3.2 closing").ThenHangUp());
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        (outcome.Stage, outcome.Result).ShouldBe((stage, SendResult.RejectedTemporarily));
        outcome.Reply!.Code.ShouldBe(421);
        transport.IsUsable.ShouldBeFalse();
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.NotSent);
        server.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SmtpPoint.Mail, SendStage.MailFrom, SendResult.NotSent)]
    [InlineData(SmtpPoint.Rcpt, SendStage.RcptTo, SendResult.NotSent)]
    [InlineData(SmtpPoint.Data, SendStage.Data, SendResult.NotSent)]
    [InlineData(SmtpPoint.Dot, SendStage.AfterDot, SendResult.Unknown)]
    public async Task A_drop_before_the_dot_is_certain_and_after_it_in_doubt(SmtpPoint point, SendStage stage, SendResult result)
    {
        foreach (var ending in new[] { SmtpAnswer.HangUp, SmtpAnswer.Reset, SmtpAnswer.HalfClose, SmtpAnswer.Raw("what is this\r\n").ThenHangUp(), SmtpAnswer.Raw("999 who knows\r\n") })
        {
            await using var server = ScriptedSmtpServer.Answering(point, ending.ButTakesTheMail());
            await using var transport = await ReadyAsync(server);

            var outcome = await transport.SendAsync(ToAda, Hello, default);

            (outcome.Stage, outcome.Result).ShouldBe((stage, result), ending.ToString());
            outcome.Detail.ShouldNotBeNullOrEmpty();
            transport.IsUsable.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_server_that_stops_taking_the_content_leaves_no_doubt()
    {
        // More than both sockets' buffers hold, so that the dot cannot have left.
        var large = Encoding.ASCII.GetBytes("Subject: Large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 400_000)));
        await using var server = ScriptedSmtpServer.Answering(SmtpPoint.Content, SmtpAnswer.ResetAfter(100_000), new SmtpScript { Keywords = ["PIPELINING"] });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, large, default);

        (outcome.Stage, outcome.Result).ShouldBe((SendStage.BeforeDot, SendResult.NotSent));
        transport.IsUsable.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_server_that_stalls_or_drips_is_left_at_the_deadline(SmtpPoint point, SendStage stage)
    {
        await Task.WhenAll(
            IsLeftAsync(SmtpAnswer.Stall),
            IsLeftAsync(SmtpAnswer.Drip("250 2.0.0 very slowly indeed", TimeSpan.FromMilliseconds(100))));

        async Task IsLeftAsync(SmtpAnswer slow)
        {
            await using var server = ScriptedSmtpServer.Answering(point, slow);
            // Only the deadline under test is short, and long enough for a busy machine to get as far as the slow point.
            var relay = stage == SendStage.AfterDot
                ? RelayFor(server) with { AfterDotTimeout = Blink }
                : RelayFor(server) with { SendTimeout = TimeSpan.FromSeconds(2) };
            await using var transport = await ReadyAsync(server, relay);
            var started = TimeProvider.System.GetTimestamp();

            var outcome = await transport.SendAsync(ToAda, Hello, default);

            (outcome.Stage, outcome.Result).ShouldBe((stage, stage == SendStage.AfterDot ? SendResult.Unknown : SendResult.NotSent));
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(10));
            transport.IsUsable.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(SmtpPoint.Rcpt, SendStage.RcptTo, SendResult.NotSent)]
    [InlineData(SmtpPoint.Dot, SendStage.AfterDot, SendResult.Unknown)]
    public async Task Cancelling_says_how_far_the_mail_came(SmtpPoint point, SendStage stage, SendResult result)
    {
        using var cancel = new CancellationTokenSource();
        await using var server = ScriptedSmtpServer.Start(null, step =>
        {
            if (step.Point != point)
                return null;
            cancel.CancelAfter(500);
            return SmtpAnswer.Stall;
        });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, cancel.Token);

        (outcome.Stage, outcome.Result).ShouldBe((stage, result));
        transport.IsUsable.ShouldBeFalse();
    }

    [Fact]
    public async Task A_mail_larger_than_the_server_takes_is_refused_here()
    {
        await using var server = ScriptedSmtpServer.Start(new SmtpScript { Keywords = ["SIZE 10"] });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        outcome.Result.ShouldBe(SendResult.RejectedPermanently);
        server.Received.ShouldBeEmpty();
        transport.IsUsable.ShouldBeTrue();
    }

    [Fact]
    public async Task An_address_beyond_ASCII_needs_SMTPUTF8()
    {
        var envelope = ToAda with { Recipient = "дарья@example.org" };
        await using var old = ScriptedSmtpServer.Start(new SmtpScript { Keywords = ["8BITMIME"] });
        await using var modern = ScriptedSmtpServer.Start();
        await using var toOld = await ReadyAsync(old);
        await using var toModern = await ReadyAsync(modern);

        (await toOld.SendAsync(envelope, Hello, default)).Result.ShouldBe(SendResult.RejectedPermanently);
        (await toModern.SendAsync(envelope, Hello, default)).Result.ShouldBe(SendResult.Accepted);

        var mail = modern.Received.ShouldHaveSingleItem();
        mail.Recipient.ShouldBe("дарья@example.org");
        mail.MailCommand.ShouldContain("SMTPUTF8");
    }

    [Theory]
    [InlineData("ada@example.org>\r\nRCPT TO:<bob@example.org")]
    [InlineData("ada@example.org\0")]
    public async Task An_address_cannot_add_a_command(string recipient)
    {
        await using var server = ScriptedSmtpServer.Start();
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda with { Recipient = recipient }, Hello, default);

        outcome.Result.ShouldBe(SendResult.RejectedPermanently);
        server.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\nhello\n.\nMAIL FROM:<evil@example.org>\r\n")]
    [InlineData("Subject: x\r\n\r\nhello\r.\rRCPT\r\n")]
    [InlineData("Subject: x\r\n\r\nnul\0\r\n")]
    public async Task Content_that_some_server_could_take_for_its_end_is_refused(string content)
    {
        await using var server = ScriptedSmtpServer.Start();
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Encoding.ASCII.GetBytes(content), default);

        outcome.Result.ShouldBe(SendResult.RejectedPermanently);
        server.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_mail_goes_through_TLS_and_a_login(SmtpTls tls)
    {
        await using var server = ScriptedSmtpServer.Start(new SmtpScript
        {
            OffersStartTls = tls == SmtpTls.StartTls,
            StartsInTls = tls == SmtpTls.Implicit,
            Account = "digest:s3cret",
        });
        await using var transport = await ReadyAsync(server, Secure(server, tls) with { User = "digest", Password = "s3cret" });

        for (var i = 0; i < 3; i++)
            (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
        await transport.QuitAsync(default);

        server.Received.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task A_wrong_password_is_an_authentication_failure(string mechanism)
    {
        await using var server = ScriptedSmtpServer.Start(new SmtpScript { Account = "digest:s3cret", AuthMechanisms = mechanism });

        var right = await ConnectAsync(RelayFor(server) with { User = "digest", Password = "s3cret" });
        var wrong = await ConnectAsync(RelayFor(server) with { User = "digest", Password = "guess" });

        right.Result.ShouldBe(ConnectResult.Ready);
        wrong.Result.ShouldBe(ConnectResult.AuthenticationFailed);
        wrong.Reply!.Code.ShouldBe(535);
    }

    [Fact]
    public async Task A_server_without_AUTH_is_an_authentication_failure()
    {
        await using var server = ScriptedSmtpServer.Start();

        (await ConnectAsync(RelayFor(server) with { User = "digest", Password = "s3cret" })).Result.ShouldBe(ConnectResult.AuthenticationFailed);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_certificate_that_nobody_vouches_for_or_for_another_name_is_refused(SmtpTls tls)
    {
        var script = new SmtpScript { OffersStartTls = tls == SmtpTls.StartTls, StartsInTls = tls == SmtpTls.Implicit };
        await using var unknown = ScriptedSmtpServer.Start(script);
        await using var misnamed = ScriptedSmtpServer.Start(script with { HasWrongCertificate = true });

        (await ConnectAsync(RelayFor(unknown) with { Host = "localhost", Tls = tls })).Result.ShouldBe(ConnectResult.TlsFailed);
        (await ConnectAsync(RelayFor(misnamed) with { Host = "localhost", Tls = tls, TrustedCertificate = TestCertificate.ForAnotherName }))
            .Result.ShouldBe(ConnectResult.TlsFailed);
    }

    [Fact]
    public async Task STARTTLS_that_is_not_offered_or_refused_never_falls_back_to_clear_text()
    {
        await using var without = ScriptedSmtpServer.Start();
        await using var refusing = ScriptedSmtpServer.Answering(SmtpPoint.StartTls, SmtpAnswer.Reply("454 4.7.0 not now"), new SmtpScript { OffersStartTls = true });

        (await ConnectAsync(Secure(without, SmtpTls.StartTls))).Result.ShouldBe(ConnectResult.TlsFailed);
        (await ConnectAsync(Secure(refusing, SmtpTls.StartTls))).Result.ShouldBe(ConnectResult.TlsFailed);
    }

    [Fact]
    public async Task A_server_that_refuses_us_says_so()
    {
        await using var server = ScriptedSmtpServer.Answering(SmtpPoint.Greeting, SmtpAnswer.Reply("421 4.3.2 too busy").ThenHangUp());

        var outcome = await ConnectAsync(RelayFor(server));

        outcome.Result.ShouldBe(ConnectResult.Refused);
        outcome.Reply!.Code.ShouldBe(421);
    }

    [Fact]
    public async Task A_server_that_refuses_EHLO_is_not_used()
    {
        await using var server = ScriptedSmtpServer.Answering(SmtpPoint.Hello, SmtpAnswer.Reply("421 4.3.2 too busy").ThenHangUp());

        // A client may try HELO before it gives up, and find the connection gone.
        (await ConnectAsync(RelayFor(server))).Result.ShouldBeOneOf(ConnectResult.Refused, ConnectResult.Unreachable);
    }

    [Theory]
    [InlineData(SmtpPoint.Greeting)]
    [InlineData(SmtpPoint.Hello)]
    public async Task A_server_that_stalls_drips_drops_or_babbles_is_unreachable(SmtpPoint point)
    {
        SmtpAnswer[] answers =
        [
            SmtpAnswer.Stall,
            SmtpAnswer.Drip("250 one octet at a time is too slow", TimeSpan.FromMilliseconds(50)),
            SmtpAnswer.HangUp,
            SmtpAnswer.Reset,
            SmtpAnswer.Raw("HTTP/1.1 400 Bad Request\r\n\r\n").ThenHangUp(),
        ];
        await Task.WhenAll(answers.Select(async answer =>
        {
            await using var server = ScriptedSmtpServer.Answering(point, answer);

            (await ConnectAsync(RelayFor(server) with { ConnectTimeout = Blink })).Result.ShouldBe(ConnectResult.Unreachable, answer.ToString());
        }));
    }

    [Fact]
    public async Task Nobody_listening_is_unreachable()
    {
        SmtpRelay relay;
        await using (var server = ScriptedSmtpServer.Start())
            relay = RelayFor(server);

        (await ConnectAsync(relay)).Result.ShouldBe(ConnectResult.Unreachable);
    }

    [Fact]
    public async Task A_transport_can_connect_again_after_a_drop()
    {
        var drop = true;
        await using var server = ScriptedSmtpServer.Start(null, step => step.Point == SmtpPoint.Mail && drop ? SmtpAnswer.HangUp : null);
        await using var transport = await ReadyAsync(server);
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.NotSent);
        drop = false;

        (await transport.ConnectAsync(RelayFor(server), default)).Result.ShouldBe(ConnectResult.Ready);

        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
    }

    protected async Task<IMailTransport> ReadyAsync(ScriptedSmtpServer server, SmtpRelay? relay = null)
    {
        var transport = NewTransport();
        (await transport.ConnectAsync(relay ?? RelayFor(server), default)).ShouldBe(ConnectOutcome.Ready);
        transport.IsUsable.ShouldBeTrue();
        return transport;
    }

    protected async Task<ConnectOutcome> ConnectAsync(SmtpRelay relay)
    {
        await using var transport = NewTransport();
        var outcome = await transport.ConnectAsync(relay, default);
        transport.IsUsable.ShouldBe(outcome.Result == ConnectResult.Ready);
        return outcome;
    }

    private static SmtpRelay Secure(ScriptedSmtpServer server, SmtpTls tls) =>
        RelayFor(server) with { Host = "localhost", Tls = tls, TrustedCertificate = TestCertificate.ForLocalhost };
}
