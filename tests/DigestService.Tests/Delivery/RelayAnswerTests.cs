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
