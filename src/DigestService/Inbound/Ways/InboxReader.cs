using System.Net;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;

namespace DigestService.Inbound.Ways;

/// <summary>Takes mail out of a mailbox: stored first, then handled, then marked.</summary>
internal sealed class InboxReader(InboundStore store, InboundHandler handler)
{
    private const int Batch = 200;

    /// <summary>The mailbox of the settings; null where mail comes in by pipe or webhook alone.</summary>
    public static IMailbox? Open(InboxOptions options) => options.Kind switch
    {
        InboxKind.Maildir => new MaildirMailbox(options.Maildir!), // the settings were checked
        InboxKind.Imap => new ImapMailbox(AccountOf(options.Imap)),
        _ => null,
    };

    /// <summary>
    /// Handles what an earlier process left, then everything new in the mailbox; answers how many messages failed and stay
    /// for the next round. One message is in memory at a time, however full the box is.
    /// </summary>
    public async Task<int> WorkOffAsync(IMailbox? mailbox, IProgress<int>? progress, CancellationToken ct)
    {
        var done = 0;
        var failed = 0;
        if (mailbox is not null)
        {
            var source = mailbox is MaildirMailbox ? "maildir" : "imap";
            await foreach (var message in mailbox.ReadNewAsync(InboundReader.MostBytes, ct))
            {
                // A process that dies behind this line has the message in the database, and it is read again from there.
                var id = await store.AddAsync(source, message.Raw, message.IsTruncated, ct);
                if ((await handler.HandleAsync(id, ct)).Action == "failed")
                    failed++;
                else
                    // One that dies before this has handled it, and whoever reads it again finds that.
                    await mailbox.MarkHandledAsync(message, ct);
                progress?.Report(++done);
            }
        }

        return failed + await WorkOffStoredAsync(done, progress, ct);
    }

    private async Task<int> WorkOffStoredAsync(int done, IProgress<int>? progress, CancellationToken ct)
    {
        var failed = 0;
        var last = 0L;
        while (await store.WaitingAsync(last, Batch, ct) is { Count: > 0 } waiting)
        {
            foreach (var id in waiting)
            {
                if ((await handler.HandleAsync(id, ct)).Action == "failed")
                    failed++;
                progress?.Report(++done);
            }

            last = waiting[^1];
        }

        return failed;
    }

    private static ImapAccount AccountOf(ImapInboxOptions imap)
    {
        var isLoopback = IPAddress.TryParse(imap.Host, out var address) && IPAddress.IsLoopback(address) || imap.Host is "localhost";
        var tls = imap.Tls ?? (isLoopback ? SmtpTls.None : SmtpTls.Implicit);
        return new ImapAccount
        {
            Host = imap.Host!, // the settings were checked
            Port = imap.Port ?? (tls == SmtpTls.Implicit ? 993 : 143),
            Tls = tls,
            User = imap.User!, // likewise
            Password = imap.Password!, // likewise
            Folder = imap.Folder,
        };
    }
}
