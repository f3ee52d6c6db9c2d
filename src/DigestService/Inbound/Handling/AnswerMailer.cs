using System.Buffers.Binary;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>
/// The mails that answer people, put into the outbox in the transaction that did what they tell. Whatever comes in, an
/// address gets one answer an hour and three a day at most.
/// </summary>
internal sealed class AnswerMailer(ServiceMailComposer composer, ServiceMailer mailer, SuppressionList suppressions, LinkSigner signer)
{
    private const int MostInADay = 3;

    /// <summary>Answers commands, unless the address has had enough answers; the hash to remember, null for no answer.</summary>
    public Task<byte[]?> AnswerAsync(
        NpgsqlConnection connection, MailRecipient recipient, AnsweredMail answered, IReadOnlyList<AnsweredCommand> answers, Instant now, CancellationToken ct) =>
        LimitedAsync(connection, recipient, "answer", content => composer.CommandAnswer(content, answered, answers), now, ct);

    /// <summary>Asks the owner of an address whether what a stored message asks for is theirs.</summary>
    public Task<byte[]?> AskAsync(
        NpgsqlConnection connection, MailRecipient recipient, long messageId, IReadOnlyList<string> commands, bool isMove, Instant now, CancellationToken ct) =>
        LimitedAsync(connection, recipient, "request", content => composer.Request(content, messageId, commands, isMove), now, ct);

    private async Task<byte[]?> LimitedAsync(
        NpgsqlConnection connection, MailRecipient recipient, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(recipient.Address, out var address))
            return null;
        var reasons = await suppressions.FindAsync(connection, [address.Key], ct);
        if (reasons.Values.Any(reason => reason is not ("unsubscribed" or "erased")))
            return null;
        var hash = signer.HashAddress(address.Key);
        await connection.ExecuteAsync(InboundQueries.LockAnswers, new { key = BinaryPrimitives.ReadInt64BigEndian(hash) }, ct);
        var had = await connection.QuerySingleAsync<AnswerCount>(
            InboundQueries.CountAnswers, new { hash, hour = now - Duration.FromHours(1), day = now - Duration.FromDays(1) }, ct);
        if (had.InHour > 0 || had.InDay >= MostInADay)
            return null;
        await mailer.EnqueueAsync(connection, [recipient], kind, compose, now, ct);
        return hash;
    }

    private sealed record AnswerCount
    {
        public required int InHour { get; init; }
        public required int InDay { get; init; }
    }
}
