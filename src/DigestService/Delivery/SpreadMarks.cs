using DigestService.Platform;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Delivery;

/// <summary>The marks of a group of mails that stand on several servers, in the transaction that holds their readers.</summary>
internal static class SpreadMarks
{
    private static readonly string MarkSending = OutcomeConnection.Numbered(
        SpreadQueries.MarkSending, "ids", "fences", "relays", "refusals", "areErased", "leaseUntil", "clock", "now", "bucket");

    /// <summary>
    /// Asks which of the mails must not go out, once for all of them, and makes the statement of each bucket that marks its mails: none
    /// where nothing may go out.
    /// </summary>
    public static async Task<NpgsqlBatchCommand[]> CommandsAsync(
        NpgsqlConnection connection, Mark[] marks, IReadOnlyList<HeldReader> held, SendingEpoch seen, Duration lease, Instant now, CancellationToken ct)
    {
        var verdicts = await connection.QueryAsync<MarkVerdict>(
            SpreadQueries.Verdicts,
            new
            {
                heldIds = held.Select(reader => reader.Id).ToArray(),
                heldStates = held.Select(reader => reader.State).ToArray(),
                ids = Array.ConvertAll(marks, mark => mark.Mail.Id),
                fences = Array.ConvertAll(marks, mark => mark.Mail.Fence),
                subscribers = Array.ConvertAll(marks, mark => mark.Mail.SubscriberId),
                days = Array.ConvertAll(marks, mark => mark.Mail.DigestOn?.ToDateOnly()),
                keys = Array.ConvertAll(marks, mark => mark.Mail.RecipientKey),
                relays = Array.ConvertAll(marks, mark => mark.Relay),
                releases = seen.Releases,
                epoch = seen.Epoch,
            },
            ct);
        return [.. verdicts.GroupBy(verdict => Buckets.Of(verdict.Id)).OrderBy(group => group.Key).Select(group => MarkCommand([.. group], lease, now))];
    }

    private static NpgsqlBatchCommand MarkCommand(MarkVerdict[] verdicts, Duration lease, Instant now) => new(MarkSending)
    {
        Parameters =
        {
            OutcomeConnection.Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(verdicts, verdict => verdict.Id)),
            OutcomeConnection.Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(verdicts, verdict => verdict.Fence)),
            OutcomeConnection.Parameter(NpgsqlDbType.Text, Array.ConvertAll(verdicts, verdict => verdict.Relay)),
            OutcomeConnection.Parameter(NpgsqlDbType.Text, Array.ConvertAll(verdicts, verdict => verdict.Refusal)),
            OutcomeConnection.Parameter(NpgsqlDbType.Boolean, Array.ConvertAll(verdicts, verdict => verdict.IsErased)),
            new NpgsqlParameter<DateTime> { TypedValue = (verdicts[0].Clock + lease).ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new NpgsqlParameter<DateTime> { TypedValue = verdicts[0].Clock.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new NpgsqlParameter<DateTime> { TypedValue = now.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            OutcomeConnection.BucketOf(verdicts.Select(verdict => verdict.Id)),
        },
    };

    private sealed record MarkVerdict
    {
        public required long Id { get; init; }
        public required long Fence { get; init; }
        public required string Relay { get; init; }
        public string? Refusal { get; init; }
        public required bool IsErased { get; init; }
        public required Instant Clock { get; init; }
    }
}
