using System.Globalization;
using DigestService.Delivery;
using DigestService.Inbound.Reading;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>
/// What bounces and complaints do. A report counts only for a delivery of ours that it names with something nobody can
/// invent: the signed envelope address, the signed Message-ID, or the envelope identifier with either in it.
/// </summary>
internal sealed class ReportApplier(
    BounceAddress bounces, MailIdentity identity, SuppressionList suppressions, Subscriptions subscriptions, DeliveryTrace trace)
{
    /// <summary>Applies a bounce in the caller's transaction; answers what was done in a word and whose mail it was.</summary>
    public async Task<Applied> BounceAsync(NpgsqlConnection connection, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (await FindAsync(connection, reading, ct) is not { } delivery)
            return new Applied("unmatched");
        var recipient = reading.Recipients.FirstOrDefault(of => string.Equals(of.Address, delivery.Recipient, StringComparison.OrdinalIgnoreCase))
            ?? (reading.Recipients.Count > 0 ? reading.Recipients[0] : null);
        if (recipient is null)
            return new Applied("unmatched", delivery.SubscriberId);
        if (await connection.QuerySingleAsync<bool>(InboundQueries.HasBounced, new { id = delivery.Id }, ct))
            return new Applied("counted_before", delivery.SubscriberId);
        using var span = trace.Start("digest.reply", delivery.Id);
        span?.SetTag("digest.report", recipient.Permanent ? "bounced_hard" : "bounced_soft").SetTag("smtp.enhanced_status", recipient.Status);
        await connection.ExecuteAsync(
            InboundQueries.ReturnDelivery, new { id = delivery.Id, now, reply = Describe(recipient) }, ct);
        await SuppressionList.RecordBouncesAsync(
            connection,
            [
                new Bounce
                {
                    SubscriberId = delivery.SubscriberId,
                    DeliveryId = delivery.Id,
                    AddressHash = delivery.RecipientKey,
                    Status = recipient.Status,
                    IsPermanent = recipient.Permanent,
                    Reason = $"{recipient.Reason}: {recipient.Text}",
                },
            ],
            now,
            ct);
        return new Applied(recipient.Permanent ? "bounced_hard" : "bounced_soft", delivery.SubscriberId);
    }

    /// <summary>Applies a complaint: the address is suppressed at once.</summary>
    public async Task<Applied> ComplaintAsync(NpgsqlConnection connection, InboundReading reading, Instant now, CancellationToken ct)
    {
        if (await FindAsync(connection, reading, ct) is not { } delivery)
            return new Applied("unmatched");
        using var span = trace.Start("digest.reply", delivery.Id);
        span?.SetTag("digest.report", "complained");
        if (delivery.SubscriberId is { } id)
            await subscriptions.ComplainedAsync(connection, id, ct);
        if (Mail.EmailAddress.TryParse(delivery.Recipient, out var address))
            await suppressions.AddAsync(connection, address.Key, "complained", "A feedback report named a mail to this address.", now, ct);
        return new Applied("complained", delivery.SubscriberId);
    }

    private async Task<ReportedDelivery?> FindAsync(NpgsqlConnection connection, InboundReading reading, CancellationToken ct)
    {
        foreach (var id in Claimed(reading).Distinct().Take(5))
        {
            if (await connection.QuerySingleOrDefaultAsync<ReportedDelivery>(InboundQueries.FindDelivery, new { id }, ct) is { } delivery)
                return delivery;
        }

        return null;
    }

    private IEnumerable<long> Claimed(InboundReading reading)
    {
        foreach (var address in reading.To.Concat(reading.ReturnedEnvelopes))
        {
            if (bounces.TryRead(address, out var id))
                yield return id;
        }

        foreach (var messageId in reading.ReturnedMessageIds.Concat(reading.EnvelopeIds))
        {
            if (DeliveryOf(messageId) is { } id)
                yield return id;
        }
    }

    // kind.DELIVERY.MAC@domain: the mac is compared by making the whole name anew.
    private long? DeliveryOf(string messageId)
    {
        var parts = messageId.Split('@')[0].Split('.');
        return parts.Length == 3
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && string.Equals(identity.MessageId(parts[0], id).Split('@')[0], messageId.Split('@')[0], StringComparison.Ordinal)
                ? id
                : null;
    }

    private static string Describe(ReportedRecipient recipient) =>
        RefusalCodes.Shorten($"[Report] {recipient.Status} {recipient.Reason}: {recipient.Text}") ?? "[Report]";

    private sealed record ReportedDelivery
    {
        public required long Id { get; init; }
        public long? SubscriberId { get; init; }
        public required string Recipient { get; init; }
        public required byte[] RecipientKey { get; init; }
    }
}

/// <summary>What was done for a message, in a word, and for which reader.</summary>
internal sealed record Applied(string Action, long? SubscriberId = null);
