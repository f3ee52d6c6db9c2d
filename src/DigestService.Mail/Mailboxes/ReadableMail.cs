namespace DigestService.Mail.Mailboxes;

/// <summary>The mails of a mailbox that can be read: one that cannot hinders no other.</summary>
internal static class ReadableMail
{
    /// <summary>
    /// Reads mails one by one. <paramref name="readAsync"/> answers the mail, why it cannot be read, or neither where it is gone.
    /// </summary>
    /// <exception cref="MailboxException">None could be read, and this is why the first could not: told once the others are handled, for the next look finds it alone.</exception>
    public static async IAsyncEnumerable<MailboxMessage> OfAsync<T>(IEnumerable<T> mails, Func<T, Task<(MailboxMessage? Message, MailboxException? Why)>> readAsync)
    {
        MailboxException? unreadable = null;
        var hasRead = false;
        foreach (var mail in mails)
        {
            var (message, why) = await readAsync(mail);
            unreadable ??= why;
            if (message is null)
                continue;
            hasRead = true;
            yield return message;
        }

        if (unreadable is not null && !hasRead)
            throw unreadable;
    }
}
