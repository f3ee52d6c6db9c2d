using DigestService.Platform;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Delivery;

/// <summary>
/// The marks of a group of mails where these and their readers stand on several servers. In one transaction and two round trips the readers are
/// held and what the coordinator knows is asked, and then the mails are marked.
/// </summary>
internal static class SpreadMarks
{
    private static readonly string HoldReaders = OutcomeConnection.Numbered(DeliveryQueries.HoldReaders, "subscribers", "readerBucket");

    private static readonly string MarkFacts = OutcomeConnection.Numbered(SpreadQueries.MarkFacts, "keys", "days", "releases", "epoch");

    private static readonly string MarkSending = OutcomeConnection.Numbered(
        SpreadQueries.MarkSending,
        "ids", "fences", "subscribers", "days", "recipients", "relays", "readers", "readerStates", "readerAddresses", "suppressions", "killedDays", "leaseUntil", "clock", "now", "bucket");

    /// <summary>
    /// Holds the readers of the marks, and others, bucket by bucket, and makes the statement of each bucket that marks its mails: none where nothing
    /// may go out.
    /// </summary>
    public static async Task<NpgsqlBatchCommand[]> HoldAsync(
        Database database, NpgsqlConnection connection, Mark[] marks, IEnumerable<long> otherReaders, SendingEpoch seen, Duration lease, Instant now, bool mayPrepare, CancellationToken ct)
    {
        var readers = marks.Select(mark => mark.Mail.SubscriberId).OfType<long>().Concat(otherReaders).Distinct().ToArray();
        var rounds = readers.Length == 0 ? [] : database.Rounds(readers).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var round in rounds)
            batch.BatchCommands.Add(new(HoldReaders) { Parameters = { Values(NpgsqlDbType.Bigint, round), OutcomeConnection.BucketOf(round) } });
        if (marks.Length > 0)
            batch.BatchCommands.Add(FactsCommand(marks, seen));
        if (batch.BatchCommands.Count == 0)
            return [];
        if (mayPrepare)
            await batch.PrepareAsync(ct);

        var held = new Dictionary<long, HeldReader>();
        var facts = new MarkFact?[marks.Length];
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var _ in rounds)
        {
            while (await reader.ReadAsync(ct))
                held[reader.GetInt64(0)] = new HeldReader(reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
            await reader.NextResultAsync(ct);
        }

        while (marks.Length > 0 && await reader.ReadAsync(ct))
            facts[reader.GetInt64(0) - 1] = new MarkFact(
                await reader.IsDBNullAsync(1, ct) ? null : reader.GetString(1), reader.GetBoolean(2), Instant.FromDateTimeUtc(reader.GetDateTime(3)));
        return [.. marks.Zip(facts)
            .Where(pair => pair.Second is not null)
            .GroupBy(pair => Buckets.Of(pair.First.Mail.Id))
            .OrderBy(group => group.Key)
            .Select(group => MarkCommand([.. group.Select(pair => (pair.First, pair.Second!))], held, lease, now))]; // those without were left out
    }

    private static NpgsqlBatchCommand FactsCommand(Mark[] marks, SendingEpoch seen) => new(MarkFacts)
    {
        Parameters =
        {
            Values(NpgsqlDbType.Bytea, marks.Select(mark => mark.Mail.RecipientKey)),
            Values(NpgsqlDbType.Date, marks.Select(mark => mark.Mail.DigestOn?.ToDateOnly())),
            new NpgsqlParameter<long> { TypedValue = seen.Releases, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<long> { TypedValue = seen.Epoch, NpgsqlDbType = NpgsqlDbType.Bigint },
        },
    };

    private static NpgsqlBatchCommand MarkCommand((Mark Mark, MarkFact Fact)[] marks, Dictionary<long, HeldReader> held, Duration lease, Instant now)
    {
        var clock = marks[0].Fact.Clock;
        var readers = marks.Select(entry => entry.Mark.Mail.SubscriberId is { } id ? held.GetValueOrDefault(id) : null).ToArray();
        return new(MarkSending)
        {
            Parameters =
            {
                Values(NpgsqlDbType.Bigint, marks.Select(entry => entry.Mark.Mail.Id)),
                Values(NpgsqlDbType.Bigint, marks.Select(entry => entry.Mark.Mail.Fence)),
                Values(NpgsqlDbType.Bigint, marks.Select(entry => entry.Mark.Mail.SubscriberId)),
                Values(NpgsqlDbType.Date, marks.Select(entry => entry.Mark.Mail.DigestOn?.ToDateOnly())),
                Values(NpgsqlDbType.Text, marks.Select(entry => entry.Mark.Mail.Recipient)),
                Values(NpgsqlDbType.Text, marks.Select(entry => entry.Mark.Relay)),
                Values(NpgsqlDbType.Bigint, readers.Select(reader => reader?.Id)),
                Values(NpgsqlDbType.Text, readers.Select(reader => reader?.State)),
                Values(NpgsqlDbType.Text, readers.Select(reader => reader?.Address)),
                Values(NpgsqlDbType.Text, marks.Select(entry => entry.Fact.Suppression)),
                Values(NpgsqlDbType.Date, marks.Select(entry => entry.Fact.IsKilled ? entry.Mark.Mail.DigestOn?.ToDateOnly() : null)),
                Moment(clock + lease),
                Moment(clock),
                Moment(now),
                OutcomeConnection.BucketOf(marks.Select(entry => entry.Mark.Mail.Id)),
            },
        };
    }

    private static NpgsqlParameter<T[]> Values<T>(NpgsqlDbType element, IEnumerable<T> values) => OutcomeConnection.Parameter(element, values.ToArray());

    private static NpgsqlParameter<DateTime> Moment(Instant at) => new() { TypedValue = at.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private sealed record HeldReader(long Id, string State, string Address);

    private sealed record MarkFact(string? Suppression, bool IsKilled, Instant Clock);
}
