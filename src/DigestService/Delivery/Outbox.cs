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
    private const short RecipePriority = 11;
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
        var fragments = mails.SelectMany(mail => mail.Recipe?.Fragments ?? []).ToHashSet();
        var ids = fragments.Count == 0 ? [] : await StoredFragments.KeepAsync(connection, fragments, ct);
        await using var copy = await connection.BeginBinaryImportAsync(OutboxQueries.Enqueue, ct);
        foreach (var mail in mails)
            await WriteAsync(copy, mail, ids, now, ct);
        await copy.CompleteAsync(ct);
    }

    /// <summary>Ends every mail that has waited past its expiry, or parks it where it is in doubt; returns how many.</summary>
    public async Task<int> ExpireLateAsync(Database database, Instant now, CancellationToken ct)
    {
        var total = 0;
        while (await database.QueryAsync<ExpiredMail>(DeliveryQueries.ExpireLate, new { now, count = Claims.MostExpiredAtOnce }, ct) is { Count: > 0 } expired)
            total += expired.Count;
        return total;
    }

    private static short PriorityOf(OutgoingMail mail) =>
        mail.DigestOn is null ? TransactionalPriority : mail.Recipe is null ? DigestPriority : RecipePriority;

    private async Task WriteAsync(NpgsqlBinaryImporter copy, OutgoingMail mail, Dictionary<MailFragment, long> fragments, Instant now, CancellationToken ct)
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
        await copy.WriteAsync(PriorityOf(mail), NpgsqlDbType.Smallint, ct);
        await copy.WriteAsync(mail.Sender, NpgsqlDbType.Text, ct);
        await copy.WriteAsync(recipient.ToString(), NpgsqlDbType.Text, ct);
        await copy.WriteAsync(signer.HashAddress(recipient.Key), NpgsqlDbType.Bytea, ct);
        await copy.WriteAsync(recipient.Domain, NpgsqlDbType.Text, ct);
        await copy.WriteAsync(mail.MessageId, NpgsqlDbType.Text, ct);
        if (mail.Recipe is { } recipe)
        {
            await copy.WriteAsync(recipe.Octets, NpgsqlDbType.Bytea, ct);
            await copy.WriteAsync(recipe.Fragments.Select(fragment => fragments[fragment]).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(recipe.Hash(), NpgsqlDbType.Bytea, ct);
        }
        else
        {
            var message = mail.Message ?? throw new ArgumentException($"Delivery {mail.Id} has neither a message nor a recipe.", nameof(mail));
            await copy.WriteAsync(message, NpgsqlDbType.Bytea, ct);
            await copy.WriteNullAsync(ct);
            await copy.WriteAsync(SHA256.HashData(message), NpgsqlDbType.Bytea, ct);
        }

        await copy.WriteAsync("queued", NpgsqlDbType.Text, ct);
        await copy.WriteAsync(now.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        await copy.WriteAsync(now.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        if (mail.ExpiresAt is { } end)
            await copy.WriteAsync(end.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct);
        else
            await copy.WriteNullAsync(ct);
    }
}
