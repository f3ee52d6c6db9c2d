using DigestService.Mail;
using DigestService.Platform;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// Erases readers to the one hash that keeps us from mailing them again: one who asks, or many who left long ago. Who signs up
/// anew meanwhile loses nothing of the new subscription.
/// </summary>
internal sealed class Erasure(Database database, IClock clock, LinkSigner signer, SuppressionList suppressions)
{
    private const int MailsAtOnce = 100;

    /// <summary>
    /// Erases all that is held on an address, a reader's row or only what was left of one; false when nothing is held. The
    /// suppression stays, a keyed hash, so that neither an import nor a restored list mails them again.
    /// </summary>
    public Task<bool> EraseAsync(EmailAddress address, CancellationToken ct) =>
        database.InTransactionAsync(connection => EraseAsync(connection, address, ct), ct);

    /// <summary>The same in the caller's transaction.</summary>
    public async Task<bool> EraseAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct)
    {
        var id = await SubscriberRows.FindIdAsync(connection, address, ct);
        var rows = await connection.QueryAsync<ErasedReader>(ErasureQueries.LockReader, new { id, addressKey = address.Key }, ct);
        return await EraseAsync(connection, rows, [address.Key], waitingToo: true, ct) > 0;
    }

    /// <summary>
    /// Erases some of those who left before a moment; answers how many that were, 0 when none is left. A mail of theirs that
    /// waits to be handled stays: it may be a new sign-up.
    /// </summary>
    public Task<int> EraseLeftAsync(short[] buckets, Instant before, int most, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var left = await connection.QueryAsync<ErasedReader>(ErasureQueries.LockLeft, new { buckets, onlyBucket = Buckets.Only(buckets), before, count = most }, ct);
            if (left.Count > 0)
                await EraseAsync(connection, left, left.Select(reader => reader.AddressKey).ToArray(), waitingToo: false, ct);
            return left.Count;
        },
        ct);

    /// <summary>
    /// Erases, in the caller's transaction that holds the row, a reader whose address has become another's, who may be mailed there: links to leave
    /// that the former had end the mails of <paramref name="successor"/>.
    /// </summary>
    public async Task EraseFormerAsync(NpgsqlConnection connection, Subscriber former, long successor, CancellationToken ct)
    {
        await EraseRowsAsync(connection, [new ErasedReader { Id = former.Id, AddressKey = former.AddressKey }], [former.AddressKey], waitingToo: false, ct);
        await SubscriberRows.FollowAsync(connection, [successor], [signer.HashAddress(former.AddressKey)], ct);
    }

    private async Task<long> EraseAsync(
        NpgsqlConnection connection, IReadOnlyList<ErasedReader> readers, string[] keys, bool waitingToo, CancellationToken ct)
    {
        var erased = await EraseRowsAsync(connection, readers, keys, waitingToo, ct) + await connection.ExecuteAsync(ErasureQueries.ForgetWishes, new { keys }, ct);
        if (erased > 0)
            await suppressions.AddAsync(connection, keys, "erased", null, clock.GetCurrentInstant(), ct);
        return erased;
    }

    private async Task<long> EraseRowsAsync(
        NpgsqlConnection connection, IReadOnlyList<ErasedReader> readers, string[] keys, bool waitingToo, CancellationToken ct)
    {
        var ids = readers.Select(reader => reader.Id).ToArray();
        var hashes = keys.Select(signer.HashAddress).ToArray();
        var queries = await connection.QueryAsync<long>(ErasureQueries.LockOwnQueries, new { ids }, ct);
        var erased = await connection.QuerySingleAsync<long>(ErasureQueries.Erase, new { ids, onlyBucket = Buckets.OfAll(ids), keys, hashes, waitingToo }, ct)
            + await EmptyMailsThatNameAsync(connection, ids, keys, hashes, waitingToo, ct);
        await TopicCatalogue.RemoveQueriesAsync(connection, queries, ct);
        await connection.ExecuteAsync(
            ErasureQueries.RememberRows, new { ids, hashes = readers.Select(reader => signer.HashAddress(reader.AddressKey)).ToArray() }, ct);
        return erased;
    }

    /// <summary>
    /// Mails that others wrote may name an address: a bounce that matched no delivery any more, a mail that was passed on. Those
    /// that were handled are found by the hashes of what they name; the few others are read.
    /// </summary>
    private static async Task<int> EmptyMailsThatNameAsync(
        NpgsqlConnection connection, long[] ids, string[] keys, byte[][] hashes, bool waitingToo, CancellationToken ct)
    {
        var named = new List<long>(await connection.QueryAsync<long>(ErasureQueries.FindNaming, new { ids, keys, hashes }, ct));
        for (var after = 0L; await connection.QueryAsync<StoredMail>(ErasureQueries.ReadInbound, new { after, ids, keys, waitingToo, limit = MailsAtOnce }, ct) is { Count: > 0 } mails; after = mails[^1].Id)
            named.AddRange(mails.Where(mail => NamedAddresses.IsNamed(mail.Raw, mail.Subject, mail.Excerpt, keys)).Select(mail => mail.Id));
        return named.Count == 0 ? 0 : await connection.ExecuteAsync(ErasureQueries.EmptyInbound, new { mails = named.ToArray() }, ct);
    }

    private sealed record ErasedReader
    {
        public required long Id { get; init; }
        public required string AddressKey { get; init; }
    }

    private sealed record StoredMail
    {
        public required long Id { get; init; }
        public byte[]? Raw { get; init; }
        public string? Subject { get; init; }
        public string? Excerpt { get; init; }
    }
}
