using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>What became of a message.</summary>
internal sealed record InboundResult(InboundKind Kind, string Action);

/// <summary>
/// Acts on a stored message: read by a pure function, applied once in one transaction that also closes the message. A
/// worker that dies in between leaves it as it was.
/// </summary>
internal sealed partial class InboundHandler(
    Database database, IClock clock, LinkSigner signer, ReportApplier reports, PersonHandler people, TopicMatching matching, OwnAddresses ourselves, ILogger<InboundHandler> logger)
{
    private const int MostAttempts = 3;
    private const int LongestSubject = 200;
    private const int LongestExcerpt = 2000;

    /// <summary>Handles one message. One that fails three times is put aside for the operator, never lost.</summary>
    public async Task<InboundResult> HandleAsync(long id, CancellationToken ct)
    {
        try
        {
            var (result, hasNewWishes) = await database.InTransactionAsync(connection => HandleAsync(connection, id, ct), ct);
            if (hasNewWishes)
                await matching.MatchDueAsync(ct);
            LogHandled(id, result.Kind, result.Action);
            return result;
        }
        catch (Exception failure) when (failure is not OperationCanceledException && !Outage.IsOfDatabase(failure))
        {
            LogFailed(id, failure);
            await database.ExecuteAsync(
                InboundQueries.Fail, new { id, most = MostAttempts, error = failure.Message[..Math.Min(failure.Message.Length, 500)], now = clock.GetCurrentInstant() }, ct);
            return new InboundResult(InboundKind.Unreadable, "failed");
        }
    }

    private async Task<(InboundResult Result, bool HasNewWishes)> HandleAsync(NpgsqlConnection connection, long id, CancellationToken ct)
    {
        var row = await connection.QuerySingleOrDefaultAsync<InboundRow>(InboundQueries.Lock, new { id }, ct);
        if (row is null)
            return (new InboundResult(InboundKind.Unreadable, "gone"), false);
        if (row.HandledAt is not null)
            return (new InboundResult(KindOf(row.Kind), row.Action ?? "handled"), false);
        var now = clock.GetCurrentInstant();
        var reading = ourselves.Mark(InboundReader.Read(row.Raw ?? []));
        var done = reading.Kind switch
        {
            InboundKind.Bounce => PersonResult.Of(await reports.BounceAsync(connection, reading, now, ct)),
            InboundKind.Complaint => PersonResult.Of(await reports.ComplaintAsync(connection, reading, now, ct)),
            InboundKind.AutoReply => await people.LeaveByTokenAsync(connection, reading, now, ct) ?? new PersonResult { Action = "ignored" },
            InboundKind.Unreadable => new PersonResult { Action = "quarantined", IsKept = true },
            _ => await people.HandleAsync(connection, id, reading, now, ct),
        };
        await connection.ExecuteAsync(
            InboundQueries.Close,
            new
            {
                id,
                now,
                kind = InboundVerb.KindOf(reading.Kind),
                action = done.Action,
                subscriberId = done.SubscriberId,
                senderHash = EmailAddress.TryParse(reading.From, out var from) ? signer.HashAddress(from.Key) : null,
                subject = Shorten(reading.Subject, LongestSubject),
                excerpt = done.IsKept ? Shorten(reading.Text, LongestExcerpt) : null,
                isKept = done.IsKept,
                awaitsUntil = done.AwaitsUntil,
                answeredHash = done.AnsweredHash,
            },
            ct);
        return (new InboundResult(reading.Kind, done.Action), done.HasNewWishes);
    }

    private static InboundKind KindOf(string? kind) =>
        Enum.GetValues<InboundKind>().FirstOrDefault(value => string.Equals(InboundVerb.KindOf(value), kind, StringComparison.Ordinal), InboundKind.Other);

    private static string? Shorten(string? text, int most)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var printable = string.Concat(text.Where(c => c is '\n' || !char.IsControl(c) && !char.IsSurrogate(c)));
        return printable.Length <= most ? printable : printable[..most];
    }

    [LoggerMessage(6001, LogLevel.Information, "Message {MessageId} is {Kind}: {Action}")]
    private partial void LogHandled(long messageId, InboundKind kind, string action);

    [LoggerMessage(6002, LogLevel.Error, "Message {MessageId} could not be handled")]
    private partial void LogFailed(long messageId, Exception failure);
}

/// <summary>What was done for a message, and what its row remembers.</summary>
internal sealed record PersonResult
{
    /// <summary>In a word.</summary>
    public required string Action { get; init; }

    /// <summary>Whose message it was, as far as that is proved.</summary>
    public long? SubscriberId { get; init; }

    /// <summary>Whether the operator should read it.</summary>
    public bool IsKept { get; init; }

    /// <summary>Until when an answer to the question that was asked does what the message asks for.</summary>
    public Instant? AwaitsUntil { get; init; }

    /// <summary>Whom it was answered to.</summary>
    public byte[]? AnsweredHash { get; init; }

    /// <summary>Whether queries may be new.</summary>
    public bool HasNewWishes { get; init; }

    /// <summary>The result of a report.</summary>
    public static PersonResult Of(Applied applied) => new() { Action = applied.Action, SubscriberId = applied.SubscriberId };
}

/// <summary>The service's own addresses: mail from them is never answered.</summary>
internal sealed class OwnAddresses(Delivery.MailOptions mail)
{
    /// <summary>A message from ourselves is automatic, whatever it looks like.</summary>
    public InboundReading Mark(InboundReading reading) =>
        reading.Kind is InboundKind.Command or InboundKind.Other && IsOurs(reading.From)
            ? reading with { Kind = InboundKind.AutoReply, IsAutomatic = true }
            : reading;

    private bool IsOurs(string? address)
    {
        if (address is null)
            return false;
        return new[] { mail.From, mail.CommandAddress, mail.BounceAddress }.OfType<string>().Any(own =>
            own.Split('@') is [var local, var domain] && address.EndsWith("@" + domain, StringComparison.OrdinalIgnoreCase)
            && (address.Equals(own, StringComparison.OrdinalIgnoreCase) || address.StartsWith(local + "+", StringComparison.OrdinalIgnoreCase)));
    }
}
