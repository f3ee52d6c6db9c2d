using System.Security.Cryptography;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>Where finished mails wait to be sent. Writing joins the caller's transaction: a mail is owed or it is not.</summary>
internal sealed class Outbox(LinkSigner signer)
{
    private const short DigestPriority = 10;
    private const short RecipePriority = 11;
    private const short PackedRecipePriority = 13;
    private const short TransactionalPriority = 0;

    /// <summary>Reserves an id for each mail in the bucket that <see cref="BucketOf"/> says, in the connection's transaction.</summary>
    public Task<IReadOnlyList<long>> ReserveIdsAsync(NpgsqlConnection connection, short[] buckets, CancellationToken ct) =>
        connection.QueryAsync<long>(OutboxQueries.ReserveIds, new { buckets }, ct);

    /// <summary>The bucket that a mail stands in: that of the reader it belongs to, and that of the recipient's address where there is none.</summary>
    /// <exception cref="ArgumentException">It belongs to nobody, and the recipient is no address.</exception>
    public static short BucketOf(long? subscriberId, string recipient) => (subscriberId, EmailAddress.TryParse(recipient, out var address)) switch
    {
        ({ } reader, _) => Buckets.Of(reader),
        (null, true) => Buckets.OfAddress(address.Key),
        _ => throw new ArgumentException("A mail without a reader has no usable recipient.", nameof(recipient)),
    };

    /// <summary>Stores mails as <c>queued</c>, due at <paramref name="now"/>, in the connection's transaction.</summary>
    /// <exception cref="ArgumentException">A recipient is no address; planning and sign-up let none through.</exception>
    public Task EnqueueAsync(NpgsqlConnection connection, IReadOnlyList<OutgoingMail> mails, Instant now, CancellationToken ct) =>
        EnqueueAsync(connection, mails, null, now, ct);

    /// <summary>
    /// The same, with as many as <paramref name="direct"/> has room for written as claimed. Those are answered: they are to be
    /// handed over once the transaction is committed, and not before.
    /// </summary>
    /// <exception cref="ArgumentException">A recipient is no address; planning and sign-up let none through.</exception>
    public async Task<IReadOnlyList<InFlightDelivery>> EnqueueAsync(
        NpgsqlConnection connection, IReadOnlyList<OutgoingMail> mails, DirectClaim? direct, Instant now, CancellationToken ct)
    {
        if (mails.Count == 0)
            return [];
        var leaseUntil = direct is null ? default : await connection.QuerySingleAsync<Instant>(OutboxQueries.LeaseFromNow, new { lease = direct.LeaseSeconds }, ct);
        var fragments = mails.SelectMany(mail => mail.Recipe?.Fragments ?? []).ToHashSet();
        var ids = fragments.Count == 0 ? [] : await StoredFragments.KeepAsync(connection, fragments, ct);
        if (fragments.Count > 0)
            await connection.ExecuteAsync(OutboxQueries.CompressByLz4, null, ct);
        var claimed = new List<InFlightDelivery>();
        var rooms = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var copy = await CopyWriter.BeginAsync(connection, OutboxQueries.Enqueue, ct);
        foreach (var mail in mails)
        {
            var row = Row(mail, ids);
            var claim = mail.Recipe is not null && direct is not null && claimed.Count < direct.Room && IsRoomFor(row.RecipientDomain) ? direct : null;
            await copy.StartRowAsync(ct);
            Write(copy, mail, row, claim, leaseUntil, now);
            if (claim is not null)
                claimed.Add(new InFlightDelivery(row, claim.HeldUntil, TimeProvider.System));
        }

        await copy.CompleteAsync(ct);
        return claimed;

        bool IsRoomFor(string domain)
        {
            if (!rooms.TryGetValue(domain, out var room))
                room = direct.RoomFor(domain);
            rooms[domain] = room - 1;
            return room > 0;
        }
    }

    /// <summary>A mail as its claim would return it.</summary>
    private ClaimedMail Row(OutgoingMail mail, Dictionary<MailFragment, long> fragments)
    {
        if (!EmailAddress.TryParse(mail.Recipient, out var recipient))
            throw new ArgumentException($"Delivery {mail.Id} has no usable recipient.", nameof(mail));
        var message = mail.Recipe?.Octets ?? mail.Message ?? throw new ArgumentException($"Delivery {mail.Id} has neither a message nor a recipe.", nameof(mail));
        return new ClaimedMail
        {
            Id = mail.Id,
            Fence = 1,
            SubscriberId = mail.SubscriberId,
            DigestOn = mail.DigestOn,
            Priority = PriorityOf(mail),
            Sender = mail.Sender,
            Recipient = recipient.ToString(),
            RecipientKey = signer.HashAddress(recipient.Key),
            RecipientDomain = recipient.Domain,
            Message = message,
            Fragments = mail.Recipe?.Fragments.Select(fragment => fragments[fragment]).ToArray(),
            Recipe = mail.Recipe,
            ContentHash = mail.Recipe?.Hash() ?? SHA256.HashData(message),
            Attempts = 0,
            Doubts = 0,
            Faults = 0,
        };
    }

    /// <summary>Ends every mail that has waited past its expiry, or parks it where it is in doubt; returns how many of each.</summary>
    public async Task<(int Failed, int Unknown)> ExpireLateAsync(Database database, Instant now, CancellationToken ct)
    {
        var (failed, unknown) = (0, 0);
        while (await Claims.ExpireLateAsync(database, now, ct) is { Count: > 0 } expired)
        {
            var parked = expired.Count(mail => mail.State == "unknown");
            (failed, unknown) = (failed + expired.Count - parked, unknown + parked);
        }

        return (failed, unknown);
    }

    /// <summary>
    /// Gives up the digests of a reader that wait, in the transaction of the caller, who has locked the reader: a mark locks the reader too,
    /// so that each is either being sent or is not sent. Answers their ids.
    /// </summary>
    public static Task<IReadOnlyList<long>> GiveUpDigestsAsync(NpgsqlConnection connection, long subscriber, string reason, Instant now, CancellationToken ct) =>
        connection.QueryAsync<long>(OutboxQueries.GiveUpDigests, new { subscriber, reason, now }, ct);

    private static short PriorityOf(OutgoingMail mail) => mail switch
    {
        { DigestOn: null } => TransactionalPriority,
        { Recipe: null } => DigestPriority,
        { Recipe.IsPacked: true } => PackedRecipePriority,
        _ => RecipePriority,
    };

    private static void Write(CopyWriter copy, OutgoingMail mail, ClaimedMail row, DirectClaim? claim, Instant leaseUntil, Instant now)
    {
        copy.Write(Buckets.Of(row.Id));
        copy.Write(row.Id);
        copy.Write(row.SubscriberId);
        copy.Write(mail.Kind);
        copy.Write(row.DigestOn);
        copy.Write(row.Priority);
        copy.Write(row.Sender);
        copy.Write(row.Recipient);
        copy.Write(row.RecipientKey);
        copy.Write(row.RecipientDomain);
        copy.Write(mail.MessageId);
        copy.Write(row.Message);
        copy.Write(mail.Recipe is { IsPacked: true } && row.Fragments is { } ids ? FragmentIds.Pack(ids) : row.Fragments);
        copy.Write(row.ContentHash);
        copy.Write(claim is null ? "queued" : "claimed");
        copy.Write(now);
        copy.Write(now);
        copy.Write(mail.ExpiresAt);
        copy.Write(claim is null ? 0L : row.Fence);
        copy.Write(claim?.Owner);
        copy.Write(claim is null ? null : (Instant?)leaseUntil);
    }
}
