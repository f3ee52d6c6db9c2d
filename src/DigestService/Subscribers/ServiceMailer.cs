using DigestService.Delivery;
using DigestService.Mails;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>Puts service mails into the outbox, in the transaction that made them due.</summary>
internal sealed class ServiceMailer(Outbox outbox)
{
    /// <summary>A reader as a mail addresses them, with links of their own.</summary>
    public static MailRecipient RecipientOf(Subscriber reader) => new()
    {
        SubscriberId = reader.Id,
        Address = reader.Address,
        Language = reader.Language,
        Zone = reader.Zone,
        LinkVersion = reader.LinkVersion,
    };

    /// <summary>Writes to each recipient; the mail belongs to that reader, or to nobody.</summary>
    public Task EnqueueAsync(
        NpgsqlConnection connection, IReadOnlyList<MailRecipient> recipients, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct) =>
        EnqueueAsync(connection, recipients.Select(recipient => (recipient, recipient.SubscriberId == 0 ? (long?)null : recipient.SubscriberId)).ToList(), kind, compose, now, ct);

    /// <summary>Writes to an address that holds no links of the reader to whom the mail belongs: it may be a stranger's.</summary>
    public Task EnqueueAsync(
        NpgsqlConnection connection, MailRecipient recipient, long owner, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct) =>
        EnqueueAsync(connection, [(recipient with { SubscriberId = 0, LinkVersion = 1 }, owner)], kind, compose, now, ct);

    private async Task EnqueueAsync(
        NpgsqlConnection connection, List<(MailRecipient Recipient, long? Owner)> mails, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct)
    {
        var ids = await outbox.ReserveIdsAsync(connection, [.. mails.Select(mail => Outbox.BucketOf(mail.Owner, mail.Recipient.Address))], ct);
        var composed = mails.Zip(ids, (mail, id) =>
        {
            var made = compose(new ServiceMailContent { DeliveryId = id, Recipient = mail.Recipient, Date = now });
            return new OutgoingMail
            {
                Id = id,
                Kind = kind,
                SubscriberId = mail.Owner,
                Sender = made.Sender,
                Recipient = mail.Recipient.Address,
                MessageId = made.MessageId,
                Message = made.Message,
            };
        });
        await outbox.EnqueueAsync(connection, composed.ToList(), now, ct);
    }
}
