using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>What became of a message.</summary>
internal sealed record InboundResult(InboundKind Kind, string Action)
{
    /// <summary>Whether it was done now, not before.</summary>
    public bool IsNew { get; init; }

    /// <summary>Whether somebody was answered.</summary>
    public bool IsAnswered { get; init; }
}

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
    public async Task<InboundResult> HandleAsync(long id, CancellationToken ct) => (await HandleAsync([id], ct))[0];

    /// <summary>
    /// Handles a batch in one transaction; answers a result for each, in their order. What follows a mail that may erase, and
    /// everything where one of the batch fails, is handled alone: so an erasure finds all that was closed before it, and a
    /// message fails for itself.
    /// </summary>
    public async Task<IReadOnlyList<InboundResult>> HandleAsync(IReadOnlyList<long> ids, CancellationToken ct)
    {
        try
        {
            var handled = await database.InTransactionAsync(connection => HandleAsync(connection, ids, ct), ct);
            if (handled.HasNewWishes)
                await matching.MatchDueAsync(ct);
            var results = new List<InboundResult>(ids.Count);
            foreach (var id in ids)
            {
                if (handled.Results.TryGetValue(id, out var result))
                    results.Add(Counted(id, result));
                else
                    results.Add(await HandleAsync(id, ct));
            }

            return results;
        }
        catch (Exception failure) when (failure is not OperationCanceledException && !Outage.IsOfDatabase(failure))
        {
            if (ids.Count == 1)
                return [await FailAsync(ids[0], failure, ct)];
            var results = new List<InboundResult>(ids.Count);
            foreach (var id in ids)
                results.Add(await HandleAsync(id, ct));
            return results;
        }
    }

    private InboundResult Counted(long id, InboundResult result)
    {
        if (!result.IsNew)
            return result;
        LogHandled(id, result.Kind, result.Action);
        InboundMetrics.Count(result);
        return result;
    }

    private async Task<InboundResult> FailAsync(long id, Exception failure, CancellationToken ct)
    {
        LogFailed(id, failure);
        var why = Verb.Sentence(failure);
        InboundMetrics.CountFailure();
        await database.ExecuteAsync(
            InboundQueries.Fail, new { id, most = MostAttempts, error = why[..Math.Min(why.Length, 500)], now = clock.GetCurrentInstant() }, ct);
        return new InboundResult(InboundKind.Unreadable, "failed");
    }

    private async Task<(Dictionary<long, InboundResult> Results, bool HasNewWishes)> HandleAsync(NpgsqlConnection connection, IReadOnlyList<long> ids, CancellationToken ct)
    {
        var rows = (await connection.QueryAsync<InboundRow>(InboundQueries.LockMany, new { ids = ids.Distinct().ToArray() }, ct)).ToDictionary(row => row.Id);
        var now = clock.GetCurrentInstant();
        // All are read before anything is locked that others wait for.
        var open = UpToErasure(ids.Distinct().Where(id => rows.TryGetValue(id, out var row) && row.HandledAt is null)
            .Select(id => (Id: id, Reading: ourselves.Mark(InboundReader.Read(rows[id].Raw ?? [])) with { CameAt = rows[id].ReceivedAt })).ToList());
        var bounced = await reports.BouncesAsync(connection, [.. open.Where(message => message.Reading.Kind == InboundKind.Bounce).Select(message => message.Reading)], now, ct);
        var bounces = new Queue<Applied>(bounced);
        var done = new List<(long Id, InboundReading Reading, PersonResult Result)>(open.Count);
        foreach (var (id, reading) in open)
        {
            done.Add((id, reading, reading.Kind switch
            {
                InboundKind.Bounce => PersonResult.Of(bounces.Dequeue()),
                InboundKind.Complaint => PersonResult.Of(await reports.ComplaintAsync(connection, reading, ct)),
                InboundKind.AutoReply => await people.LeaveByTokenAsync(connection, reading, now, ct) ?? new PersonResult { Action = "ignored" },
                // An erasure left nothing of it but that it came.
                InboundKind.Unreadable when rows[id].Raw is null => new PersonResult { Action = "erased" },
                InboundKind.Unreadable => new PersonResult { Action = "quarantined", IsKept = true },
                _ => await people.HandleAsync(connection, id, reading, now, ct),
            }));
        }

        await CloseAsync(connection, rows, done, now, ct);
        var results = done.ToDictionary(message => message.Id, message => new InboundResult(message.Reading.Kind, message.Result.Action) { IsNew = true, IsAnswered = message.Result.AnsweredHash is not null });
        foreach (var id in ids)
        {
            if (!rows.TryGetValue(id, out var row))
                results[id] = new InboundResult(InboundKind.Unreadable, "gone");
            else if (row.HandledAt is not null)
                results[id] = EarlierResult(row);
        }

        return (results, done.Exists(message => message.Result.HasNewWishes));
    }

    private List<(long Id, InboundReading Reading)> UpToErasure(List<(long Id, InboundReading Reading)> open)
    {
        var first = open.FindIndex(message => people.MayErase(message.Reading));
        return first < 0 ? open : open[..Math.Max(1, first)];
    }

    private static InboundResult EarlierResult(InboundRow row) => new(KindOf(row.Kind), row.Action ?? "handled");

    private async Task CloseAsync(
        NpgsqlConnection connection, Dictionary<long, InboundRow> rows, List<(long Id, InboundReading Reading, PersonResult Result)> done, Instant now, CancellationToken ct)
    {
        if (done.Count == 0)
            return;
        var named = done.ConvertAll(of => of.Result.Action == "erased" ? [] : NamedAddresses.In(rows[of.Id].Raw ?? []));
        await connection.ExecuteAsync(
            InboundQueries.Close,
            new
            {
                ids = done.Select(of => of.Id).ToArray(),
                now,
                kinds = done.Select(of => InboundVerb.KindOf(of.Reading.Kind)).ToArray(),
                actions = done.Select(of => of.Result.Action).ToArray(),
                subscribers = done.Select(of => of.Result.SubscriberId).ToArray(),
                senderHashes = done.Select(of => EmailAddress.TryParse(of.Reading.From, out var from) ? signer.HashAddress(from.Key) : null).ToArray(),
                subjects = done.Select(of => Shorten(of.Reading.Subject, LongestSubject)).ToArray(),
                excerpts = done.Select(of => of.Result.IsKept ? Shorten(of.Reading.Text, LongestExcerpt) : null).ToArray(),
                areKept = done.Select(of => of.Result.IsKept).ToArray(),
                awaitsUntil = done.Select(of => of.Result.AwaitsUntil?.ToDateTimeUtc()).ToArray(),
                answeredHashes = done.Select(of => of.Result.AnsweredHash).ToArray(),
                haveNamed = named.Select(keys => keys is not null).ToArray(),
                namers = done.Zip(named, (of, keys) => (keys ?? []).Select(_ => of.Id)).SelectMany(ids => ids).ToArray(),
                named = named.SelectMany(keys => keys ?? []).Select(signer.HashAddress).ToArray(),
            },
            ct);
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
