using DigestService.Mail.Mailboxes;
using DigestService.Mail.Tests.Mailboxes;
using DigestService.Mail.Tests.Smtp;
using DigestService.Mail.Smtp;

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
