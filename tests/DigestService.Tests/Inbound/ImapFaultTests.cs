using System.Text;
using DigestService.Inbound;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Ways;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Inbound;

/// <summary>What happens between two commands of IMAP, against a server that does it on purpose: every message acts once.</summary>
public sealed class ImapFaultTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Handled_mail_is_marked_and_moved()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        server.Deliver(Mail(1));
        server.Deliver(Mail(2));

        await WorkOffAsync(bed, server);

        server.Count.ShouldBe(0);
        server.Moved.ShouldBe(["Handled", "Handled"]);
        (await AnswersAsync(bed)).ShouldBe("2");
    }

    [Fact]
    public async Task Mail_that_was_marked_and_not_moved_is_moved_by_the_next_round_and_acts_once()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        server.Deliver(Mail(1));
        var isFirst = true;
        server.Before = command =>
        {
            if (command == "UID MOVE" && isFirst)
            {
                isFirst = false;
                server.DropAll();
                throw new IOException("Cut before it was heard.");
            }
        };

        await Should.ThrowAsync<MailboxException>(() => WorkOffAsync(bed, server));
        server.FlagsOf(0).ShouldContain("\\Seen");
        (await AnswersAsync(bed)).ShouldBe("1");
        await WorkOffAsync(bed, server);

        server.Count.ShouldBe(0);
        server.Moved.ShouldBe(["Handled"]);
        (await AnswersAsync(bed)).ShouldBe("1");
    }

    [Fact]
    public async Task Mail_that_a_person_has_read_and_nobody_handled_is_left_alone()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        server.Deliver(Mail(1), "\\Seen");

        await WorkOffAsync(bed, server);

        server.Count.ShouldBe(1);
        (await AnswersAsync(bed)).ShouldBe("0");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_moves_nothing_hinders_nothing_and_is_told_of(bool takesKeywords)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer { RefusesToMove = true, TakesKeywords = takesKeywords };
        server.Deliver(Mail(1));
        await using var mailbox = new ImapMailbox(AccountAt(server));

        await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default);
        server.Deliver(Mail(2));
        var second = await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default);

        second.Done.ShouldBe(1);
        mailbox.Warning.ShouldNotBeNull().ShouldContain("Handled");
        (await AnswersAsync(bed)).ShouldBe("2");
    }

    [Fact]
    public async Task New_numbers_between_reading_and_marking_mark_no_other_mail()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        server.Deliver(Mail(1));
        await using var mailbox = new ImapMailbox(AccountAt(server));
        var read = await ReadAsync(mailbox);
        server.Renumber();
        server.DropAll();
        await Should.ThrowAsync<MailboxException>(() => mailbox.CountNewAsync(default));

        await mailbox.MarkHandledAsync(read, default);

        server.FlagsOf(0).ShouldBeEmpty();
        await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default);
        await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default);
        (await AnswersAsync(bed)).ShouldBe("1");
    }

    [Fact]
    public async Task Mail_that_is_expunged_between_being_found_and_fetched_is_passed_over()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        for (var i = 1; i <= 3; i++)
            server.Deliver(Mail(i));
        var fetches = 0;
        server.Before = command =>
        {
            if (command == "UID FETCH" && ++fetches == 2)
                server.Expunge(1);
        };

        (await WorkOffAsync(bed, server)).Failed.ShouldBe(0);

        server.Count.ShouldBe(0);
        (await AnswersAsync(bed)).ShouldBe("2");
    }

    [Theory]
    [InlineData("NO [SERVERBUG] Internal error", "refused: ")]
    [InlineData("* BYE FETCH failed", "hung up: FETCH failed")]
    public async Task A_mail_that_the_server_cannot_give_hinders_no_other_and_is_told_of(string said, string told)
    {
        await using var server = new ScriptedImapServer { CannotGive = (2, said) };
        for (var i = 1; i <= 3; i++)
            server.Deliver(Mail(i));
        await using var mailbox = new ImapMailbox(AccountAt(server));

        var read = await ReadAsync(mailbox);
        await mailbox.MarkHandledAsync(read, default);

        read.Count.ShouldBe(2);
        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldSatisfyAllConditions(
            message => message.ShouldStartWith("The mail with the UID 2 in INBOX cannot be read; the others are."),
            message => message.ShouldContain(told));
        server.CannotGive = null;
        (await ReadAsync(mailbox)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_server_that_leaves_while_a_mail_is_fetched_ends_the_look()
    {
        await using var server = new ScriptedImapServer { CannotGive = (1, "* BYE shutting down") };
        server.Deliver(Mail(1));
        server.Deliver(Mail(2));
        server.Before = command =>
        {
            if (command == "SELECT" && server.Connections > 1)
                throw new IOException("It is away.");
        };
        await using var mailbox = new ImapMailbox(AccountAt(server));

        (await Should.ThrowAsync<MailboxException>(() => ReadAsync(mailbox))).Message.ShouldNotContain("UID");
        server.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_folder_that_takes_no_marks_is_told_before_anything_is_read()
    {
        await using var server = new ScriptedImapServer { IsReadOnly = true };
        await using var mailbox = new ImapMailbox(AccountAt(server));

        (await Should.ThrowAsync<MailboxException>(() => mailbox.CountNewAsync(default))).Message
            .ShouldBe("The mailbox's server 127.0.0.1 opens INBOX for reading alone, so that handled mail cannot be marked: give digest the right to write to it.");
    }

    [Fact]
    public async Task A_worker_whose_IDLE_is_cut_comes_back_and_reads_what_came_meanwhile()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        var options = OptionsFor(server);
        var health = new InboxHealth(bed.Digests.Database, options, bed.Digests.Service<NodaTime.IClock>());
        using var worker = new InboxWorker(
            new InboxReader(bed.Digests.Service<InboundStore>(), bed.Digests.Service<InboundHandler>(), health), health, options, NullLogger<InboxWorker>.Instance);
        await worker.StartAsync(default);
        await Eventually.TrueAsync(() => Task.FromResult(server.Waiting == 1), "the worker waits");

        server.DropAll();
        server.Deliver(Mail(1));
        await Eventually.TrueAsync(async () => await AnswersAsync(bed) == "1", "the mail is answered");
        await Eventually.TrueAsync(() => Task.FromResult(server.Waiting == 1), "the worker waits again");
        server.Deliver(Mail(2));
        await Eventually.TrueAsync(async () => await AnswersAsync(bed) == "2", "IDLE tells of the next");

        await worker.StopAsync(default);
        server.Connections.ShouldBe(2);
        (await bed.ValueAsync("select (failing_since is null and read_at is not null)::text from inbox_looks")).ShouldBe("true");
    }

    [Fact]
    public async Task Two_workers_on_one_account_act_once_on_each_message()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await using var server = new ScriptedImapServer();
        for (var i = 0; i < 250; i++)
            server.Deliver(Mail(i));

        await Task.WhenAll(WorkOffAsync(bed, server), WorkOffAsync(bed, server));

        (await AnswersAsync(bed)).ShouldBe("250");
        (await bed.ValueAsync("select count(*)::text from inbound_messages where handled_at is null")).ShouldBe("0");
    }

    internal static InboxOptions OptionsFor(ScriptedImapServer server) => new()
    {
        Kind = InboxKind.Imap,
        Imap = new ImapInboxOptions { Host = "127.0.0.1", Port = server.Port, User = "digest", Password = "secret" },
    };

    internal static ImapAccount AccountAt(ScriptedImapServer server) =>
        new() { Host = "127.0.0.1", Port = server.Port, Tls = SmtpTls.None, User = "digest", Password = "secret", HandledFolder = "Handled", Timeout = TimeSpan.FromSeconds(20) };

    private static async Task<InboxRound> WorkOffAsync(InboundTestBed bed, ScriptedImapServer server)
    {
        await using var mailbox = new ImapMailbox(AccountAt(server));
        return await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default);
    }

    private static async Task<List<MailboxMessage>> ReadAsync(ImapMailbox mailbox)
    {
        var read = new List<MailboxMessage>();
        await foreach (var message in mailbox.ReadNewAsync(1_000_000, default))
            read.Add(message);
        return read;
    }

    private static byte[] Mail(int number) => Encoding.ASCII.GetBytes(
        $"From: reader{number}@reader.example\r\nTo: digest@papers.example\r\nSubject: help\r\nMessage-ID: <{number}@reader.example>\r\n\r\n");

    private static Task<string?> AnswersAsync(InboundTestBed bed) => bed.ValueAsync("select count(*)::text from deliveries");
}
