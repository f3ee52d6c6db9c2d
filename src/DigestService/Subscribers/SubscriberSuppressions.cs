using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What the list of suppressions means for subscribing: who left may come back, who bounced or complained may not.</summary>
internal sealed class SubscriberSuppressions(LinkSigner signer)
{
    /// <summary>Reasons by address key, for those that are suppressed at all.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(
        NpgsqlConnection connection, IReadOnlyCollection<string> addressKeys, CancellationToken ct)
    {
        var keys = addressKeys.ToDictionary(key => Convert.ToHexString(signer.HashAddress(key)), StringComparer.Ordinal);
        var rows = await connection.QueryAsync<Row>(
            SubscriberQueries.FindSuppressed, new { hashes = addressKeys.Select(signer.HashAddress).ToArray() }, ct);
        return rows.ToDictionary(row => keys[Convert.ToHexString(row.AddressHash)], row => row.Reason, StringComparer.Ordinal);
    }

    /// <summary>The reader has left (<c>unsubscribed</c>) or is forgotten (<c>erased</c>).</summary>
    public Task AddAsync(NpgsqlConnection connection, string addressKey, string reason, Instant now, CancellationToken ct) =>
        connection.ExecuteAsync(SubscriberQueries.Suppress, new { hash = signer.HashAddress(addressKey), reason, now }, ct);

    /// <summary>The reader has confirmed anew: what they themselves had ended no longer stands in the way of their digests.</summary>
    public Task LiftOwnAsync(NpgsqlConnection connection, IReadOnlyCollection<string> addressKeys, CancellationToken ct) =>
        connection.ExecuteAsync(SubscriberQueries.LiftOwn, new { hashes = addressKeys.Select(signer.HashAddress).ToArray() }, ct);

    /// <summary>Whether a reason binds us, whatever the reader asks for.</summary>
    public static bool IsFinal(string reason) => reason is not ("unsubscribed" or "erased");

    private sealed record Row
    {
        public required byte[] AddressHash { get; init; }
        public required string Reason { get; init; }
    }
}
