using System.Security.Cryptography;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Inbound.Handling;

/// <summary>Where messages are kept as they came. Storing comes before reading: what was taken from a mailbox is never lost.</summary>
internal sealed class InboundStore(Database database, IClock clock)
{
    /// <summary>
    /// Stores messages and answers the row of each. The same octets are the same message: a mailbox that is read twice,
    /// numbers its mail anew or is read by two workers brings nothing twice.
    /// </summary>
    public async Task<IReadOnlyList<long>> AddAsync(string source, IReadOnlyList<StoredOctets> messages, CancellationToken ct)
    {
        var hashes = messages.Select(message => SHA256.HashData(message.Raw.Span)).ToArray();
        var rows = await database.QueryAsync<HashedRow>(
            InboundQueries.Add,
            new
            {
                raws = messages.Select(message => message.Raw.ToArray()).ToArray(),
                hashes,
                areTruncated = messages.Select(message => message.IsTruncated).ToArray(),
                source,
                now = clock.GetCurrentInstant(),
            },
            ct);
        var byHash = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in rows)
            byHash[Convert.ToHexString(row.ContentHash)] = row.Id;
        var ids = new List<long>(messages.Count);
        foreach (var hash in hashes)
        {
            // Another worker stored it while we did, or it was erased with its sender: then nobody is left to act for.
            ids.Add(byHash.TryGetValue(Convert.ToHexString(hash), out var id)
                ? id
                : await database.QuerySingleOrDefaultAsync<long?>(InboundQueries.FindByHash, new { hash }, ct) ?? 0);
        }

        return ids;
    }

    /// <summary>Stores one message.</summary>
    public async Task<long> AddAsync(string source, ReadOnlyMemory<byte> raw, bool isTruncated, CancellationToken ct) =>
        (await AddAsync(source, [new StoredOctets(raw, isTruncated)], ct))[0];

    /// <summary>Rows stored and not handled, behind <paramref name="after"/>, oldest first.</summary>
    public Task<IReadOnlyList<long>> WaitingAsync(long after, int limit, CancellationToken ct) =>
        database.QueryAsync<long>(InboundQueries.Waiting, new { after, limit }, ct);

    /// <summary>How many are stored and not handled.</summary>
    public Task<int> CountWaitingAsync(CancellationToken ct) => database.QuerySingleOrDefaultAsync<int>(InboundQueries.CountWaiting, null, ct);

    private sealed record HashedRow
    {
        public required long Id { get; init; }
        public required byte[] ContentHash { get; init; }
    }
}

/// <summary>A message as it came; <paramref name="IsTruncated"/>: only its beginning.</summary>
internal readonly record struct StoredOctets(ReadOnlyMemory<byte> Raw, bool IsTruncated);

/// <summary>A stored message.</summary>
internal sealed record InboundRow
{
    public required long Id { get; init; }
    public byte[]? Raw { get; init; }
    public long? SubscriberId { get; init; }
    public required Instant ReceivedAt { get; init; }
    public Instant? HandledAt { get; init; }
    public Instant? AwaitsUntil { get; init; }
    public string? Kind { get; init; }
    public string? Action { get; init; }
}
