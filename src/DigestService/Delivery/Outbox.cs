using System.Security.Cryptography;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Delivery;

/// <summary>Where finished mails wait to be sent. Writing joins the caller's transaction: a mail is owed or it is not.</summary>
internal sealed class Outbox(LinkSigner signer)
{
    private const short DigestPriority = 10;
    private const short TransactionalPriority = 0;

    /// <summary>Reserves <paramref name="count"/> delivery ids.</summary>
    public Task<IReadOnlyList<long>> ReserveIdsAsync(NpgsqlConnection connection, int count, CancellationToken ct) =>
        connection.QueryAsync<long>(OutboxQueries.ReserveIds, new { count }, ct);

    /// <summary>Stores mails as <c>queued</c>, due at <paramref name="now"/>, in the connection's transaction.</summary>
    /// <exception cref="ArgumentException">A recipient is no address; planning and sign-up let none through.</exception>
    public async Task EnqueueAsync(NpgsqlConnection connection, IReadOnlyList<OutgoingMail> mails, Instant now, CancellationToken ct)
    {
        if (mails.Count == 0)
            return;
        await using var copy = await connection.BeginBinaryImportAsync(OutboxQueries.Enqueue, ct);
        foreach (var mail in mails)
            await WriteAsync(copy, mail, now, ct);
        await copy.CompleteAsync(ct);
    }

    /// <summary>Gives up every mail that has waited past its expiry; returns how many.</summary>
    public async Task<int> ExpireLateAsync(Database database, Instant now, CancellationToken ct)
    {
        var total = 0;
        while (await database.ExecuteAsync(DeliveryQueries.ExpireLate, new { now }, ct) is > 0 and var expired)
            total += expired;
        return total;
    }

    /// <summary>How many mails stand in each state, and whether sending is held.</summary>
    public async Task<OutboxStatus> ReadStatusAsync(Database database, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<OutboxStatus>(OutboxQueries.Status, null, ct)
            ?? throw new InvalidOperationException("Counting gave no row.");

    private async Task WriteAsync(NpgsqlBinaryImporter copy, OutgoingMail mail, Instant now, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(mail.Recipient, out var recipient))
            throw new ArgumentException($"Delivery {mail.Id} has no usable recipient.", nameof(mail));
        await copy.StartRowAsync(ct);
        await copy.WriteAsync(mail.Id, NpgsqlDbType.Bigint, ct);
        if (mail.SubscriberId is { } subscriber)
            await copy.WriteAsync(subscriber, NpgsqlDbType.Bigint, ct);
        else
            await copy.WriteNullAsync(ct);
        await copy.WriteAsync(mail.Kind, NpgsqlDbType.Text, ct);
        if (mail.DigestOn is { } day)
            await copy.WriteAsync(day.ToDateOnly(), NpgsqlDbType.Date, ct);
        else
            await copy.WriteNullAsync(ct);
        await copy.WriteAsync(mail.DigestOn is null ? TransactionalPriority : DigestPriority, NpgsqlDbType.Smallint, ct);
        await copy.WriteAsync(mail.Sender, NpgsqlDbType.Text, ct);
        await copy.WriteAsync(recipient.ToString(), NpgsqlDbType.Text, ct);
        await copy.WriteAsync(signer.HashAddress(recipient.Key), NpgsqlDbType.Bytea, ct);
        await copy.WriteAsync(recipient.Domain, NpgsqlDbType.Text, ct);
        await copy.WriteAsync(mail.MessageId, NpgsqlDbType.Text, ct);
        await copy.WriteAsync(mail.Message, NpgsqlDbType.Bytea, ct);
        await copy.WriteAsync(SHA256.HashData(mail.Message), NpgsqlDbType.Bytea, ct);
        await copy.WriteAsync("queued", NpgsqlDbType.Text, ct);
        await copy.WriteAsync(now.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        await copy.WriteAsync(now.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        if (mail.ExpiresAt is { } end)
            await copy.WriteAsync(end.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        else
            await copy.WriteNullAsync(ct);
    }
}

/// <summary>The outbox at a glance.</summary>
internal sealed record OutboxStatus
{
    /// <summary>Waiting for their first attempt, those already in a worker's hand included.</summary>
    public required long Queued { get; init; }

    /// <summary>How many of the queued a worker has in flight.</summary>
    public required long Claimed { get; init; }

    /// <summary>On the wire, or their worker died and its lease has not ended.</summary>
    public required long Sending { get; init; }

    /// <summary>Taken by a relay.</summary>
    public required long Sent { get; init; }

    /// <summary>Waiting for another attempt.</summary>
    public required long Deferred { get; init; }

    /// <summary>Refused for good, expired or quarantined.</summary>
    public required long Failed { get; init; }

    /// <summary>In doubt.</summary>
    public required long Unknown { get; init; }

    /// <summary>How many of those in doubt wait for the operator.</summary>
    public required long Parked { get; init; }

    /// <summary>Stopped before they were sent.</summary>
    public required long Suppressed { get; init; }

    /// <summary>Why sending is held; null while it is not.</summary>
    public string? HeldBecause { get; init; }
}
