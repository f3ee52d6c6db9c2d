using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What a reader may still do once they have left: come back at once, and say why they left.</summary>
internal sealed class Leaving(Database database, IClock clock, SuppressionList suppressions)
{
    /// <summary>For so long one button takes the leaving back; later the address is confirmed anew.</summary>
    public static readonly Duration UndoWithin = Duration.FromDays(7);

    /// <summary>The longest reason that is kept.</summary>
    public const int LongestReason = 1_000;

    /// <summary>Whether one button would bring this reader back.</summary>
    public bool MayUndo(Subscriber reader) =>
        reader is { State: SubscriberState.Unsubscribed, ConfirmedAt: not null, EndedAt: { } ended } && clock.GetCurrentInstant() < ended + UndoWithin;

    /// <summary>Why no mail may go to this reader's address whatever they ask for, as the suppressions name it; null where it may.</summary>
    public async Task<string?> BarAsync(Subscriber reader, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return await BarAsync(connection, reader, ct);
    }

    private async Task<string?> BarAsync(NpgsqlConnection connection, Subscriber reader, CancellationToken ct) =>
        (await suppressions.FindAsync(connection, [reader.AddressKey], ct)).Values.FirstOrDefault(OperatorSuppressions.StopsAll);

    /// <summary>
    /// Takes the leaving back: the subscription goes on as it was. False when that is too long ago, or when the address must
    /// not be mailed for a graver reason.
    /// </summary>
    public Task<bool> UndoAsync(long id, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var now = clock.GetCurrentInstant();
            var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
            if (reader is null || !MayUndo(reader))
                return false;
            if (await BarAsync(connection, reader, ct) is not null)
                return false;
            await suppressions.LiftByOwnerAsync(connection, reader.AddressKey, ct);
            await SubscriberRows.SaveAsync(connection, [reader.Return(now)], [new ReturnEvidence { ReturnedAt = now }], ct);
            return true;
        },
        ct);

    /// <summary>Keeps a reason with the evidence on the row of a reader who has left; a later one replaces it.</summary>
    public Task GiveReasonAsync(long id, string reason, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
            if (reader is not { HasLeft: true } || reason.Trim() is not { Length: > 0 } text)
                return;
            await SubscriberRows.SaveAsync(connection, [reader], [new LeavingReason { LeftBecause = text }], ct);
        },
        ct);

    private sealed record ReturnEvidence
    {
        public required Instant ReturnedAt { get; init; }
    }

    private sealed record LeavingReason
    {
        public required string LeftBecause { get; init; }
    }
}
