using System.Text;
using DigestService.Inbound.Reading;

namespace DigestService.Tests.Inbound;

/// <summary>Bounces that are no delivery report, in the manners of many servers: the recipient, and whether the address is dead.</summary>
public sealed class WrittenBounceTests
{
    private const string Returned = "Received: from a by b\nFrom: papers@papers.example\nTo: ada@reader.example\nSubject: Digest\nMessage-ID: <digest.1.x@papers.example>\n\nHello";

    public static TheoryData<string, string, string, bool> Manners => new()
    {
        { "qmail", "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@reader.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n", "failure notice", true },
        { "qmail remote", "Hi. This is the qmail-send program at mx.example.\n\n<ada@reader.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 unknown user\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n", "failure notice", true },
        { "exim", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ada@reader.example\n    SMTP error from remote mail server after RCPT TO:<ada@reader.example>:\n    host mx.reader.example [192.0.2.1]: 550 Unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\n", "Mail delivery failed: returning message to sender", true },
        { "exim unrouteable", "This message was created automatically by mail delivery software.\nA message that you sent could not be delivered to one or more of its recipients.\nThe following address(es) failed:\n\n  ada@reader.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n", "Mail delivery failed: returning message to sender", true },
        { "exim timeout", "A message that you sent could not be delivered to one or more of its recipients. This is a permanent error. The following address(es) failed:\n\n  ada@reader.example\n    retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------\n\n", "Mail delivery failed: returning message to sender", false },
        { "sendmail 8", "The original message was received at Mon, 2 Mar 2026 10:00:00 GMT\nfrom localhost\n\n   ----- The following addresses had permanent fatal errors -----\n<ada@reader.example>\n    (reason: 550 5.1.1 <ada@reader.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.reader.example.:\n>>> RCPT To:<ada@reader.example>\n<<< 550 5.1.1 <ada@reader.example>... User unknown\n550 5.1.1 <ada@reader.example>... User unknown\n\n   ----- Original message follows -----\n\n", "Returned mail: see transcript for details", true },
        { "sendmail 5", "   ----- Transcript of session follows -----\n550 mx.reader.example (smtp)... 550 Host unknown\n554 <ada@reader.example>... 550 Host unknown (Authoritative answer from name server)\n\n   ----- Unsent message follows -----\n", "Returned mail: Host unknown", true },
        { "postfix", "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n<ada@reader.example>: host mx.reader.example[192.0.2.1] said: 552 5.2.2 Mailbox full (in\n    reply to RCPT TO command)\n\n", "Undelivered Mail Returned to Sender", false },
        { "exchange 5.5", "Your message\n\n  To:      ada@reader.example\n  Subject: Digest\n  Sent:    Mon, 2 Mar 2026 10:00:00 +0000\n\ndid not reach the following recipient(s):\n\nada@reader.example on Mon, 2 Mar 2026 10:00:00 +0000\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=x;l=X\n    MSEXCH:IMS:X:Y:Z 0 (000C05A6) Unknown Recipient\n\n", "Undeliverable: Digest", true },
        { "exchange 2003", "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tDigest\n      Sent:\t02/03/2026 10:00\n\nThe following recipient(s) could not be reached:\n\n      ada@reader.example on 02/03/2026 10:01\n            The e-mail account does not exist at the organization this message was sent to.  Check the e-mail address, or contact the recipient directly to find out the correct address.\n            <mx.example #5.1.1>\n", "Undeliverable: Digest", true },
        { "office365", "Your message to ada@reader.example couldn't be delivered.\n\nada wasn't found at reader.example.\n\nOriginal Message Details\nSender Address: papers@papers.example\nRecipient Address: ada@reader.example\n\nError Details\nReported error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@reader.example not found by SMTP address lookup\n", "Undeliverable: Digest", true },
        { "gmail", "Delivery to the following recipient failed permanently:\n\n     ada@reader.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain reader.example by mx.reader.example. [192.0.2.1].\n\nThe error that the other server returned was:\n550 5.1.1 <ada@reader.example>: Recipient address rejected: User unknown\n\n----- Original message -----\n\n", "Delivery Status Notification (Failure)", true },
        { "yahoo", "Sorry, we were unable to deliver your message to the following address.\n\n<ada@reader.example>:\nRemote host said: 550 5.1.1 No such user [RCPT_TO]\n\n--- Below this line is a copy of the message.\n\n", "Failure Notice", true },
        { "notes", "------- Failure Reasons  --------\n\nUser ada (ada@reader.example) not listed in public Name & Address Book\nada@reader.example\n\n------- Returned Message --------\n\n", "Undeliverable message", true },
        { "domino", "Your message\n\n  Subject: Digest\n\nwas not delivered to:\n\n  ada@reader.example\n\nbecause:\n\n  User ada (ada@reader.example) not listed in Domino Directory\n\n", "DELIVERY FAILURE: User ada not listed in Domino Directory", true },
        { "groupwise", "The attached file had the following undeliverable recipient(s):\n\n\tada@reader.example\n\nTranscript of session follows:\nCommand: RCPT TO\n>>> RCPT TO:<ada@reader.example>\n<<< 550 No such recipient\n\n", "Message status - undeliverable", true },
        { "mdaemon", "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.\n\nFailed address: ada@reader.example\n\n--- Session Transcript ---\n --> RCPT To:<ada@reader.example>\n <-- 550 5.1.1 Recipient unknown\n--- End Transcript ---\n\n", "Permanent Delivery Failure", true },
        { "imail", "Unknown user: ada@reader.example\n\nOriginal message follows.\n\n", "Undeliverable Mail", true },
        { "imail full", "User mailbox exceeds allowed size: ada@reader.example\n\nOriginal message follows.\n\n", "Undeliverable Mail", false },
        { "mercury", "With reference to your message with the subject:\n   \"Digest\"\n\nThe local mail transport system has reported the following problems\nit encountered while trying to deliver your message:\n\n*** ada@reader.example\nno such user here.\n\nYour mail message is being returned to you in the next part of this\nmessage.\n\n", "Postmaster notify: delivery failure.", true },
        { "opensmtpd", "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\nada@reader.example: 550 5.1.1 <ada@reader.example>: User unknown\n\n    Below is a copy of the original message:\n\n", "Delivery status notification: error", true },
        { "courier", "This is a delivery status notification from mx.example,\nrunning the Courier mail server, version 0.70.\n\nThe original message was received on Mon, 2 Mar 2026 10:00:00 +0000\n\n---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<ada@reader.example>:\n    mx.reader.example [192.0.2.1]:\n>>> RCPT TO:<ada@reader.example>\n<<< 550 5.1.1 <ada@reader.example>: user unknown\n\n---------------------------------------------------------------------------\n", "NOTICE: mail delivery status.", true },
        { "communigate", "Failed to deliver to 'ada@reader.example'\nSMTP module(domain reader.example) reports:\n host mx.reader.example says:\n 550 5.1.1 unknown user account\n\n", "Undeliverable mail: Digest", true },
        { "xmail", "[<00>] XMail bounce: Rcpt=[ada@reader.example];Error=[550 5.1.1 Mailbox unavailable]\n\n\n[<01>] Error sending message [X] from [mx.example].\n\nID:        <X>\nMail From: <papers@papers.example>\nRcpt To:   <ada@reader.example>\n\n\n[<02>] The reason of the delivery failure was:\n\n550 5.1.1 Mailbox unavailable\n\n\n[<05>] Here is listed the initial part of the message:\n\n", "Error sending message [X] from [mx.example]", true },
        { "mmdf", "Message could not be delivered to mobile.\nError: No valid recipients for this MM\n\nTo: ada@reader.example\n", "Undeliverable Message", true },
        { "x1", "The original message was received at Mon, 2 Mar 2026 10:00:00 +0900 (JST)\nfrom papers@papers.example\n\n---The following addresses had delivery errors---\n\nada@reader.example [Mailbox full]\n", "Returned Mail: Mailbox full", false },
        { "x2", "Message from  mx.example.\nUnable to deliver message to the following address(es).\n\n<ada@reader.example>:\nThis user doesn't have a reader.example account (ada@reader.example) [0]\n\n--- Original message follows.\n\n", "failed delivery", true },
        { "x3", "============================================================================\n      This is an automatically generated Delivery Status Notification.      \n\nDelivery to the following recipients failed permanently:\n\n   * ada@reader.example\n\n============================================================================\n                             Technical details:                             \n\nSMTP:RCPT host 192.0.2.1: 553 5.3.0 <ada@reader.example>... No such user here\n\n============================================================================\n", "Delivery status notification", true },
        { "x4", "We're sorry. There's a problem with the e-mail address(es) you're trying to send to. Please verify the address(es) and try again.\n\n<ada@reader.example>:\nSorry, no mailbox here by that name. vpopmail (#5.1.1)\n\n--- Undelivered message follows ---\n\n", "delivery failure", true },
        { "x5", "Your mail was not delivered.\n\n    The following address was unknown:\n    ada@reader.example\n    ... User unknown\n\n----- Original message -----\n", "Unable to deliver mail", true },
        { "zoho", "This message was created automatically by mail delivery software.\nA message that you sent could not be delivered to one or more of its recipients. This is a permanent error. \n\nada@reader.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <ada@reader.example>... User Unknown\n\n", "Undelivered Mail Returned to Sender", true },
        { "prose beside", "Your message was not delivered.\n\nThe address ada@reader.example does not exist here.\n\nOur server said:\n550 User unknown\n\n", "Undeliverable: Digest", true },
        { "german", "Ihre Nachricht konnte nicht zugestellt werden.\n\nada@reader.example\nBenutzer unbekannt\n\n--- Original message follows ---\n", "Unzustellbar: Digest", true },
        { "too large", "This is the mail system.\n\n<ada@reader.example>: message size 30000 exceeds size limit 20000 of server mx\n", "Undelivered Mail Returned to Sender", false },
        { "policy", "Your message to <ada@reader.example> was rejected:\n550 5.7.1 Our system has detected that this message is likely unsolicited mail.\n", "Delivery failure", false },
        { "sender", "This is the mail system.\n\n<ada@reader.example>: host mx said: 550 5.1.8 <papers@papers.example>: Sender address rejected: Domain not found (in reply to MAIL FROM command)\n", "Undelivered Mail Returned to Sender", false },
    };

    [Theory]
    [MemberData(nameof(Manners))]
    public void The_recipient_and_the_verdict_are_found(string manner, string text, string subject, bool isHard)
    {
        foreach (var returned in (string[])[Returned, ""])
        {
            var raw = $"Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: papers@papers.example\nSubject: {subject}\n\n{text}{returned}";

            var reading = InboundReader.Read(Encoding.UTF8.GetBytes(raw));

            reading.Kind.ShouldBe(InboundKind.Bounce, manner);
            reading.Recipients.Select(of => of.Address).ShouldBe(["ada@reader.example"], manner);
            reading.Recipients[0].Permanent.ShouldBe(isHard, $"{manner}: {reading.Recipients[0]}");
        }
    }

    [Fact]
    public void Each_of_several_recipients_has_its_own_verdict()
    {
        const string Raw = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: papers@papers.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.example.\n\n<ada@reader.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\n\n<bob@reader.example>:\nRemote host said: 552 5.2.2 Mailbox full\n\n--- Below this line is a copy of the message.\n\n" + Returned;

        var recipients = InboundReader.Read(Encoding.UTF8.GetBytes(Raw)).Recipients;

        recipients.Select(of => (of.Address, of.Permanent)).ShouldBe([("ada@reader.example", true), ("bob@reader.example", false)]);
    }

    [Fact]
    public void Several_recipients_that_the_header_alone_names_have_the_verdict_of_the_text()
    {
        const string Raw = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: papers@papers.example\nSubject: Mail delivery failed\nX-Failed-Recipients: ada@reader.example, bob@reader.example\n\n\nYour message could not be delivered:\n550 5.1.1 User unknown\n";

        var recipients = InboundReader.Read(Encoding.UTF8.GetBytes(Raw)).Recipients;

        recipients.Select(of => (of.Address, of.Permanent)).ShouldBe([("ada@reader.example", true), ("bob@reader.example", true)]);
    }

    [Theory]
    [InlineData("Warning: could not send message for past 4 hours", "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n<ada@reader.example>... Deferred: Connection timed out\n")]
    [InlineData("Warning: message 1abc delayed 24 hours", "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  ada@reader.example\n    Delay reason: Connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n")]
    [InlineData("Delivery Status Notification (Delay)", "Delivery to the following recipient has been delayed:\n\n     ada@reader.example\n\nMessage will be retried for 2 more day(s)\n")]
    public void A_delay_is_no_bounce(string subject, string text) =>
        InboundReader.Read(Encoding.UTF8.GetBytes($"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: papers@papers.example\nSubject: {subject}\n\n{text}\n{Returned}")).Kind.ShouldBe(InboundKind.AutoReply);
}
