using System.Text;
using DigestService.Delivery;
using DigestService.Mail;

namespace DigestService.Tests.Delivery;

public sealed class RelayAnswerTests
{
    [Theory]
    [InlineData("<Quill.Zyx@mail.example>: no such user")]
    [InlineData("user quill.zyx is unknown at mail.example")]
    public void What_is_remembered_of_a_relay_names_no_reader(string words)
    {
        var outcome = new SendOutcome(SendStage.RcptTo, SendResult.RejectedPermanently, new SmtpReply(550, "5.1.1", words), null);

        RelayAnswer.Of(MailTo("quill.zyx@mail.example"), outcome).Words.ShouldNotContain("quill.zyx", Case.Insensitive);
    }

    [Theory]
    [InlineData("550@mail.example", "")]
    [InlineData("5.1.1@mail.example", "no such user")]
    public void An_address_that_looks_like_a_code_hides_none(string recipient, string words) =>
        RelayAnswer.Of(MailTo(recipient), new SendOutcome(SendStage.RcptTo, SendResult.RejectedPermanently, new SmtpReply(550, "5.1.1", words), null))
            .Words.ShouldBe($"550 5.1.1 {words}");

    [Fact]
    public void The_signed_sender_of_a_mail_is_not_told_to_others_and_makes_no_news_of_each_refusal()
    {
        string Words(string sender) => RelayAnswer.Of(
            MailTo("quill.zyx@mail.example") with { Sender = sender },
            new SendOutcome(SendStage.MailFrom, SendResult.RejectedTemporarily, new SmtpReply(452, "4.3.1", $"<{sender}>: Sender address rejected: no room"), null)).Words;

        Words("bounce+404329-c8818a0c4f3b3aa4@service.example").ShouldBe("452 4.3.1 <…>: Sender address rejected: no room");
        RelayAnswer.WithoutIds("421 4.7.0 Try later, i9-20020a05 - gsmtp").ShouldBe(RelayAnswer.WithoutIds("421 4.7.0 Try later, e13-20ffb1 - gsmtp"));
    }

    private static ClaimedMail MailTo(string recipient) => new()
    {
        Id = 1,
        Fence = 1,
        Priority = 10,
        Sender = "bounces@service.example",
        Recipient = recipient,
        RecipientKey = [0],
        RecipientDomain = "mail.example",
        Message = Encoding.ASCII.GetBytes("Subject: none\r\n\r\n"),
        ContentHash = [0],
        Attempts = 0,
        Doubts = 0,
        Faults = 0,
    };
}
