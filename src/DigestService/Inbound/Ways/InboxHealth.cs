using System.Globalization;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Inbound.Ways;

/// <summary>
/// Whether mail is heard: what the readers of the inbox wrote down of their looks, and what waits. The doctor looks into the
/// inbox itself as well.
/// </summary>
internal sealed class InboxHealth(Database database, InboxOptions options, IClock clock)
{
    /// <summary>IDLE ends after five minutes at the latest, so that a reader that lives looks more often than that.</summary>
    private static readonly Duration LongestSilence = Duration.FromMinutes(20);

    private static readonly Duration LongestWait = Duration.FromMinutes(15);

    /// <summary>The inbox that is set, by name; null where mail comes by pipe or webhook alone, or not at all.</summary>
    public string? Inbox { get; } = options.Kind switch
    {
        InboxKind.Maildir => $"maildir {options.Maildir}",
        InboxKind.Imap => $"imap {options.Imap.User} {options.Imap.Host} {options.Imap.Folder}",
        _ => null,
    };

    /// <summary>A look worked; <paramref name="warning"/> is what should be mended all the same.</summary>
    public Task LookedAsync(bool hasRead, string? warning, CancellationToken ct) => Inbox is null
        ? Task.CompletedTask
        : database.ExecuteAsync(InboxHealthQueries.Looked, new { inbox = Inbox, hasRead, warning, now = clock.GetCurrentInstant() }, ct);

    /// <summary>A look failed.</summary>
    public Task FailedAsync(string error, CancellationToken ct) => Inbox is null
        ? Task.CompletedTask
        : database.ExecuteAsync(InboxHealthQueries.Failed, new { inbox = Inbox, error, now = clock.GetCurrentInstant() }, ct);

    /// <summary>How it stands.</summary>
    public async Task<InboxState> ReadAsync(CancellationToken ct)
    {
        var waiting = await database.QuerySingleOrDefaultAsync<WaitingMail>(InboxHealthQueries.Waiting, null, ct);
        var look = Inbox is null ? null : await database.QuerySingleOrDefaultAsync<InboxLook>(InboxHealthQueries.Find, new { inbox = Inbox }, ct);
        return new InboxState
        {
            Inbox = Inbox,
            LookedAt = look?.LookedAt,
            ReadAt = look?.ReadAt,
            Waiting = waiting?.Count ?? 0,
            OldestWaitingSince = waiting?.Oldest,
            Faults = [.. Faults(look, waiting, clock.GetCurrentInstant())],
            Warning = look?.Warning,
        };
    }

    /// <summary>Looks into the inbox itself: whether it is reached, lets us in, has its folder and takes our marks.</summary>
    public async Task<(bool Ok, bool IsWarning, string Detail)> ExamineAsync(CancellationToken ct)
    {
        if (options.Kind == InboxKind.None && !options.HasWebhook)
            return (false, true, "off: bounces, complaints and commands by mail are not heard; set Inbox__Kind");
        var state = await ReadAsync(ct);
        var (isOpen, isMissing, seen) = await LookAsync(ct);
        if (!isOpen)
            return (false, false, seen);
        if (isMissing && state.Faults.Count == 0)
            return (false, true, seen);
        var history = state.ReadAt is { } read ? string.Create(CultureInfo.InvariantCulture, $"; mail was last read at {read}") : Inbox is null ? "" : "; no mail was read yet";
        if (state.Faults.Count > 0)
            return (false, false, $"{seen}{history}. {string.Join(' ', state.Faults)}");
        return state.Warning is { } warning ? (false, true, $"{seen}{history}. {warning}") : (true, false, seen + history);
    }

    private async Task<(bool IsOpen, bool IsMissing, string Seen)> LookAsync(CancellationToken ct)
    {
        if (Inbox is null)
            return (true, false, "mail comes by pipe or webhook");
        try
        {
            if (options is { Kind: InboxKind.Maildir, Maildir: { } folder } && !MaildirFolder.IsThere(folder))
                return (true, true, $"there is no Maildir at {folder} yet: a process with the role inbound makes it. Is Inbox__Maildir right?");
            await using var mailbox = InboxReader.Open(options);
            (mailbox as MaildirMailbox)?.Try();
            var count = mailbox is null ? 0 : await mailbox.CountNewAsync(ct);
            return (true, false, string.Create(CultureInfo.InvariantCulture, $"{Inbox} is open, {count} new"));
        }
        catch (MailboxException refused)
        {
            return (false, false, refused.Message);
        }
    }

    private static IEnumerable<string> Faults(InboxLook? look, WaitingMail? waiting, Instant now)
    {
        if (look is { FailingSince: { } since, Error: { } error })
            yield return string.Create(CultureInfo.InvariantCulture, $"The inbox cannot be read since {since}: {error}");
        else if (look is { LookedAt: { } looked } && looked < now - LongestSilence)
            yield return string.Create(CultureInfo.InvariantCulture, $"Nobody has looked into the inbox since {looked}: does a process with the role inbound run?");
        if (waiting is { Count: > 0, Oldest: { } oldest } && oldest < now - LongestWait)
            yield return string.Create(CultureInfo.InvariantCulture, $"{Quantities.Count(waiting.Count, "message waits", "messages wait")} to be handled, the oldest since {oldest}.");
    }

    private sealed record InboxLook
    {
        public Instant? LookedAt { get; init; }
        public Instant? ReadAt { get; init; }
        public Instant? FailingSince { get; init; }
        public string? Error { get; init; }
        public string? Warning { get; init; }
    }

    private sealed record WaitingMail
    {
        public required int Count { get; init; }
        public Instant? Oldest { get; init; }
    }
}

/// <summary>How the inbox stands.</summary>
internal sealed record InboxState
{
    /// <summary>Which inbox; absent where mail comes by pipe or webhook alone.</summary>
    public string? Inbox { get; init; }

    /// <summary>The last look that worked.</summary>
    public Instant? LookedAt { get; init; }

    /// <summary>The last one that found mail.</summary>
    public Instant? ReadAt { get; init; }

    /// <summary>Messages stored and not yet handled.</summary>
    public required int Waiting { get; init; }

    /// <summary>Since when the oldest of them waits.</summary>
    public Instant? OldestWaitingSince { get; init; }

    /// <summary>What keeps mail from being heard, in sentences.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>What should be mended though mail is heard.</summary>
    public string? Warning { get; init; }
}

/// <summary>The statements of <see cref="InboxHealth"/>.</summary>
internal static class InboxHealthQueries
{
    public const string Looked = """
        -- inbox_looks.looked
        insert into inbox_looks as l (inbox, looked_at, read_at, warning)
        values (@inbox, @now, case when @hasRead then @now end, @warning)
        on conflict (inbox) do update
        set looked_at = excluded.looked_at,
            read_at = coalesce(excluded.read_at, l.read_at),
            failing_since = null,
            error = null,
            warning = excluded.warning
        """;

    public const string Failed = """
        -- inbox_looks.failed
        insert into inbox_looks as l (inbox, failing_since, error)
        values (@inbox, @now, @error)
        on conflict (inbox) do update
        set failing_since = coalesce(l.failing_since, excluded.failing_since),
            error = excluded.error
        """;

    public const string Find = """
        -- inbox_looks.find
        select looked_at, read_at, failing_since, error, warning
        from inbox_looks
        where inbox = @inbox
        """;

    public const string Waiting = """
        -- inbound_messages.oldest_waiting
        select count(*)::int as count, min(received_at) as oldest
        from inbound_messages
        where handled_at is null
        """;
}
