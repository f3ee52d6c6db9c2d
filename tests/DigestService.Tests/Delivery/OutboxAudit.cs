using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>
/// What the receiving server counted held against what the outbox says: the judge of every fault test.
/// </summary>
internal sealed record OutboxAudit
{
    /// <summary>Mails that were owed.</summary>
    public required int Owed { get; init; }

    /// <summary>Mails that arrived, copies not counted.</summary>
    public required int Arrived { get; init; }

    /// <summary>Mails that neither arrived nor stand as anything but 'sent'.</summary>
    public required int Lost { get; init; }

    /// <summary>Mails of which a further copy arrived.</summary>
    public required int Doubled { get; init; }

    /// <summary>Doubled mails whose row never was in doubt: there must be none.</summary>
    public required int DoubledSilently { get; init; }

    /// <summary>Rows that have ever been in doubt.</summary>
    public required int Doubted { get; init; }

    /// <summary>Ids that wait for the operator in doubt.</summary>
    public required IReadOnlyList<long> Parked { get; init; }

    /// <summary>Closes the audit over relays and database.</summary>
    public static async Task<OutboxAudit> CloseAsync(Database database, params ScriptedSmtpServer[] relays)
    {
        var copies = Senders.Counted(relays);
        var rows = await database.QueryAsync<(long Id, string State, int Doubts)>(
            "select id, state, doubts from deliveries", null, CancellationToken.None);
        return new OutboxAudit
        {
            Owed = rows.Count,
            Arrived = copies.Count,
            Lost = rows.Count(row => row.State == "sent" && !copies.ContainsKey(row.Id)),
            Doubled = copies.Values.Count(count => count > 1),
            DoubledSilently = rows.Count(row => copies.GetValueOrDefault(row.Id) > 1 && row.Doubts == 0),
            Doubted = rows.Count(row => row.Doubts > 0),
            Parked = [.. rows.Where(row => row.State == "unknown").Select(row => row.Id)],
        };
    }

    /// <summary>Waits until no row is queued, in hand or about to be sent once more.</summary>
    public static Task SettleAsync(Database database, TimeSpan limit) => SettleExceptAsync(database, 0, limit);

    /// <summary>Waits until no more than that many rows are. A database that is just coming back is asked again.</summary>
    public static async Task SettleExceptAsync(Database database, int most, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        const string unsettled = """
            select count(*) from deliveries
            where state in ('queued', 'claimed', 'sending') or (state = 'unknown' and next_attempt_at is not null)
            """;
        while (await CountAsync() is var left && left > most)
        {
            if (deadline.IsCancellationRequested)
                throw new TimeoutException($"{left} mails were still under way after {limit}.");
            await Task.Delay(100, CancellationToken.None);
        }

        async Task<long> CountAsync()
        {
            try
            {
                return await database.QuerySingleOrDefaultAsync<long>(unsettled, null, CancellationToken.None);
            }
            catch (NpgsqlException) when (!deadline.IsCancellationRequested)
            {
                return long.MaxValue;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Owed} owed, {Arrived} arrived, {Lost} lost, {Doubled} doubled ({DoubledSilently} without a doubt on the row), {Doubted} doubted, {Parked.Count} parked";
}
