using System.Text;
using DigestService.Mail.Mailboxes;

namespace DigestService.Mail.Tests.Mailboxes;

public sealed class MaildirMailboxTests : MailboxContract, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("maildir");
    private readonly Maildir _maildir;
    private DateTimeOffset _now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public MaildirMailboxTests() => _maildir = new Maildir(_folder.FullName);

    [Fact]
    public async Task A_mail_that_another_program_has_opened_is_read_once_and_keeps_its_flags()
    {
        await using var mailbox = await OpenAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "cur", "1700000000.M1P1.host:2,F"), "Subject: flagged\r\n\r\n");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "cur", "1700000001.M1P1.host:2,RS"), "Subject: seen\r\n\r\n");

        var message = (await ReadAsync(mailbox)).ShouldHaveSingleItem();
        await mailbox.MarkHandledAsync([message], default);

        Encoding.ASCII.GetString(message.Raw.Span).ShouldStartWith("Subject: flagged");
        File.Exists(Path.Combine(_folder.FullName, "cur", "1700000000.M1P1.host:2,FS")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_an_error_and_no_empty_inbox()
    {
        await using var mailbox = await OpenAsync();
        _folder.Delete(recursive: true);

        await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox));
        _folder.Create();
    }

    [Fact]
    public async Task A_folder_that_is_moved_away_while_mail_is_waited_for_is_told_of()
    {
        await using var mailbox = new MaildirMailbox(_folder.FullName) { LookEvery = TimeSpan.FromMilliseconds(10) };
        var waiting = mailbox.WaitForMailAsync(TimeSpan.FromMinutes(5), default);

        Directory.Move(Path.Combine(_folder.FullName, "new"), Path.Combine(_folder.FullName, "moved"));

        (await Should.ThrowAsync<MailboxException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20)))).Message.ShouldMatch("^The Maildir .* has no folder");
    }

    [Fact]
    public async Task Mail_that_comes_into_a_folder_put_in_the_place_of_the_one_that_was_watched_ends_the_waiting()
    {
        await using var mailbox = new MaildirMailbox(_folder.FullName) { LookEvery = TimeSpan.FromMilliseconds(10) };
        var other = new Maildir(Path.Combine(_folder.FullName, "other"));
        await other.AddAsync("Subject: x\r\n\r\n"u8.ToArray(), _now, default);
        var waiting = WaitThroughoutAsync();

        Directory.Move(Path.Combine(_folder.FullName, "new"), Path.Combine(_folder.FullName, "moved"));
        Directory.Move(Path.Combine(other.Root, "new"), Path.Combine(_folder.FullName, "new"));

        await Should.NotThrowAsync(() => waiting.WaitAsync(TimeSpan.FromSeconds(20)));

        // Between the two there is no folder, which may be seen and is told of.
        async Task WaitThroughoutAsync()
        {
            while (true)
            {
                try
                {
                    await mailbox.WaitForMailAsync(TimeSpan.FromMinutes(5), default);
                    return;
                }
                catch (MailboxException)
                {
                    await Task.Yield();
                }
            }
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_hinders_no_other_and_is_told_of()
    {
        await using var mailbox = await OpenAsync();
        var loop = Path.Combine(_folder.FullName, "new", "1700000000.M1P1.host");
        File.CreateSymbolicLink(loop, loop);
        await DeliverAsync("Subject: x\r\n\r\n"u8.ToArray());

        await mailbox.MarkHandledAsync([(await ReadAsync(mailbox)).ShouldHaveSingleItem()], default);

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldStartWith("The mail 1700000000.M1P1.host cannot be read: ");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    protected override Task<IMailbox> OpenAsync() => Task.FromResult<IMailbox>(new MaildirMailbox(_folder.FullName));

    protected override Task DeliverAsync(byte[] raw) => _maildir.AddAsync(raw, _now = _now.AddSeconds(1), default);
}
