namespace DigestService.Mail;

/// <summary>
/// A mailbox of inbound mail, read oldest first. Raw bytes only: parsing is the caller's, after it has stored them.
/// </summary>
public interface IMailbox : IAsyncDisposable
{
    /// <summary>
    /// Yields messages not yet marked as handled. A message larger than <paramref name="maxBytes"/> comes cut
    /// to that length with <see cref="MailboxMessage.IsTruncated"/> set. One that cannot be read hinders no other: it is passed over while others come.
    /// </summary>
    /// <exception cref="MailboxException">The mailbox cannot be reached, secured or opened, or holds nothing but mail that cannot be read.</exception>
    IAsyncEnumerable<MailboxMessage> ReadNewAsync(int maxBytes, CancellationToken ct);

    /// <summary>How many messages <see cref="ReadNewAsync"/> would yield now.</summary>
    /// <exception cref="MailboxException">The mailbox cannot be reached, secured or opened.</exception>
    Task<int> CountNewAsync(CancellationToken ct);

    /// <summary>Marks messages as handled, so that they are not yielded again. One that is gone is no error.</summary>
    Task MarkHandledAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken ct);

    /// <summary>What the operator should mend though mail is read; null while all is well.</summary>
    string? Warning { get; }

    /// <summary>Waits until new mail may be there (IMAP IDLE, RFC 2177) or <paramref name="limit"/> has passed.</summary>
    Task WaitForMailAsync(TimeSpan limit, CancellationToken ct);
}

/// <summary>One stored message; <see cref="Key"/> is stable in its mailbox (UIDVALIDITY and UID, or a file name).</summary>
public sealed record MailboxMessage(string Key, ReadOnlyMemory<byte> Raw, bool IsTruncated);

/// <summary>A mailbox that could not be used, with a sentence for the operator.</summary>
public sealed class MailboxException(string message, Exception? inner = null) : Exception(message, inner);
