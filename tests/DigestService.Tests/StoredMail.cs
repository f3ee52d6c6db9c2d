using DigestService.Delivery;
using DigestService.Platform;

namespace DigestService.Tests;

/// <summary>Mails as they stand in the outbox, put together where they are recipes.</summary>
internal static class StoredMail
{
    /// <summary>The latest mail, or the latest to an address; null where there is none.</summary>
    public static async Task<byte[]?> LatestAsync(Database database, string? recipient = null)
    {
        var mails = await AllAsync(database, recipient);
        return mails.Count > 0 ? mails[0] : null;
    }

    /// <summary>The mails that are stored whole or as recipes, or those of an address; the latest first.</summary>
    public static async Task<IReadOnlyList<byte[]>> AllAsync(Database database, string? recipient = null)
    {
        await using var connection = await database.OpenAsync(default);
        var rows = await connection.QueryAsync<Row>(
            """
            select message, fragments
            from deliveries
            where (@recipient::text is null or recipient = @recipient)
              and message is not null
            order by id desc
            """,
            new { recipient },
            default);
        var mails = new List<byte[]>();
        foreach (var row in rows)
        {
            if (await StoredFragments.ToMailAsync(connection, row.Message, row.Fragments, default) is { } mail)
                mails.Add(mail);
        }

        return mails;
    }

    private sealed record Row
    {
        public required byte[] Message { get; init; }

        public long[]? Fragments { get; init; }
    }
}
