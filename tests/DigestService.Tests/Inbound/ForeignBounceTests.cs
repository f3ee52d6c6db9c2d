using System.Text;
using DigestService.Inbound.Reading;

namespace DigestService.Tests.Inbound;

/// <summary>Bounces as gateways and large providers write them: whole messages with their own senders, subjects and traps.</summary>
public sealed class ForeignBounceTests
{
    private const string Copy = "\n\nReceived: from mx.papers.example by mx\nFrom: papers@papers.example\nTo: ada@reader.example\nSubject: Digest\nMessage-ID: <digest.1.x@papers.example>\n\nHello";

    public static TheoryData<string, string, string, string, string, bool> Bounces => new()
    {
        { "MailEnable", "Postmaster <postmaster@mx.example>", "Message Delivery Failure", "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:ada@reader.example]\n\tReason: Remote server reported an error: 550 5.1.1 <ada@reader.example>: Recipient address rejected: User unknown\n\nMessage headers follow:", "5.1.1", true },
        { "MailEnable full", "postmaster@mx.example", "Message Delivery Failure", "MailEnable: Message Delivery Failure\n\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:ada@reader.example]\n\tReason: The mailbox has exceeded its quota.\n\nMessage headers follow:", "", false },
        { "mFilter", "m-FILTER <postmaster@mx.example>", "failure notice", "-------server message\n550 5.1.1 unknown user <ada@reader.example>\n\n-------SMTP command\nRCPT TO:<ada@reader.example>\n\n-------original message", "5.1.1", true },
        { "mFilter content", "postmaster@mx.example", "failure notice", "-------server message\n550 user unknown <ada@reader.example>\n\n-------SMTP command\nDATA\n\n-------original message", "550", false },
        { "Yandex", "mailer-daemon@yandex.example", "Недоставленное сообщение", "This is the mail system at host mxback.yandex.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\nPlease, do not reply to this message.\n\n<ada@reader.example>: host mx.reader.example[192.0.2.7] said: 550 5.7.1 No such user! (in reply to RCPT TO command)\n", "5.7.1", true },
        { "163.com", "Postmaster@163.example", "系统退信", "抱歉,您的邮件被退回来了……\n原邮件信息:\n时间: 2026-03-02 10:00:00\n主题: Digest\n收件人: ada@reader.example\n退信原因: 收件人邮件地址不存在,邮件无法送达。 SMTP error, RCPT TO: 550 User not found: ada@reader.example\n建议解决方案: 请核对收件人邮件地址\n", "550", true },
        { "163.com full", "Postmaster@163.example", "系统退信", "抱歉,您的邮件被退回来了\n收件人: ada@reader.example\n退信原因: 对方邮箱已满 SMTP error, RCPT TO: 552 Quota exceeded or service disabled.\n", "552", false },
        { "Gmail", "Mail Delivery Subsystem <mailer-daemon@gmail.example>", "Delivery Status Notification (Failure)", "** Address not found **\n\nYour message wasn't delivered to ada@reader.example because the address couldn't be found, or is unable to receive mail.\n\nLearn more here: https://support.example/mail/?p=NoSuchUser\n\nThe response was:\n\n550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. Learn more at https://support.example/mail/?p=NoSuchUser a1-20020a05.123 - gsmtp\n", "5.1.1", true },
        { "Gmail inbox full", "Mail Delivery Subsystem <mailer-daemon@gmail.example>", "Delivery Status Notification (Failure)", "** Recipient inbox full **\n\nYour message couldn't be delivered to ada@reader.example. Their inbox is full, or it's getting too much mail right now.\n\nThe response was:\n\n552 5.2.2 The email account that you tried to reach is over quota and inactive.\n", "5.2.2", false },
        { "Gmail group", "Mail Delivery Subsystem <mailer-daemon@gmail.example>", "Delivery Status Notification (Failure)", "Hello papers@papers.example,\n\nWe're writing to let you know that the group you tried to contact (ada) may not exist, or you may not have permission to post messages to the group. A few more details on why you weren't able to post:\n\n * You might have spelled or formatted the group name incorrectly.\n\nTo: ada@reader.example\n", "", false },
        { "Outlook.com", "postmaster@outlook.example", "Undeliverable: Digest", "mx.reader.example rejected your message to the following email addresses:\n\nada@reader.example (ada@reader.example)\nA communication failure occurred during the delivery of this message. Please try to resend the message later.\n\nmx.reader.example gave this error:\nRequested action not taken: mailbox unavailable (S2017062302).\n\n\nDiagnostic information for administrators:\n\nGenerating server: AM0.prod.outlook.example\n\nada@reader.example\nmx.reader.example\nRemote Server returned '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).'\n\nOriginal message headers:", "5.5.0", true },
        { "Exchange 2010 policy", "Microsoft Outlook <postmaster@mx.example>", "Undeliverable: Digest", "Delivery has failed to these recipients or groups:\n\nada@reader.example<mailto:ada@reader.example>\nYour message can't be delivered because delivery to this address is restricted.\n\nDiagnostic information for administrators:\n\nGenerating server: mx.example\n\nada@reader.example\n#550 5.7.1 RESOLVER.RST.AuthRequired; authentication required ##\n\nOriginal message headers:", "5.7.1", false },
        { "Exchange 2007", "Microsoft Exchange <postmaster@mx.example>", "Undeliverable: Digest", "Delivery has failed to these recipients or distribution lists:\n\nada@reader.example\nThe recipient's e-mail address was not found in the recipient's e-mail system. Microsoft Exchange will not try to redeliver this message for you.\n\nDiagnostic information for administrators:\n\nGenerating server: mx.example\n\nada@reader.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nOriginal message headers:", "5.1.1", true },
        { "Exim disk", "Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ada@reader.example\n    (generated from lists@elsewhere.example)\n    mailbox is full: retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------", "", false },
        { "Exim after data", "Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ada@reader.example\n    SMTP error from remote mail server after end of data:\n    host mx.reader.example [192.0.2.7]: 550 Unknown user, or something\n\n------ This is a copy of the message, including all the headers. ------", "550", false },
        { "qmail time", "MAILER-DAEMON@mx.example", "failure notice", "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@reader.example>:\nConnected to 192.0.2.7 but connection died. (#4.4.2)\nI'm not going to try again; this message has been in the queue too long.\n\n--- Below this line is a copy of the message.", "4.4.2", false },
        { "qmail host", "MAILER-DAEMON@mx.example", "failure notice", "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@reader.example>:\nSorry, I couldn't find any host named reader.example. (#5.1.2)\n\n--- Below this line is a copy of the message.", "5.1.2", true },
        { "qmail over quota", "MAILER-DAEMON@mx.example", "failure notice", "Hi. This is the deliver program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<ada@reader.example>:\nThe user's email name is found but the mailbox is over quota\n\n--- Below this line is a copy of the message.", "", false },
        { "sendmail host", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: Host unknown (Name server: reader.example: host not found)", "The original message was received at Mon, 2 Mar 2026 10:00:00 GMT from root@localhost\n\n   ----- The following addresses had permanent fatal errors -----\n<ada@reader.example>\n\n   ----- Transcript of session follows -----\n550 <ada@reader.example>... Host unknown (Name server: reader.example: host not found)\n", "550", true },
        { "sendmail list", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: User unknown", "   ----- The following addresses had permanent fatal errors -----\n<ada@reader.example>\n    (expanded from: <team@reader.example>)\n\n   ----- Transcript of session follows -----\n... while talking to mx.reader.example.:\n>>> DATA\n<<< 554 5.6.0 message refused: header error\n554 5.0.0 Service unavailable\n", "5.6.0", false },
        { "Postfix relay", "Mail Delivery System <MAILER-DAEMON@mx.example>", "Undelivered Mail Returned to Sender", "This is the Postfix program at host mx.example.\n\nI'm sorry to have to inform you that your message could not be\nbe delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to <postmaster>\n\n\t\t\tThe Postfix program\n\n<ada@reader.example>: connect to mx.reader.example[192.0.2.7]: Connection refused\n", "", false },
        { "Lotus", "Postmaster@mx.example", "DELIVERY FAILURE: 550 5.1.1 <ada@reader.example>: Recipient address rejected", "Your message\n\n  Subject: Digest\n\nwas not delivered to:\n\n  ada@reader.example\n\nbecause:\n\n  550 5.1.1 <ada@reader.example>: Recipient address rejected: User unknown in virtual mailbox table\n", "5.1.1", true },
        { "Courier", "\"Courier mail server at mx.example\" <@>", "NOTICE: mail delivery status.", "This is a delivery status notification from mx.example,\nrunning the Courier mail server, version 0.73.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<ada@reader.example>:\n    DNS lookup failure: reader.example. Try again later.\n\nIf your message was also sent to additional recipients, their delivery\nstatus is not included in this report.\n", "", false },
        { "Zoho", "mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its recipients. This is a permanent error.\n\n[Status: Error, Address: <ada@reader.example>, ResponseCode 554, , Relay: The following domain reader.example has blocked your IP.]\n", "554", false },
        { "GroupWise", "Mailer-Daemon@mx.example", "Message status - undeliverable", "The message that you sent was undeliverable to the following:\n\tada@reader.example (user not found)\n\nPossibly truncated original message follows:", "", true },
        { "Mirapoint", "Mail Delivery <MAILER-DAEMON@mx.example>", "delivery failure", "Your message was not delivered to the following recipients:\n\n    ada@reader.example: 550 5.2.1 Mailbox disabled for this recipient\n", "5.2.1", false },
        { "Hotmail old", "postmaster@mail.hotmail.example", "Delivery Status Notification (Failure)", "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       ada@reader.example\n\n", "", false },
        { "French", "Service de distribution <postmaster@mx.example>", "Échec de la remise : Digest", "Votre message n'a pas pu être remis au destinataire suivant :\n\n<ada@reader.example> : l'utilisateur n'existe pas (550 5.1.1)\n", "5.1.1", true },
        { "Spanish", "Sistema de correo <mailer-daemon@mx.example>", "No se puede entregar: Digest", "El mensaje no se pudo entregar a:\n\nada@reader.example\n\nEl servidor remoto respondió: 550 5.1.1 El usuario no existe\n", "5.1.1", true },
        { "Japanese", "MAILER-DAEMON@mx.example", "メール送信エラー", "次の宛先にメールを配信できませんでした。\n\n<ada@reader.example>\n宛先が見つかりません\n", "", true },
    };

    [Theory]
    [MemberData(nameof(Bounces))]
    public void The_recipient_the_status_and_the_verdict_are_found(string who, string from, string subject, string text, string status, bool isHard)
    {
        foreach (var lineEnd in (string[])["\n", "\r\n"])
        {
            var raw = $"From: {from}\nTo: bounces+1.x@papers.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}{Copy}".ReplaceLineEndings(lineEnd);

            var reading = InboundReader.Read(Encoding.UTF8.GetBytes(raw));

            reading.Kind.ShouldBe(InboundKind.Bounce, who);
            reading.Recipients.Select(of => of.Address).ShouldBe(["ada@reader.example"], who);
            (reading.Recipients[0].Status ?? "").ShouldBe(status, who);
            reading.Recipients[0].Permanent.ShouldBe(isHard, $"{who}: {reading.Recipients[0]}");
        }
    }

    [Fact]
    public void Words_without_a_code_condemn_nobody_where_the_report_does_not_give_up()
    {
        static InboundReading Report(string introduction) => InboundReader.Read(Encoding.UTF8.GetBytes(
            $"From: Mail Deliver System <MAILER-DAEMON@mx.example>\nTo: papers@papers.example\nSubject: Returned Mail: User unknown\n\n{introduction}\n\nada@reader.example [User unknown]\n{Copy}"));

        Report("---The following addresses had delivery errors---").Recipients.ShouldHaveSingleItem().Permanent.ShouldBeFalse();
        Report("---The following addresses had permanent fatal errors---").Recipients.ShouldHaveSingleItem().Permanent.ShouldBeTrue();
    }

    [Fact]
    public void The_list_of_those_that_failed_counts_before_the_summary_of_the_mail()
    {
        var reading = InboundReader.Read(Encoding.UTF8.GetBytes(
            "From: System Administrator <postmaster@mx.example>\nSubject: Undeliverable: Digest\n\nYour message\n\n  To:      ada@reader.example\n  Subject: Digest\n\ndid not reach the following recipient(s):\n\nada@new.example on Mon, 2 Mar 2026 10:00:00 -0000\n    The recipient name is not recognized\n"));

        var recipient = reading.Recipients.ShouldHaveSingleItem();
        (recipient.Address, recipient.Permanent).ShouldBe(("ada@new.example", true));
    }
}
