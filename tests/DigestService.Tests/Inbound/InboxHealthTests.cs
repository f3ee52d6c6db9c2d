using System.Text;
using DigestService.Inbound;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Ways;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>What the operator is told of an inbox: that nothing is heard is never silent.</summary>
public sealed class InboxHealthTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task An_inbox_that_is_read_is_well_and_says_when_mail_came()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        server.Deliver("Subject: x\r\n\r\n"u8.ToArray());
        var health = HealthOf(bed, ImapFaultTests.OptionsFor(server));
        await health.LookedAsync(hasRead: true, warning: null, default);

        var (ok, _, detail) = await health.ExamineAsync(default);

        ok.ShouldBeTrue(detail);
        detail.ShouldContain("1 new");
        detail.ShouldContain("last read at");
    }

    [Fact]
    public async Task A_server_that_is_away_a_silent_worker_and_waiting_mail_are_each_told()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        var health = HealthOf(bed, ImapFaultTests.OptionsFor(server));

        await health.FailedAsync("refused the login", default);
        (await health.ExamineAsync(default)).Detail.ShouldContain("refused the login");
        await health.LookedAsync(hasRead: false, warning: "It stays.", default);
        var warned = await health.ExamineAsync(default);
        (warned.Ok, warned.IsWarning).ShouldBe((false, true));
        await health.LookedAsync(hasRead: false, warning: null, default);
        (await health.ReadAsync(default)).Faults.ShouldBeEmpty();
        await bed.Digests.Service<InboundStore>().AddAsync("imap", "Subject: x\r\n\r\n"u8.ToArray(), isTruncated: false, default);
        bed.Advance(Duration.FromMinutes(30));
        var faults = (await health.ReadAsync(default)).Faults;

        faults.Count.ShouldBe(2);
        faults[0].ShouldContain("Nobody has looked");
        faults[1].ShouldContain("1 message waits");
    }

    [Fact]
    public async Task A_wrong_password_or_folder_fails_with_what_the_server_says()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var options = new InboxOptions { Kind = InboxKind.Imap, Imap = new ImapInboxOptions { Host = "127.0.0.1", Port = 1, User = "digest", Password = "x" } };

        var (ok, isWarning, detail) = await HealthOf(bed, options).ExamineAsync(default);

        (ok, isWarning).ShouldBe((false, false));
        detail.ShouldContain("cannot be reached");
    }

    [Fact]
    public async Task A_Maildir_is_tried_for_writing_and_nothing_is_left_in_it()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var folder = TestDirectory.Create("maildir");
        await new Maildir(folder).AddAsync(Encoding.ASCII.GetBytes("Subject: x\r\n\r\n"), DateTimeOffset.UnixEpoch, default);

        var (ok, _, detail) = await HealthOf(bed, MaildirAt(folder)).ExamineAsync(default);

        ok.ShouldBeTrue(detail);
        detail.ShouldContain("1 new");
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        await File.WriteAllTextAsync(folder + "-file", "");
        (await HealthOf(bed, MaildirAt(folder + "-file")).ExamineAsync(default)).Ok.ShouldBeFalse();
    }

    [Fact]
    public async Task A_Maildir_that_is_not_there_yet_is_told_and_not_made()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var above = TestDirectory.Create("maildir");
        Directory.CreateDirectory(Path.Combine(above, "half", "new"));

        foreach (var name in (string[])["none", "none/", "with blanks", "half"])
        {
            var (ok, isWarning, detail) = await HealthOf(bed, MaildirAt(Path.Combine(above, name))).ExamineAsync(default);

            (ok, isWarning).ShouldBe((false, true), name);
            detail.ShouldBe($"there is no Maildir at {Path.Combine(above, name)} yet: a process with the role inbound makes it. Is Inbox__Maildir right?");
        }

        Directory.GetFileSystemEntries(above, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(above, path))
            .ShouldBe(["half", Path.Combine("half", "new")], ignoreOrder: true);
    }

    [Theory]
    [InlineData("no/inbox")]
    [InlineData("no/where/inbox/")]
    [InlineData("~/Maildir")]
    [InlineData("file")]
    [InlineData("file/inbox")]
    [InlineData("part")]
    [InlineData("dangling")]
    public async Task A_folder_that_cannot_be_a_Maildir_names_the_setting_and_is_not_made(string name)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var above = TestDirectory.Create("maildir");
        await File.WriteAllTextAsync(Path.Combine(above, "file"), "");
        Directory.CreateDirectory(Path.Combine(above, "part"));
        await File.WriteAllTextAsync(Path.Combine(above, "part", "new"), "");
        File.CreateSymbolicLink(Path.Combine(above, "dangling"), Path.Combine(above, "gone"));
        var before = Directory.GetFileSystemEntries(above, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var options = MaildirAt(Path.Combine(above, name));

        var (ok, isWarning, detail) = await HealthOf(bed, options).ExamineAsync(default);

        (ok, isWarning).ShouldBe((false, false), detail);
        detail.ShouldStartWith("Setting Inbox__Maildir: ");
        Should.Throw<MailboxException>(() => InboxReader.OpenToRead(options, NullLogger.Instance)).Message.ShouldBe(detail);
        Directory.GetFileSystemEntries(above, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ShouldBe(before);
    }

    [Fact]
    public async Task Whoever_reads_mail_makes_a_Maildir_that_is_not_there_and_says_so_once()
    {
        var folder = Path.Combine(TestDirectory.Create("maildir"), "inbox");
        var log = new LinesOf<InboxReader>();

        for (var i = 0; i < 3; i++)
        {
            await using var mailbox = InboxReader.OpenToRead(MaildirAt(folder), log);
            (await mailbox!.CountNewAsync(default)).ShouldBe(0);
        }

        log.Told.ShouldHaveSingleItem().ShouldStartWith($"Warning: There was no Maildir at {folder}, so it was made;");
    }

    [Fact]
    public async Task Whoever_works_off_the_inbox_writes_down_the_look()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var folder = TestDirectory.Create("maildir");
        var health = HealthOf(bed, MaildirAt(folder));
        await health.FailedAsync("No such folder.", default);
        (await health.ReadAsync(default)).Faults.ShouldHaveSingleItem();
        await new Maildir(folder).AddAsync("Subject: x\r\n\r\n"u8.ToArray(), DateTimeOffset.UnixEpoch, default);

        await using (var mailbox = new MaildirMailbox(folder))
            await new InboxReader(bed.Digests.Service<InboundStore>(), bed.Digests.Service<InboundHandler>(), health).WorkOffAsync(mailbox, null, default);

        var state = await health.ReadAsync(default);
        state.Faults.ShouldBeEmpty();
        state.ReadAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_Maildir_that_takes_no_writes_is_told_in_the_same_words_each_time()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var disk = await SmallDisk.MountAsync(TestDirectory.Create("maildir"), account: null);
        var name = await new Maildir(disk.Folder).AddAsync("Subject: x\r\n\r\n"u8.ToArray(), DateTimeOffset.UnixEpoch, default);
        await disk.CloseAsync();

        var (ok, _, detail) = await HealthOf(bed, MaildirAt(disk.Folder)).ExamineAsync(default);
        await using var mailbox = new MaildirMailbox(disk.Folder);
        var refused = await Should.ThrowAsync<MailboxException>(async () => await mailbox.MarkHandledAsync([new MailboxMessage(name, default, IsTruncated: false)], default));

        (ok, detail).ShouldBe((false, $"The Maildir {disk.Folder} cannot be written: the disk of {disk.Folder} takes no writes; let it take them."));
        refused.Message.ShouldBe($"The mail {name} cannot be marked as read: the disk of {disk.Folder} takes no writes; let it take them.");
    }

    [Fact]
    public async Task Nobody_who_listens_is_a_warning()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        var (ok, isWarning, detail) = await HealthOf(bed, new InboxOptions()).ExamineAsync(default);

        (ok, isWarning).ShouldBe((false, true));
        detail.ShouldContain("Inbox__Kind");
    }

    private static InboxOptions MaildirAt(string folder) => new() { Kind = InboxKind.Maildir, Maildir = folder };

    private static InboxHealth HealthOf(InboundTestBed bed, InboxOptions options) => new(bed.Digests.Database, options, bed.Digests.Service<IClock>());
}
