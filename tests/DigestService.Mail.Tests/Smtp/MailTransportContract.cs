using System.Net;
using System.Net.Sockets;
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
    protected static readonly byte[] Hello = Encoding.ASCII.GetBytes("Subject: Hello\r\n\r\nHello\r\n");
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(700);

    public static TheoryData<SmtpPoint> Points => [SmtpPoint.Mail, SmtpPoint.Rcpt, SmtpPoint.Data, SmtpPoint.Dot];

    /// <summary>Whether the servers offer CHUNKING, so that mails go by BDAT and not by DATA.</summary>
    protected virtual bool ByBdat => false;

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
        await using var server = Start(new SmtpScript { Keywords = pipelining ? ["PIPELINING", "SIZE 1000000"] : [] });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        outcome.ShouldSatisfyAllConditions(
            () => outcome.Stage.ShouldBe(SendStage.AfterDot),
            () => outcome.Result.ShouldBe(SendResult.Accepted),
            () => outcome.Reply!.Code.ShouldBe(250));
        var mail = server.Received.ShouldHaveSingleItem();
        mail.Sender.ShouldBe(ToAda.Sender);
        mail.Recipient.ShouldBe(ToAda.Recipient);
        mail.Raw.ShouldBe(Hello);
        mail.IsByBdat.ShouldBe(ByBdat);
        transport.Capabilities.Pipelining.ShouldBe(pipelining);
        transport.Capabilities.Chunking.ShouldBe(ByBdat);
        transport.Capabilities.MaxSize.ShouldBe(pipelining ? 1_000_000 : 0);
    }

    [Theory]
    [InlineData("Subject: Dots\r\n\r\n.\r\n..two\r\nmid.dle\r\n.\r\n\r\n.last\r\n")]
    [InlineData(".first\r\n.second\r\n...\r\n.")]
    [InlineData("\r\n")]
    [InlineData("\r\n\r\n.\r\n")]
    [InlineData("Subject: no body\r\n")]
    [InlineData("Subject: no empty line\r\nFrom: a@b.example")]
    [InlineData("no line break at all")]
    [InlineData("Content-Type: text/plain\r\nMIME-Version: 1.0\r\n no header\r\n\r\n\r\n")]
    [InlineData("Content-Transfer-Encoding: binary\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--")]
    public async Task Every_octet_arrives_whatever_the_mail_looks_like(string text)
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);
        var message = Encoding.ASCII.GetBytes(text);

        for (var i = 0; i < 2; i++)
            (await transport.SendAsync(ToAda, message, default)).Result.ShouldBe(SendResult.Accepted);

        server.Received.ShouldAllBe(mail => mail.Text == (text.EndsWith("\r\n", StringComparison.Ordinal) ? text : text + "\r\n"));
        server.Received.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(65_500)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    public async Task A_mail_of_any_size_arrives_whole(int size)
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);
        for (var octets = size; octets < size + 40; octets++)
        {
            var message = Encoding.ASCII.GetBytes("Subject: Size\r\n\r\n" + string.Concat(Enumerable.Repeat("..\r\n", octets / 4)) + new string('.', octets % 4) + "\r\n");

            (await transport.SendAsync(ToAda, message, default)).Result.ShouldBe(SendResult.Accepted);

            server.Received.Last().Raw.AsSpan().SequenceEqual(message).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Eight_bit_content_is_announced_and_arrives_unchanged()
    {
        await using var old = Start(new SmtpScript { Keywords = [] });
        await using var modern = Start();
        await using var toOld = await ReadyAsync(old);
        await using var toModern = await ReadyAsync(modern);
        var message = Encoding.UTF8.GetBytes("Subject: Eight\r\n\r\nna\u00EFve\r\n");

        (await toOld.SendAsync(ToAda, message, default)).Result.ShouldBe(SendResult.RejectedPermanently);
        (await toModern.SendAsync(ToAda, message, default)).Result.ShouldBe(SendResult.Accepted);
        (await toModern.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
        (await toModern.SendAsync(ToAda, Encoding.UTF8.GetBytes("Subject: \u00EF\r\n\r\n"), default)).Result.ShouldBe(SendResult.Accepted);

        modern.Received.First().Raw.ShouldBe(message);
        modern.Received.Select(mail => (mail.MailCommand.Contains("BODY=8BITMIME", StringComparison.Ordinal), mail.MailCommand.Contains("SMTPUTF8", StringComparison.Ordinal)))
            .ShouldBe([(true, false), (false, false), (true, true)]);
        modern.Received.ShouldAllBe(mail => mail.MailCommand.Contains($"SIZE={mail.Raw.Length}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "ada@example.org")]
    [InlineData("bounces+1-a=b.example@papers.example", "ADA@Example.ORG")]
    [InlineData("a@b.example", "дарья@xn--bcher-kva.example")]
    [InlineData("a@b.example", "ada@[127.0.0.1]")]
    [InlineData("a@b.example", "\"ada.b\"@example.org")]
    [InlineData("a@b.example", "o'hara=x+y/z%w#@xn--bcher-kva.example")]
    [InlineData("a@b.example", "postmaster")]
    public async Task Every_address_is_written_as_it_is(string sender, string recipient)
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);

        (await transport.SendAsync(new Envelope(sender, recipient), Hello, default)).Result.ShouldBe(SendResult.Accepted);

        var mail = server.Received.ShouldHaveSingleItem();
        (mail.Sender, mail.Recipient).ShouldBe((sender, recipient));
    }

    [Fact]
    public async Task A_signed_mail_is_not_changed_by_one_octet()
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);
        using var key = RSA.Create(2048);
        using var signer = DkimSigner.FromPem("papers.example", "s1", key.ExportPkcs8PrivateKeyPem());
        var message = signer.Sign(TestMail.ToBytes(TestMail.Digest with
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
        await using var server = Start();
        await using var transport = await ReadyAsync(server);

        for (var i = 0; i < 50; i++)
            (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
        await transport.QuitAsync(default);

        server.Received.Count.ShouldBe(50);
        server.Connections.ShouldBe(1);
        transport.IsUsable.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_4xx_is_temporary_a_5xx_permanent_and_the_connection_goes_on(SmtpPoint point)
    {
        var answers = new Queue<SmtpAnswer>([SmtpAnswer.Reply("450 4.2.1 busy"), SmtpAnswer.Reply("554-5.7.1 no,", "554 5.7.1 never")]);
        await using var server = Start(null, step => step.Point == point && answers.TryDequeue(out var answer) ? answer : null);
        await using var transport = await ReadyAsync(server);

        var temporary = await transport.SendAsync(ToAda, Hello, default);
        var permanent = await transport.SendAsync(ToAda, Hello, default);
        var accepted = await transport.SendAsync(ToAda, Hello, default);

        (temporary.Stage, temporary.Result).ShouldBe((StageAt(point), SendResult.RejectedTemporarily));
        temporary.Reply.ShouldBe(new SmtpReply(450, "4.2.1", "busy"));
        (permanent.Stage, permanent.Result).ShouldBe((StageAt(point), SendResult.RejectedPermanently));
        permanent.Reply!.Code.ShouldBe(554);
        permanent.Reply.EnhancedCode.ShouldBe("5.7.1");
        permanent.Reply.Text.ShouldContain("never");
        accepted.Result.ShouldBe(SendResult.Accepted);
        server.Received.Count.ShouldBe(1);
        server.Connections.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task After_421_the_connection_is_not_used_again(SmtpPoint point)
    {
        await using var server = Answering(point, SmtpAnswer.Reply("421 4.3.2 closing").ThenHangUp());
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        (outcome.Stage, outcome.Result).ShouldBe((StageAt(point), SendResult.RejectedTemporarily));
        outcome.Reply!.Code.ShouldBe(421);
        transport.IsUsable.ShouldBeFalse();
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.NotSent);
        server.Received.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_drop_before_the_dot_is_certain_and_after_it_in_doubt(SmtpPoint point)
    {
        foreach (var ending in new[] { SmtpAnswer.HangUp, SmtpAnswer.Reset, SmtpAnswer.HalfClose, SmtpAnswer.Raw("what is this\r\n").ThenHangUp(), SmtpAnswer.Raw("999 who knows\r\n") })
        {
            await using var server = Answering(point, ending.ButTakesTheMail());
            await using var transport = await ReadyAsync(server);

            var outcome = await transport.SendAsync(ToAda, Hello, default);

            (outcome.Stage, outcome.Result).ShouldBe((StageAt(point), IfBroken(point)), ending.ToString());
            outcome.Detail.ShouldNotBeNullOrEmpty();
            transport.IsUsable.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_server_that_stops_taking_the_content_leaves_no_doubt()
    {
        // More than both sockets' buffers hold, so that the dot cannot have left.
        var large = Encoding.ASCII.GetBytes("Subject: Large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 400_000)));
        await using var server = Answering(SmtpPoint.Content, SmtpAnswer.ResetAfter(100_000), new SmtpScript { Keywords = ["PIPELINING"] });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, large, default);

        (outcome.Stage, outcome.Result).ShouldBe((SendStage.BeforeDot, SendResult.NotSent));
        transport.IsUsable.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_server_that_stalls_or_drips_is_left_at_the_deadline(SmtpPoint point)
    {
        await Task.WhenAll(
            IsLeftAsync(SmtpAnswer.Stall),
            IsLeftAsync(SmtpAnswer.Drip("250 2.0.0 very slowly indeed", TimeSpan.FromMilliseconds(100))));

        async Task IsLeftAsync(SmtpAnswer slow)
        {
            await using var server = Answering(point, slow);
            // Only the deadline under test is short, and long enough for a busy machine to get as far as the slow point.
            var relay = StageAt(point) == SendStage.AfterDot
                ? RelayFor(server) with { AfterDotTimeout = Blink }
                : RelayFor(server) with { SendTimeout = TimeSpan.FromSeconds(2) };
            await using var transport = await ReadyAsync(server, relay);
            var started = TimeProvider.System.GetTimestamp();

            var outcome = await transport.SendAsync(ToAda, Hello, default);

            (outcome.Stage, outcome.Result).ShouldBe((StageAt(point), IfBroken(point)));
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(10));
            transport.IsUsable.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Whoever_gives_up_one_mail_once_it_is_sent_does_not_stop_the_next()
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);
        using var over = new CancellationTokenSource();

        (await transport.SendAsync(ToAda, Hello, over.Token)).Result.ShouldBe(SendResult.Accepted);
        await over.CancelAsync();
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
        (await transport.SendAsync(ToAda, Hello, over.Token)).Stage.ShouldBe(SendStage.MailFrom);

        server.Received.Count.ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Cancelling_says_how_far_the_mail_came(SmtpPoint point)
    {
        using var cancel = new CancellationTokenSource();
        await using var server = Start(null, step =>
        {
            if (step.Point != point)
                return null;
            cancel.CancelAfter(500);
            return SmtpAnswer.Stall;
        });
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, cancel.Token);

        (outcome.Stage, outcome.Result).ShouldBe((StageAt(point), IfBroken(point)));
        transport.IsUsable.ShouldBeFalse();
    }

    [Fact]
    public async Task A_mail_larger_than_the_server_takes_is_refused_here()
    {
        await using var server = Start(new SmtpScript { Keywords = ["SIZE 10"] });
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
        await using var old = Start(new SmtpScript { Keywords = ["8BITMIME"] });
        await using var modern = Start();
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
    [InlineData("ada@example.org>")]
    public async Task An_address_cannot_add_a_command(string recipient)
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda with { Recipient = recipient }, Hello, default);

        outcome.Result.ShouldBe(SendResult.RejectedPermanently);
        server.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\nhello\n.\nMAIL FROM:<evil@example.org>\r\n")]
    [InlineData("Subject: x\r\n\r\nhello\r.\rRCPT\r\n")]
    [InlineData("Subject: x\r\n\r\nnul\0\r\n")]
    [InlineData("Subject: x\r\n\r\nna\u00EFve\n.\n\u00EF\r\n")]
    [InlineData("Subject: x\r\n\r\nna\u00EFve\0\r\n")]
    [InlineData("Subject: x\r\n\r\nna\u00EFve\r")]
    public async Task Content_that_some_server_could_take_for_its_end_is_refused(string content)
    {
        await using var server = Start();
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Encoding.Latin1.GetBytes(content), default);

        (outcome.Result, outcome.Detail).ShouldBe((SendResult.RejectedPermanently, "The mail holds a bare CR, LF or NUL."));
        server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_is_judged_by_every_octet_wherever_it_stands()
    {
        const int Length = 70;
        await using var server = Start(new SmtpScript { Keywords = [] });
        await using var transport = await ReadyAsync(server);

        for (var position = 0; position <= Length; position++)
        {
            foreach (var octets in new[] { "\r", "\n", "\0", "\n\r", "\r\r\n", "\r\n\n" })
                (await SendWithAsync(octets)).ShouldBe("The mail holds a bare CR, LF or NUL.");
            (await SendWithAsync("\u00EF")).ShouldBe("The mail needs SMTPUTF8, which the server does not offer.");
            (await SendWithAsync("\r\n")).ShouldBeNull();

            async Task<string?> SendWithAsync(string octets) =>
                (await transport.SendAsync(ToAda, Encoding.Latin1.GetBytes(new string('x', Length).Insert(position, octets)), default)).Detail;
        }

        server.Received.Count.ShouldBe(Length + 1);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_mail_goes_through_TLS_and_a_login(SmtpTls tls)
    {
        await using var server = Start(new SmtpScript
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
        await using var server = Start(new SmtpScript { Account = "digest:s3cret", AuthMechanisms = mechanism });

        var right = await ConnectAsync(RelayFor(server) with { User = "digest", Password = "s3cret" });
        var wrong = await ConnectAsync(RelayFor(server) with { User = "digest", Password = "guess" });

        right.Result.ShouldBe(ConnectResult.Ready);
        wrong.Result.ShouldBe(ConnectResult.AuthenticationFailed);
        wrong.Reply!.Code.ShouldBe(535);
    }

    [Fact]
    public async Task A_server_without_AUTH_is_an_authentication_failure()
    {
        await using var server = Start();

        (await ConnectAsync(RelayFor(server) with { User = "digest", Password = "s3cret" })).Result.ShouldBe(ConnectResult.AuthenticationFailed);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_certificate_that_nobody_vouches_for_or_for_another_name_is_refused(SmtpTls tls)
    {
        var script = new SmtpScript { OffersStartTls = tls == SmtpTls.StartTls, StartsInTls = tls == SmtpTls.Implicit };
        await using var unknown = Start(script);
        await using var misnamed = Start(script with { HasWrongCertificate = true });

        (await ConnectAsync(RelayFor(unknown) with { Host = "localhost", Tls = tls })).Result.ShouldBe(ConnectResult.TlsFailed);
        (await ConnectAsync(RelayFor(misnamed) with { Host = "localhost", Tls = tls, TrustedCertificate = TestCertificate.ForAnotherName }))
            .Result.ShouldBe(ConnectResult.TlsFailed);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task What_is_wrong_with_a_certificate_is_said(SmtpTls tls)
    {
        var script = new SmtpScript { OffersStartTls = tls == SmtpTls.StartTls, StartsInTls = tls == SmtpTls.Implicit };
        await using var unknown = Start(script);
        await using var misnamed = Start(script with { HasWrongCertificate = true });
        await using var expired = Start(script with { HasExpiredCertificate = true });

        (await ConnectAsync(RelayFor(unknown) with { Host = "localhost", Tls = tls })).Detail.ShouldNotBeNull()
            .ShouldStartWith("The certificate of localhost is signed by nobody this machine trusts (localhost):");
        (await ConnectAsync(RelayFor(misnamed) with { Host = "localhost", Tls = tls, TrustedCertificate = TestCertificate.ForAnotherName })).Detail.ShouldNotBeNull()
            .ShouldStartWith("The certificate of localhost is for another name (mail.example.net):");
        (await ConnectAsync(RelayFor(expired) with { Host = "localhost", Tls = tls, TrustedCertificate = TestCertificate.Expired })).Detail
            .ShouldBe("The certificate of localhost expired on 2020-01-11: it must be renewed there.");
    }

    [Fact]
    public async Task A_port_that_speaks_no_TLS_from_the_start_and_one_that_waits_for_it_are_told_apart()
    {
        await using var clear = Start(new SmtpScript { OffersStartTls = true });
        await using var secure = Start(new SmtpScript { StartsInTls = true });

        var spoken = await ConnectAsync(Secure(clear, SmtpTls.Implicit));
        var silent = await ConnectAsync(Secure(secure, SmtpTls.StartTls) with { GreetingTimeout = TimeSpan.FromMilliseconds(500) });

        (spoken.Result, spoken.SpeaksNoTls, spoken.IsSilent).ShouldBe((ConnectResult.TlsFailed, true, false));
        spoken.Detail.ShouldNotBeNull().ShouldEndWith("does not speak TLS from the start.");
        (silent.Result, silent.SpeaksNoTls, silent.IsSilent).ShouldBe((ConnectResult.Unreachable, false, true));
    }

    [Theory]
    [InlineData("15 03 03 00 02 02 46")] // the alert protocol_version
    [InlineData("")]
    public async Task A_handshake_that_breaks_off_is_told_without_the_frameworks_words(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var answering = AnswerAsync();

        var outcome = await ConnectAsync(new SmtpRelay { Host = "localhost", Port = port, Tls = SmtpTls.Implicit });

        await answering;
        outcome.Result.ShouldBe(ConnectResult.TlsFailed);
        outcome.Detail.ShouldBe("localhost broke off the TLS handshake: does it speak TLS, of version 1.2 or later, on this port?");

        async Task AnswerAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            _ = await client.GetStream().ReadAsync(new byte[4096]);
            await client.GetStream().WriteAsync(Convert.FromHexString(answer.Replace(" ", "", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task STARTTLS_that_is_not_offered_or_refused_never_falls_back_to_clear_text()
    {
        await using var without = Start();
        await using var refusing = Answering(SmtpPoint.StartTls, SmtpAnswer.Reply("454 4.7.0 not now"), new SmtpScript { OffersStartTls = true });

        (await ConnectAsync(Secure(without, SmtpTls.StartTls))).Result.ShouldBe(ConnectResult.TlsFailed);
        (await ConnectAsync(Secure(refusing, SmtpTls.StartTls))).Result.ShouldBe(ConnectResult.TlsFailed);
    }

    [Fact]
    public async Task A_server_that_refuses_us_says_so()
    {
        await using var server = Answering(SmtpPoint.Greeting, SmtpAnswer.Reply("421 4.3.2 too busy").ThenHangUp());

        var outcome = await ConnectAsync(RelayFor(server));

        outcome.Result.ShouldBe(ConnectResult.Refused);
        outcome.Reply!.Code.ShouldBe(421);
    }

    [Fact]
    public async Task A_server_that_refuses_EHLO_is_not_used()
    {
        await using var server = Answering(SmtpPoint.Hello, SmtpAnswer.Reply("421 4.3.2 too busy").ThenHangUp());

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
            await using var server = Answering(point, answer);

            (await ConnectAsync(RelayFor(server) with { GreetingTimeout = Blink })).Result.ShouldBe(ConnectResult.Unreachable, answer.ToString());
        }));
    }

    [Fact]
    public async Task Nobody_listening_is_unreachable()
    {
        SmtpRelay relay;
        await using (var server = Start())
            relay = RelayFor(server);

        (await ConnectAsync(relay)).Result.ShouldBe(ConnectResult.Unreachable);
    }

    [Fact]
    public async Task A_transport_can_connect_again_after_a_drop()
    {
        var drop = true;
        await using var server = Start(null, step => step.Point == SmtpPoint.Mail && drop ? SmtpAnswer.HangUp : null);
        await using var transport = await ReadyAsync(server);
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.NotSent);
        drop = false;

        (await transport.ConnectAsync(RelayFor(server), default)).Result.ShouldBe(ConnectResult.Ready);

        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
    }

    [Fact]
    public async Task A_server_that_speaks_before_the_dot_has_not_taken_the_mail()
    {
        var large = Encoding.ASCII.GetBytes("Subject: Large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 400_000)));
        await using var server = Answering(
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
        await using var server = Answering(
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
        await using var server = Start(null, step =>
            step.Command.StartsWith("EHLO", StringComparison.Ordinal) ? SmtpAnswer.Reply("502 what?") : null);
        await using var transport = await ReadyAsync(server);

        transport.Capabilities.AuthMechanisms.ShouldBeEmpty();
        (transport.Capabilities with { AuthMechanisms = SmtpCapabilities.None.AuthMechanisms }).ShouldBe(SmtpCapabilities.None);
        (await transport.SendAsync(ToAda, Hello, default)).Result.ShouldBe(SendResult.Accepted);
    }

    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(10, 100_000)]
    public async Task A_reply_without_end_is_cut_off(int lineLength, int lines)
    {
        var endless = string.Concat(Enumerable.Repeat($"250-{new string('x', lineLength)}\r\n", lines));
        await using var server = Answering(SmtpPoint.Mail, SmtpAnswer.Raw(endless));
        await using var transport = await ReadyAsync(server);

        var outcome = await transport.SendAsync(ToAda, Hello, default);

        (outcome.Stage, outcome.Result).ShouldBe((SendStage.MailFrom, SendResult.NotSent));
    }

    [Fact]
    public async Task The_text_of_a_reply_is_kept_short_and_printable()
    {
        var lines = Enumerable.Range(0, 100).Select(i => $"550{(i < 99 ? '-' : ' ')}5.7.1 line {i}\u0007 {new string('y', 80)}").ToArray();
        await using var server = Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply(lines));
        await using var transport = await ReadyAsync(server);

        var reply = (await transport.SendAsync(ToAda, Hello, default)).Reply;

        reply!.Text.Length.ShouldBe(1000);
        reply.Text.ShouldStartWith("line 0  yyy");
        reply.EnhancedCode.ShouldBe("5.7.1");
    }

    protected ScriptedSmtpServer Start(SmtpScript? script = null, Func<SmtpStep, SmtpAnswer?>? answers = null) =>
        ScriptedSmtpServer.Start((script ?? new SmtpScript()) with { OffersChunking = ByBdat }, answers);

    protected ScriptedSmtpServer Answering(SmtpPoint point, SmtpAnswer answer, SmtpScript? script = null) =>
        Start(script, step => step.Point == point ? answer : null);

    /// <summary>How far a mail has come when the server is about to answer there. BDAT and its chunk go out as one.</summary>
    protected SendStage StageAt(SmtpPoint point) => point switch
    {
        SmtpPoint.Mail => SendStage.MailFrom,
        SmtpPoint.Rcpt => SendStage.RcptTo,
        SmtpPoint.Data when !ByBdat => SendStage.Data,
        _ => SendStage.AfterDot,
    };

    protected async Task<IMailTransport> ReadyAsync(ScriptedSmtpServer server, SmtpRelay? relay = null)
    {
        var transport = NewTransport();
        (await transport.ConnectAsync(relay ?? RelayFor(server), default)).ShouldBe(ConnectOutcome.Ready);
        transport.IsUsable.ShouldBeTrue();
        return transport;
    }

    private SendResult IfBroken(SmtpPoint point) => StageAt(point) == SendStage.AfterDot ? SendResult.Unknown : SendResult.NotSent;

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
