using System.Globalization;
using DigestService.Delivery;
using DigestService.Inbound.Reading;
using DigestService.Mail;
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
    Database database, BounceAddress bounces, MailIdentity identity, Subscriptions subscriptions, DeliveryTrace trace)
{
    private const int MostClaims = 5;

    /// <summary>Applies bounces in the caller's transaction; answers for each what was done in a word and whose mail it was.</summary>
    public async Task<IReadOnlyList<Applied>> BouncesAsync(NpgsqlConnection connection, IReadOnlyList<InboundReading> readings, Instant now, CancellationToken ct)
    {
        if (readings.Count == 0)
            return [];
        var claims = readings.Select(reading => Claimed(reading).Distinct().Take(MostClaims).ToList()).ToList();
        var ids = claims.SelectMany(claim => claim).Distinct().ToArray();
        var found = (await FindAsync(connection, ids, ct)).ToDictionary(delivery => delivery.Id);
        // What was refused and has been taken since, because the operator sent it again, has not come back yet.
        var counted = (await connection.QueryAsync<EarlierBounce>(InboundQueries.Bounced, new { ids }, ct))
            .Where(bounce => !(found.GetValueOrDefault(bounce.DeliveryId)?.SentAt > bounce.BouncedAt))
            .Select(bounce => bounce.DeliveryId)
            .ToHashSet();
        var returned = new List<(ReportedDelivery Delivery, ReportedRecipient Recipient)>();
        var applied = new List<Applied>(readings.Count);
        for (var i = 0; i < readings.Count; i++)
        {
            if (claims[i].Find(found.ContainsKey) is var id && id == 0)
                applied.Add(new Applied("unmatched"));
            else if (RecipientOf(readings[i], found[id]) is not { } recipient)
                applied.Add(new Applied("unmatched", found[id].SubscriberId));
            else if (!counted.Add(id))
                applied.Add(new Applied("counted_before", found[id].SubscriberId));
            else
            {
                returned.Add((found[id], recipient));
                applied.Add(new Applied(recipient.Permanent ? "bounced_hard" : "bounced_soft", found[id].SubscriberId));
            }
        }

        await RecordAsync(connection, returned, now, ct);
        return applied;
    }

    private async Task RecordAsync(
        NpgsqlConnection connection, List<(ReportedDelivery Delivery, ReportedRecipient Recipient)> returned, Instant now, CancellationToken ct)
    {
        if (returned.Count == 0)
            return;
        foreach (var (delivery, recipient) in returned)
        {
            using var span = trace.Start("digest.reply", delivery.Id);
            span?.SetTag("digest.report", recipient.Permanent ? "bounced_hard" : "bounced_soft").SetTag("smtp.enhanced_status", recipient.Status);
        }

        await connection.ExecuteAsync(
            InboundQueries.ReturnDeliveries,
            new { ids = returned.Select(of => of.Delivery.Id).ToArray(), replies = returned.Select(of => Describe(of.Recipient)).ToArray(), now },
            ct);
        await SuppressionList.RecordBouncesAsync(
            connection,
            [
                .. returned.Select(of => new Bounce
                {
                    SubscriberId = of.Delivery.SubscriberId,
                    DeliveryId = of.Delivery.Id,
                    AddressHash = of.Delivery.RecipientKey,
                    Status = of.Recipient.Status,
                    IsPermanent = of.Recipient.Permanent,
                    IsOfMailbox = of.Recipient.IsOfMailbox,
                    Reason = $"{of.Recipient.Reason}: {of.Recipient.Text}",
                }),
            ],
            now,
            database.IsDistributed,
            ct);
    }

    private static ReportedRecipient? RecipientOf(InboundReading reading, ReportedDelivery delivery) =>
        reading.Recipients.FirstOrDefault(of => string.Equals(of.Address, delivery.Recipient, StringComparison.OrdinalIgnoreCase))
        ?? (reading.Recipients.Count > 0 ? reading.Recipients[0] : null);

    /// <summary>
    /// Applies a complaint: the address that the mail went to is suppressed at once, and the subscription ends where it still
    /// is the reader's. Who moved to another address goes on there.
    /// </summary>
    public async Task<Applied> ComplaintAsync(NpgsqlConnection connection, InboundReading reading, CancellationToken ct)
    {
        if (await FindAsync(connection, reading, ct) is not { } delivery)
            return new Applied("unmatched");
        using var span = trace.Start("digest.reply", delivery.Id);
        span?.SetTag("digest.report", "complained");
        if (EmailAddress.TryParse(delivery.Recipient, out var address))
            await subscriptions.ComplainedAsync(connection, address, delivery.SubscriberId, ct);
        return new Applied("complained", delivery.SubscriberId);
    }

    private async Task<ReportedDelivery?> FindAsync(NpgsqlConnection connection, InboundReading reading, CancellationToken ct)
    {
        var ids = Claimed(reading).Distinct().Take(MostClaims).ToArray();
        var found = await FindAsync(connection, ids, ct);
        return ids.Select(id => found.FirstOrDefault(delivery => delivery.Id == id)).FirstOrDefault(delivery => delivery is not null);
    }

    private async Task<IReadOnlyList<ReportedDelivery>> FindAsync(NpgsqlConnection connection, long[] ids, CancellationToken ct)
    {
        var found = new List<ReportedDelivery>();
        foreach (var round in database.Rounds(ids))
            found.AddRange(await connection.QueryAsync<ReportedDelivery>(InboundQueries.FindDeliveries, new { ids = round, onlyBucket = Buckets.OfAll(round) }, ct));
        return found;
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
        public Instant? SentAt { get; init; }
    }

    private sealed record EarlierBounce
    {
        public required long DeliveryId { get; init; }
        public required Instant BouncedAt { get; init; }
    }
}

/// <summary>What was done for a message, in a word, and for which reader.</summary>
internal sealed record Applied(string Action, long? SubscriberId = null);
