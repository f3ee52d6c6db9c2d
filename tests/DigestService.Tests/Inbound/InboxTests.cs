using System.Text;
using DigestService.Inbound;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Ways;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Mail.Tests.Mailboxes;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>Mailboxes: every message acts once, whoever reads it and however often.</summary>
public sealed class InboxTests(AppFixture apps, DovecotServer dovecot) : IClassFixture<AppFixture>, IClassFixture<DovecotServer>
{
    private const int Flood = 60;

    [Fact]
    public async Task Two_workers_on_one_Maildir_act_once_on_each_message()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var folder = TestDirectory.Create("maildir");
        await FillAsync(new Maildir(folder));

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => WorkOffAsync(bed, new MaildirMailbox(folder))));

        (await HandledAsync(bed)).ShouldBe($"{Flood}");
        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe($"{Flood}");
        Directory.GetFiles(Path.Combine(folder, "new")).ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(folder, "cur")).Length.ShouldBe(Flood);
    }

    [Fact]
    public async Task Two_workers_on_one_IMAP_account_act_once_on_each_message()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var account = await AccountAsync();
        foreach (var mail in Mails())
            await dovecot.DeliverAsync(account, mail);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => WorkOffAsync(bed, new ImapMailbox(account))));
        await WorkOffAsync(bed, new ImapMailbox(account));

        (await HandledAsync(bed)).ShouldBe($"{Flood}");
        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe($"{Flood}");
    }

    [Fact]
    public async Task A_mailbox_that_numbers_its_mail_anew_brings_nothing_twice()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var (first, second) = (await AccountAsync(), await AccountAsync());
        foreach (var mail in Mails().Take(5))
        {
            await dovecot.DeliverAsync(first, mail);
            await dovecot.DeliverAsync(second, mail);
        }

        await WorkOffAsync(bed, new ImapMailbox(first));
        await WorkOffAsync(bed, new ImapMailbox(second));

        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe("5");
    }

    [Fact]
    public async Task A_message_expunged_while_the_box_is_read_is_no_error()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var account = await AccountAsync();
        foreach (var mail in Mails().Take(4))
            await dovecot.DeliverAsync(account, mail);
        await using var mailbox = new ImapMailbox(account);
        var read = 0;
        await foreach (var message in mailbox.ReadNewAsync(1_000_000, default))
        {
            if (read++ == 0)
                await ExpungeAllAsync(account);
            await bed.Digests.Service<InboundStore>().AddAsync("imap", message.Raw, message.IsTruncated, default);
            await mailbox.MarkHandledAsync([message], default);
        }

        read.ShouldBeGreaterThan(0);
        (await WorkOffAsync(bed, new ImapMailbox(account))).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_dead_worker_stored_is_handled_by_the_next()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.Service<InboundStore>().AddAsync("imap", Mails().First(), isTruncated: false, default);

        await bed.Digests.Service<InboxReader>().WorkOffAsync(null, null, default);

        (await HandledAsync(bed)).ShouldBe("1");
    }

    [Fact]
    public async Task What_is_stored_is_handled_while_the_mailbox_cannot_be_read()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.Service<InboundStore>().AddAsync("imap", Mails().First(), isTruncated: false, default);
        await using var server = new ScriptedImapServer { IsReadOnly = true };
        await using var mailbox = new ImapMailbox(ImapFaultTests.AccountAt(server));

        await Should.ThrowAsync<MailboxException>(() => bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default));

        (await HandledAsync(bed)).ShouldBe("1");
    }

    [Fact]
    public async Task A_message_of_more_than_a_megabyte_is_cut_and_read()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var folder = TestDirectory.Create("maildir");
        await new Maildir(folder).AddAsync(
            Encoding.ASCII.GetBytes("From: ada@reader.example\r\nTo: digest@papers.example\r\nSubject: help\r\n\r\n" + new string('x', 3_000_000)), DateTimeOffset.UnixEpoch, default);

        await WorkOffAsync(bed, new MaildirMailbox(folder));

        (await bed.ValueAsync("select kind || ' ' || length(raw) || ' ' || is_truncated from inbound_messages")).ShouldBe("command 1000000 true");
    }

    [Fact]
    public async Task Settings_that_cannot_work_stop_the_start_with_their_name()
    {
        var failure = await Should.ThrowAsync<DigestService.Platform.OperatorException>(() => apps.CreateAsync(("Inbox__Kind", "Maildir")));

        failure.Message.ShouldContain("Inbox__Maildir");
        InboxReader.Open(new InboxOptions { Kind = InboxKind.Pipe }).ShouldBeNull();
    }

    private static async Task<int> WorkOffAsync(InboundTestBed bed, IMailbox mailbox)
    {
        await using (mailbox)
            return (await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default)).Failed;
    }

    private async Task<ImapAccount> AccountAsync()
    {
        var account = dovecot.NewAccount();
        await using var mailbox = new ImapMailbox(account);
        await foreach (var _ in mailbox.ReadNewAsync(1000, default))
        {
        }

        return account;
    }

    private static async Task ExpungeAllAsync(ImapAccount account)
    {
        using var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(account.Host, account.Port, MailKit.Security.SecureSocketOptions.None);
        await client.AuthenticateAsync(account.User, account.Password);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadWrite);
        await MailKit.IMailFolderExtensions.AddFlagsAsync(client.Inbox, MailKit.UniqueIdRange.All, MailKit.MessageFlags.Deleted, silent: true);
        await client.Inbox.ExpungeAsync();
        await client.DisconnectAsync(quit: true);
    }

    private static async Task FillAsync(Maildir maildir)
    {
        foreach (var mail in Mails())
            await maildir.AddAsync(mail, DateTimeOffset.UnixEpoch, default);
    }

    private static IEnumerable<byte[]> Mails() => Enumerable.Range(0, Flood).Select(i => Encoding.ASCII.GetBytes(
        $"From: reader{i}@reader.example\r\nTo: digest@papers.example\r\nSubject: help\r\nMessage-ID: <{i}@reader.example>\r\n\r\n"));

    private static Task<string?> HandledAsync(InboundTestBed bed) => bed.ValueAsync("select count(*)::text from inbound_messages where handled_at is not null");
}
