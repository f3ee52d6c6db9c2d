using DigestService.Delivery;
using DigestService.Mail;

namespace DigestService.Tests.Delivery;

/// <summary>Why a relay cannot be used, in the words of the log, /readyz, /admin and doctor.</summary>
public sealed class RelayWordsTests
{
    [Theory]
    [InlineData(ConnectResult.Unreachable, "Connection refused", "mail.example:465 cannot be reached: Connection refused")]
    [InlineData(ConnectResult.TlsFailed, "The certificate of mail.example expired on 2020-01-11: it must be renewed there.", "mail.example:465 cannot be reached safely: The certificate of mail.example expired on 2020-01-11: it must be renewed there.")]
    [InlineData(ConnectResult.AuthenticationFailed, "535 no", "mail.example:465 refuses the account: 535 no")]
    [InlineData(ConnectResult.Refused, "554 go away", "mail.example:465 refuses the connection: 554 go away")]
    [InlineData(ConnectResult.Ready, null, null)]
    public void Each_result_has_words_and_no_code_name(ConnectResult result, string? detail, string? says) =>
        RelayWords.Fault(Relay(SmtpTls.Implicit), new ConnectOutcome(result, null, detail)).ShouldBe(says);

    [Fact]
    public void A_port_that_speaks_TLS_later_or_from_the_start_names_the_setting()
    {
        RelayWords.Fault(Relay(SmtpTls.Implicit), new ConnectOutcome(ConnectResult.TlsFailed, null, "Port 465 of mail.example does not speak TLS from the start.") { SpeaksNoTls = true })
            .ShouldBe("mail.example:465 cannot be reached safely: Port 465 of mail.example does not speak TLS from the start. Set Smtp__Tls=StartTls (Smtp__Relays__N__Tls where several relays are set)");
        RelayWords.Fault(Relay(SmtpTls.StartTls), ConnectOutcome.Silent)
            .ShouldNotBeNull().ShouldEndWith("The server took the connection and does not greet. If the port speaks TLS from the start, as 465 does, set Smtp__Tls=Implicit (Smtp__Relays__N__Tls where several relays are set)");
    }

    [Theory]
    [InlineData("mail.example:25 takes no mail: 550 No.", "mail.example:25 takes no mail: 550 No. Mails wait")]
    [InlineData("mail.example:25 cannot be reached: Connection refused", "mail.example:25 cannot be reached: Connection refused. Mails wait")]
    [InlineData("mail.example:25 cannot be reached safely: does it speak TLS on this port?", "does it speak TLS on this port? Mails wait")]
    public void What_to_do_follows_a_sentence_that_has_ended_once(string words, string says) => RelayTroubles.WithRemedy(words).ShouldContain(says);

    private static SmtpRelay Relay(SmtpTls tls) => new() { Host = "mail.example", Port = 465, Tls = tls };
}
