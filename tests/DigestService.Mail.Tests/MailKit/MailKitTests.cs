#if MAILKIT
using DigestService.Mail.Mailboxes;
using DigestService.Mail.Tests.Mailboxes;
using DigestService.Mail.Tests.Smtp;
using DigestService.MailKit;

namespace DigestService.Mail.Tests.MailKit;

/// <summary>MailKit keeps the contract of the SMTP port.</summary>
public sealed class MailKitTransportTests : MailTransportContract
{
    protected override IMailTransport NewTransport() => new MailKitTransport();
}

/// <summary>MailKit keeps the contract of the mailbox port.</summary>
public sealed class MailKitMailboxTests(DovecotServer dovecot) : ImapMailboxContract(dovecot)
{
    protected override IMailbox NewMailbox(ImapAccount account) => new MailKitMailbox(account);
}
#else
namespace DigestService.Mail.Tests.MailKit;

/// <summary>Stands where MailKit's tests would, so that their absence shows.</summary>
public sealed class MailKitTests
{
    private const string Reason = "MailKit is not part of this build.";

    [Fact(Skip = Reason)]
    public void MailKit_keeps_the_contract_of_the_SMTP_port()
    {
    }

    [Fact(Skip = Reason)]
    public void MailKit_keeps_the_contract_of_the_mailbox_port()
    {
    }
}
#endif
