using DigestService.Mail.Mailboxes;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Mailboxes;

/// <summary>The mailbox contract over IMAP, against Dovecot.</summary>
public abstract class ImapMailboxContract(DovecotServer dovecot) : MailboxContract, IClassFixture<DovecotServer>
{
    private ImapAccount? _account;

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_mailbox_is_read_through_TLS(SmtpTls tls)
    {
        await using var mailbox = NewMailbox(Secure(tls));

        (await ReadAsync(mailbox)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_certificate_that_nobody_vouches_for_or_for_another_name_is_refused(SmtpTls tls)
    {
        var account = Secure(tls);
        await using var unknown = NewMailbox(account with { TrustedCertificate = null });
        await using var misnamed = NewMailbox(account with { Host = "127.0.0.2" });

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(unknown))).Message.ShouldContain("TLS");
        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(misnamed))).Message.ShouldContain("TLS");
    }

    [Fact]
    public async Task A_wrong_password_a_missing_folder_and_a_server_that_is_down_are_each_one_sentence()
    {
        var account = dovecot.NewAccount();
        ImapAccount[] broken = [account with { Password = "guess" }, account with { Folder = "No such folder" }, account with { Port = 1 }];
        foreach (var one in broken)
        {
            await using var mailbox = NewMailbox(one);

            (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldNotBeNullOrWhiteSpace();
        }
    }

    /// <summary>An account of its own with one mail in it.</summary>
    protected async Task<ImapAccount> DeliverOneAsync()
    {
        var account = dovecot.NewAccount();
        await using var mailbox = NewMailbox(account);
        await ReadAsync(mailbox);
        await dovecot.DeliverAsync(account, "Subject: x\r\n\r\n"u8.ToArray());
        return account;
    }

    protected abstract IMailbox NewMailbox(ImapAccount account);

    protected override async Task<IMailbox> OpenAsync()
    {
        _account ??= dovecot.NewAccount();
        var mailbox = NewMailbox(_account);
        // Dovecot creates the account's folders at its first visit, as it wants to own them.
        await ReadAsync(mailbox);
        return mailbox;
    }

    protected override Task DeliverAsync(byte[] raw) =>
        dovecot.DeliverAsync(_account ?? throw new InvalidOperationException("Open the mailbox first."), raw);

    private ImapAccount Secure(SmtpTls tls)
    {
        var account = dovecot.NewAccount();
        return account with { Tls = tls, Port = tls == SmtpTls.Implicit ? dovecot.TlsPort : dovecot.Port };
    }
}
