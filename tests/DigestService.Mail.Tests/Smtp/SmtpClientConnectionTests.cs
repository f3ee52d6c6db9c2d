using System.Text;
using DigestService.Mail.Smtp;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Smtp;

/// <summary>Our own client keeps the contract, and a few promises of its own.</summary>
public sealed class SmtpClientConnectionTests : MailTransportContract
{
    protected override IMailTransport NewTransport() => new SmtpClientConnection();

    [Fact]
    public async Task DATA_granted_to_nobody_is_ended_with_a_lone_dot()
    {
        var contents = new List<int>();
        await using var server = Start(null, step => (step.Point, step.Message) switch
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

    private static SmtpAnswer Note(List<int> list, int value, SmtpAnswer answer)
    {
        list.Add(value);
        return answer;
    }
}
