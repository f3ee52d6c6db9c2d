using DigestService.Inbound.Handling;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Platform;

namespace DigestService.Inbound.Ways;

/// <summary>Takes mail out of a mailbox: stored first, then handled, then marked.</summary>
internal sealed partial class InboxReader(InboundStore store, InboundHandler handler, InboxHealth health)
{
    // 2,000 mixed mails took 4 s on two busy cores, so a transaction of a hundred holds the readers in it for a fifth of a second.
    private const int Batch = 100;
    private const int MostOctets = 8_000_000;

    /// <summary>The mailbox of the settings, to be read: a Maildir that is not there yet is made, which is logged.</summary>
    /// <exception cref="MailboxException">The folder that is set is none and cannot become one.</exception>
    public static IMailbox? OpenToRead(InboxOptions options, ILogger logger)
    {
        if (options is { Kind: InboxKind.Maildir, Maildir: { } folder } && MaildirFolder.MakeIfMissing(folder))
            LogMade(logger, folder, Environment.UserName);
        return Open(options);
    }

    /// <summary>The mailbox of the settings; null where mail comes in by pipe or webhook alone. Makes nothing.</summary>
    public static IMailbox? Open(InboxOptions options) => options.Kind switch
    {
        InboxKind.Maildir => new MaildirMailbox(options.Maildir!), // the settings were checked
        InboxKind.Imap => new ImapMailbox(AccountOf(options.Imap)),
        _ => null,
    };

    /// <summary>
    /// Handles what is stored and waits, which a mailbox that cannot be read must not hinder, then everything new in the mailbox;
    /// answers how many messages failed and stay for the next round. One batch is in memory at a time, however full the box is.
    /// </summary>
    public async Task<InboxRound> WorkOffAsync(IMailbox? mailbox, IProgress<InboxProgress>? progress, CancellationToken ct)
    {
        var round = new InboxRound(progress);
        if (progress is not null)
            round.Expect(await store.CountWaitingAsync(ct));
        await WorkOffStoredAsync(round, ct);
        if (mailbox is not null && progress is not null)
            round.Expect(await mailbox.CountNewAsync(ct));
        if (mailbox is not null)
            await WorkOffMailboxAsync(mailbox, round, ct);
        await health.LookedAsync(round.Done > 0, mailbox?.Warning, ct);
        return round;
    }

    private async Task WorkOffMailboxAsync(IMailbox mailbox, InboxRound round, CancellationToken ct)
    {
        var batch = new List<MailboxMessage>(Batch);
        var octets = 0;
        await foreach (var message in mailbox.ReadNewAsync(InboundReader.MostBytes, ct))
        {
            batch.Add(message);
            octets += message.Raw.Length;
            if (batch.Count < Batch && octets < MostOctets)
                continue;
            await TakeAsync(mailbox, batch, round, ct);
            batch.Clear();
            octets = 0;
        }

        if (batch.Count > 0)
            await TakeAsync(mailbox, batch, round, ct);
    }

    private async Task TakeAsync(IMailbox mailbox, List<MailboxMessage> batch, InboxRound round, CancellationToken ct)
    {
        // A process that dies behind this line has the messages in the database, and they are read again from there.
        var source = mailbox is MaildirMailbox ? "maildir" : "imap";
        var ids = await store.AddAsync(source, [.. batch.Select(message => new StoredOctets(message.Raw, message.IsTruncated))], ct);
        var results = await handler.HandleAsync(ids, ct);
        // One that dies before this has handled them, and whoever reads them again finds that.
        var handled = batch.Where((_, i) => results[i].Action != "failed").ToList();
        if (handled.Count > 0)
            await mailbox.MarkHandledAsync(handled, ct);
        round.Add(batch.Count, batch.Count - handled.Count);
        // A full box may take longer than a look may be old.
        await health.LookedAsync(hasRead: true, mailbox.Warning, ct);
    }

    private async Task WorkOffStoredAsync(InboxRound round, CancellationToken ct)
    {
        var last = 0L;
        while (await store.WaitingAsync(last, Batch, ct) is { Count: > 0 } waiting)
        {
            var results = await handler.HandleAsync(waiting, ct);
            round.Add(waiting.Count, results.Count(result => result.Action == "failed"));
            last = waiting[^1];
        }
    }

    private static ImapAccount AccountOf(ImapInboxOptions imap)
    {
        var tls = imap.Tls ?? (Loopback.Is(imap.Host) ? SmtpTls.None : SmtpTls.Implicit);
        return new ImapAccount
        {
            Host = imap.Host!, // the settings were checked
            Port = imap.Port ?? (tls == SmtpTls.Implicit ? 993 : 143),
            Tls = tls,
            User = imap.User!, // likewise
            Password = imap.Password!, // likewise
            Folder = imap.Folder,
            HandledFolder = imap.HandledFolder is { Length: > 0 } name ? name : null,
        };
    }

    [LoggerMessage(6008, LogLevel.Warning, "There was no Maildir at {Folder}, so it was made; it belongs to the account '{Account}'. Your mail server has to deliver there, or Inbox__Maildir is mistyped")]
    private static partial void LogMade(ILogger logger, string folder, string account);
}

/// <summary>How far a round has come.</summary>
/// <param name="Done">Messages worked off.</param>
/// <param name="Total">Messages that were found so far, or more where others came since.</param>
internal readonly record struct InboxProgress(int Done, int Total);

/// <summary>What one round over a mailbox did.</summary>
internal sealed class InboxRound(IProgress<InboxProgress>? progress)
{
    private int _total;

    /// <summary>Messages that were looked at.</summary>
    public int Done { get; private set; }

    /// <summary>Those that failed and stay for the next round.</summary>
    public int Failed { get; private set; }

    /// <summary>So many more are there.</summary>
    public void Expect(int count)
    {
        _total += count;
        progress?.Report(new InboxProgress(Done, _total));
    }

    /// <summary>A batch is done.</summary>
    public void Add(int count, int failed)
    {
        Done += count;
        Failed += failed;
        progress?.Report(new InboxProgress(Done, Math.Max(Done, _total)));
    }
}
