using System.Text;
using DigestService.Delivery;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>Mails for the outbox that need no composer.</summary>
internal static class TestMail
{
    public static readonly Instant Monday = Instant.FromUtc(2026, 3, 2, 7, 0);

    public static OutgoingMail Digest(long id, string? recipient = null, long? subscriber = null) => new()
    {
        Id = id,
        Kind = "digest",
        SubscriberId = subscriber,
        DigestOn = new LocalDate(2026, 3, 2),
        Sender = $"bounces+{id}@service.example",
        Recipient = recipient ?? $"reader{id}@mail.example",
        MessageId = $"{id}@service.example",
        Message = Bytes(id),
        ExpiresAt = Monday + Duration.FromDays(1),
    };

    public static OutgoingMail Confirmation(long id) =>
        Digest(id) with { Kind = "confirmation", DigestOn = null, ExpiresAt = null };

    /// <summary>A digest that never is too late, for workers that live by the real clock.</summary>
    public static OutgoingMail Timeless(long id) => Digest(id) with { ExpiresAt = null };

    /// <summary>Stores that many digests, due at <see cref="Monday"/>, and answers their ids.</summary>
    public static async Task<IReadOnlyList<long>> EnqueueAsync(Database database, int count, Func<long, OutgoingMail>? mail = null)
    {
        var outbox = new Outbox(new LinkSigner(new byte[32]));
        return await database.InTransactionAsync(
            async connection =>
            {
                var ids = await outbox.ReserveIdsAsync(connection, SomeBuckets(count), CancellationToken.None);
                await outbox.EnqueueAsync(connection, [.. ids.Select(mail ?? (id => Digest(id)))], Monday, CancellationToken.None);
                return ids;
            },
            CancellationToken.None);
    }

    /// <summary>Which mail of its database an id is of, from one on: its bucket left out.</summary>
    public static long Number(long id) => id >> 6;

    /// <summary>Buckets for that many mails, one after another.</summary>
    public static short[] SomeBuckets(int count) => [.. Enumerable.Range(0, count).Select(n => Buckets.Of(n))];

    private static byte[] Bytes(long id) => Encoding.ASCII.GetBytes(
        $"From: digest@service.example\r\nTo: reader{id}@mail.example\r\nSubject: Papers\r\nMessage-ID: <{id}@service.example>\r\n"
        + $"X-Digest-Delivery: {id}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nMail number {id}.\r\n");
}
