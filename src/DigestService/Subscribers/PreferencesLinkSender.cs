using DigestService.Mail;
using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>
/// Mails the link to their preferences to whoever types their address. What the asker sees is the same for every address;
/// each mail makes the wait for the next one longer, as it does for sign-ups.
/// </summary>
internal sealed class PreferencesLinkSender(Database database, IClock clock, SuppressionList suppressions, SubscriberRows rows, SignUpMailer mailer, SignUpBudget budget)
{
    /// <summary>
    /// Mails a subscribed reader the link, and one who has not confirmed yet the link to confirm. Nobody else is mailed, and
    /// nobody whose last such mail is too recent. False where too many strangers were answered in this hour, whoever asks.
    /// </summary>
    public Task<bool> SendAsync(EmailAddress address, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var now = clock.GetCurrentInstant();
            if (await budget.IsSpentAsync(connection, now, ct))
                return false;
            if ((await suppressions.FindAsync(connection, [address.Key], ct)).Count > 0)
                return true;
            if (await rows.LockAsync(connection, [address.Key], ct) is not [var reader] || !reader.MayBeMailed(now))
                return true;
            if (reader.IsConfirmed)
                await mailer.SendPreferencesLinkAsync(connection, reader, now, ct);
            else if (reader.State is SubscriberState.Pending)
                await mailer.AskToConfirmAsync(connection, [reader], now, ct);
            else
                return true;
            await SubscriberRows.SaveAsync(connection, [reader.Mailed(now)], [], ct);
            await SignUpBudget.TakeAsync(connection, now, ct);
            return true;
        },
        ct);
}
