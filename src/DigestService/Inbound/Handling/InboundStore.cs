using System.Security.Cryptography;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Inbound.Handling;

/// <summary>Where messages are kept as they came. Storing comes before reading: what was taken from a mailbox is never lost.</summary>
internal sealed class InboundStore(Database database, IClock clock)
{
    /// <summary>
    /// Stores a message and answers its row. The same octets are the same message: a mailbox that is read twice, numbers
    /// its mail anew or is read by two workers brings nothing twice.
    /// </summary>
    public async Task<long> AddAsync(string source, ReadOnlyMemory<byte> raw, bool isTruncated, CancellationToken ct)
    {
        var hash = SHA256.HashData(raw.Span);
        var id = await database.QuerySingleOrDefaultAsync<long?>(
            InboundQueries.Add, new { raw = raw.ToArray(), hash, source, isTruncated, now = clock.GetCurrentInstant() }, ct);
        return id
            ?? await database.QuerySingleOrDefaultAsync<long?>(InboundQueries.FindByHash, new { hash }, ct)
            // It was erased with its sender between the two statements: nobody is left to act for.
            ?? 0;
    }

    /// <summary>Rows stored and not handled, behind <paramref name="after"/>, oldest first.</summary>
    public Task<IReadOnlyList<long>> WaitingAsync(long after, int limit, CancellationToken ct) =>
        database.QueryAsync<long>(InboundQueries.Waiting, new { after, limit }, ct);

    /// <summary>How many are stored and not handled.</summary>
    public Task<int> CountWaitingAsync(CancellationToken ct) => database.QuerySingleOrDefaultAsync<int>(InboundQueries.CountWaiting, null, ct);
}

/// <summary>A stored message.</summary>
internal sealed record InboundRow
{
    public required long Id { get; init; }
    public byte[]? Raw { get; init; }
    public long? SubscriberId { get; init; }
    public Instant? HandledAt { get; init; }
    public Instant? AwaitsUntil { get; init; }
    public string? Kind { get; init; }
    public string? Action { get; init; }
}
