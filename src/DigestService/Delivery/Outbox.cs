using NodaTime;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>Where finished mails wait to be sent. Writing joins the caller's transaction: a mail is owed or it is not.</summary>
internal sealed class Outbox
{
    /// <summary>Reserves <paramref name="count"/> delivery ids.</summary>
    public Task<IReadOnlyList<long>> ReserveIdsAsync(NpgsqlConnection connection, int count, CancellationToken ct) =>
        throw new NotSupportedException();

    /// <summary>Stores mails as <c>queued</c>, due at <paramref name="now"/>, in the connection's transaction.</summary>
    public Task EnqueueAsync(NpgsqlConnection connection, IReadOnlyList<OutgoingMail> mails, Instant now, CancellationToken ct) =>
        throw new NotSupportedException();
}
