using DigestService.Delivery;
using DigestService.Platform;

namespace DigestService.Tests;

/// <summary>Mails as they stand in the outbox, put together where they are recipes.</summary>
internal static class StoredMail
{
    /// <summary>The latest mail, or the latest to an address; null where there is none.</summary>
    public static async Task<byte[]?> LatestAsync(Database database, string? recipient = null)
    {
        await using var connection = await database.OpenAsync(default);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            "select message, fragments from deliveries where @recipient::text is null or recipient = @recipient order by id desc limit 1", new { recipient }, default);
        return row?.Message is { } message ? await StoredFragments.ToMailAsync(connection, message, row.Fragments, default) : null;
    }

    private sealed record Row
    {
        public byte[]? Message { get; init; }

        public long[]? Fragments { get; init; }
    }
}
