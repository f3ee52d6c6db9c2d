using System.Diagnostics;
using System.Text;

namespace DigestService.Mail.Tests.Mailboxes;

/// <summary>What the inbound worker relies on, whichever mailbox is behind the port.</summary>
public abstract class MailboxContract
{
    private static readonly byte[] First = Encoding.Latin1.GetBytes("Subject: one\r\n\r\nna\u00EFve \u0001 octets\r\n.\r\n) {5}\r\n");
    private static readonly byte[] Second = Encoding.ASCII.GetBytes("Subject: two\r\n\r\n" + string.Concat(Enumerable.Repeat("A line of text\r\n", 5000)));

    [Fact]
    public async Task Mails_come_oldest_first_whole_and_not_again_once_handled()
    {
        await using var mailbox = await OpenAsync();
        await DeliverAsync(First);
        await DeliverAsync(Second);

        var unhandled = await ReadAsync(mailbox);
        await mailbox.MarkHandledAsync([unhandled[0]], default);
        var rest = await ReadAsync(mailbox);

        unhandled.Count.ShouldBe(2);
        unhandled[0].Raw.ToArray().ShouldBe(First);
        unhandled[1].Raw.ToArray().ShouldBe(Second);
        unhandled.ShouldAllBe(message => !message.IsTruncated);
        string.Equals(unhandled[0].Key, unhandled[1].Key, StringComparison.Ordinal).ShouldBeFalse();
        rest.ShouldHaveSingleItem().Key.ShouldBe(unhandled[1].Key);
    }

    [Fact]
    public async Task What_was_handled_stays_so_for_the_next_one_to_look()
    {
        await using (var mailbox = await OpenAsync())
        {
            await DeliverAsync(First);
            foreach (var message in await ReadAsync(mailbox))
            {
                await mailbox.MarkHandledAsync([message], default);
                await mailbox.MarkHandledAsync([message], default);
            }
        }

        await using var next = await OpenAsync();

        (await ReadAsync(next)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_that_is_too_large_comes_cut_and_says_so()
    {
        await using var mailbox = await OpenAsync();
        await DeliverAsync(Second);

        var message = (await ReadAsync(mailbox, maxBytes: 1000)).ShouldHaveSingleItem();

        message.IsTruncated.ShouldBeTrue();
        message.Raw.ToArray().ShouldBe(Second[..1000]);
    }

    [Fact]
    public async Task Waiting_ends_when_mail_comes_and_at_the_limit_when_none_does()
    {
        await using var mailbox = await OpenAsync();
        (await ReadAsync(mailbox)).ShouldBeEmpty();

        var limit = Stopwatch.StartNew();
        await mailbox.WaitForMailAsync(TimeSpan.FromMilliseconds(100), default);
        limit.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));

        var waiting = mailbox.WaitForMailAsync(TimeSpan.FromSeconds(30), default);
        await DeliverAsync(First);
        await waiting.WaitAsync(TimeSpan.FromSeconds(20));

        (await ReadAsync(mailbox)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        await using var mailbox = await OpenAsync();
        await ReadAsync(mailbox);
        using var cancel = new CancellationTokenSource();

        var waiting = mailbox.WaitForMailAsync(TimeSpan.FromMinutes(5), cancel.Token);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    protected abstract Task<IMailbox> OpenAsync();

    protected abstract Task DeliverAsync(byte[] raw);

    protected static async Task<List<MailboxMessage>> ReadAsync(IMailbox mailbox, int maxBytes = 10_000_000)
    {
        var messages = new List<MailboxMessage>();
        await foreach (var message in mailbox.ReadNewAsync(maxBytes, default))
            messages.Add(message);
        return messages;
    }
}
