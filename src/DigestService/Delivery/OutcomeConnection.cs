using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Delivery;

/// <summary>
/// One connection kept for the outcomes alone, so that its statements stay prepared and are planned once: they find rows
/// by id however many there are. Behind a pooler that gives each transaction another session, nothing is prepared.
/// </summary>
internal sealed class OutcomeConnection(Database database, SendingHold hold, DeliveryOptions options, IClock clock) : IAsyncDisposable
{
    /// <summary>
    /// What the connection begins with. A plan made while the tables are small is kept when they have grown: it looks rows up by
    /// their keys from the beginning. What is forbidden and done all the same, such as reading a table of one row, counts as so
    /// dear that it would be compiled each time.
    /// </summary>
    public const string PlanOnceByKeys =
        "set plan_cache_mode = force_generic_plan; set jit = off; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off";

    /// <summary><see cref="DeliveryQueries.Record"/> with numbers for names.</summary>
    public static string Record { get; } = Numbered(DeliveryQueries.Record, "ids", "fences", "states", "replies", "agains", "faults", "spared", "now", "bucket");

    /// <summary><see cref="DeliveryQueries.MarkSending"/> with numbers for names.</summary>
    public static string MarkSending { get; } = Numbered(
        DeliveryQueries.MarkSending, "releases", "epoch", "ids", "fences", "subscribers", "days", "recipients", "keys", "relays", "lease", "now", "bucket", "readerBucket");

    private static readonly string CountMails = Numbered(SuppressionQueries.CountMails, "today", "mails");

    // A server that commits lazily may forget its latest second in a crash: a mail whose mark it forgot would go out twice without a word.
    private const string WriteThrough = """
        -- deliveries.write_through
        select set_config('synchronous_commit', 'on', true)
        where current_setting('synchronous_commit') = 'off'
        """;

    private NpgsqlConnection? _connection;
    private bool _isSuspect;
    private bool _mayPrepare;

    /// <summary>
    /// Writes results and marks in one transaction; answers which results found their claim or stand already, and the state each marked
    /// claim has now. Results come first, so that a mark which stands implies them.
    /// </summary>
    public async Task<(HashSet<Claim> Known, Dictionary<Claim, string> Marked)> CommitAsync(Verdict[] verdicts, Mark[] marks, CancellationToken ct)
    {
        try
        {
            return await CommitAsync(await ConnectAsync(ct), verdicts, marks, ct);
        }
        catch
        {
            // Whatever went wrong, the next try begins with a connection that nothing is known against.
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }

    private async Task<(HashSet<Claim> Known, Dictionary<Claim, string> Marked)> CommitAsync(
        NpgsqlConnection connection, Verdict[] verdicts, Mark[] marks, CancellationToken ct)
    {
        var known = new HashSet<Claim>();
        var marked = new Dictionary<Claim, string>();
        var now = clock.GetCurrentInstant();
        // A batch is one transaction by itself; bounces need statements of their own in the same one, and so do mails on several servers.
        var bounces = verdicts.Where(verdict => verdict.Bounce is not null).ToArray();
        await using var transaction = bounces.Length > 0 || database.IsDistributed ? await connection.BeginTransactionAsync(ct) : null;
        var bounced = bounces.Select(bounce => bounce.Mail.SubscriberId).OfType<long>();
        var markings = database.IsDistributed ? await SpreadMarks.HoldAsync(database, connection, marks, bounced, hold.Seen, Duration.FromSeconds(options.LeaseSeconds), now, _mayPrepare, ct)
            : marks.Length > 0 ? [MarkCommand(marks, hold.Seen, now)]
            : [];
        if (transaction is not null && !database.IsDistributed)
            await HoldReadersAsync(connection, [.. bounced.Concat(marks.Select(mark => mark.Mail.SubscriberId).OfType<long>())], ct);
        var records = verdicts.Length == 0 ? [] : database.Rounds(verdicts, verdict => verdict.Mail.Id).Select(round => RecordCommand(round, now)).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in records.Concat(markings))
            batch.BatchCommands.Add(command);

        var finished = verdicts.Count(verdict => verdict.State == "sent" || verdict.Bounce is { IsTemporary: false });
        if (finished > 0)
            batch.BatchCommands.Add(CountCommand(finished, now));
        if (marks.Length > 0)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(WriteThrough));

        if (batch.BatchCommands.Count > 0)
            await ExecuteAsync(batch, records.Length, markings.Length, known, marked, ct);

        if (transaction is not null)
        {
            if (bounces.Length > 0)
                await SuppressionList.RecordBouncesAsync(connection, [.. bounces.Where(verdict => known.Contains(verdict.Mail.Claim)).Select(ToBounce)], now, database.IsDistributed, ct);
            await transaction.CommitAsync(ct);
        }

        if (verdicts.Where(verdict => !known.Contains(verdict.Mail.Claim)).ToArray() is { Length: > 0 } missing)
            foreach (var round in database.Rounds(missing, verdict => verdict.Mail.Id))
                known.UnionWith(await connection.QueryAsync<Claim>(DeliveryQueries.Recorded, WrittenBefore(round), ct));

        // A mark that found no claim may have met a database that was set back.
        _isSuspect = marked.Count < marks.Length;
        if (marked.Count > 0)
            hold.Remember([.. marks.Where(mark => marked.GetValueOrDefault(mark.Mail.Claim) == "sending")]);
        return (known, marked);
    }

    private async Task ExecuteAsync(NpgsqlBatch batch, int records, int markings, HashSet<Claim> known, Dictionary<Claim, string> marked, CancellationToken ct)
    {
        if (_mayPrepare)
            await batch.PrepareAsync(ct);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        for (var result = 0; result < records + markings; result++)
        {
            while (await reader.ReadAsync(ct))
                if (result < records)
                    known.Add(ReadClaim(reader));
                else
                    marked.Add(ReadClaim(reader), reader.GetString(2));
            await reader.NextResultAsync(ct);
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        if (_connection is not null && _isSuspect)
            await hold.CheckInAsync(_connection, ct);
        _isSuspect = false;
        if (_connection is null)
        {
            _connection = await database.OpenAsync(ct);
            // Behind a new connection may be a server that never heard of the mails we have sent.
            await hold.CheckInAsync(_connection, ct);
            // A pooler invents the process that it names when a client connects.
            _mayPrepare = await _connection.QuerySingleAsync<int>("select pg_backend_pid()", null, ct) == _connection.ProcessID;
            // A plan without values is of no use to Citus, which finds the server by the bucket.
            if (_mayPrepare && !database.IsDistributed)
                await _connection.ExecuteAsync(PlanOnceByKeys, null, ct);
        }

        return _connection;
    }

    private static Claim ReadClaim(NpgsqlDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1));

    private static Bounce ToBounce(Verdict verdict) =>
        verdict.Bounce!.ToBounce(verdict.Mail.Id, verdict.Mail.SubscriberId, verdict.Mail.RecipientKey, verdict.Reply); // filtered by the caller

    private static NpgsqlBatchCommand RecordCommand(Verdict[] verdicts, Instant now) => new(Record)
    {
        Parameters =
        {
            Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(verdicts, verdict => verdict.Mail.Id)),
            Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(verdicts, verdict => verdict.Mail.Fence)),
            Parameter(NpgsqlDbType.Text, Array.ConvertAll(verdicts, verdict => verdict.State)),
            Parameter(NpgsqlDbType.Text, Array.ConvertAll(verdicts, verdict => verdict.Reply)),
            Parameter(NpgsqlDbType.TimestampTz, Array.ConvertAll(verdicts, verdict => verdict.AgainAt?.ToDateTimeUtc())),
            Parameter(NpgsqlDbType.Boolean, Array.ConvertAll(verdicts, verdict => verdict.IsFault)),
            Parameter(NpgsqlDbType.Boolean, Array.ConvertAll(verdicts, verdict => verdict.IsSpared)),
            new NpgsqlParameter<DateTime> { TypedValue = now.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            BucketOf(verdicts.Select(verdict => verdict.Mail.Id)),
        },
    };

    private static object WrittenBefore(Verdict[] verdicts) => new
    {
        ids = Array.ConvertAll(verdicts, verdict => verdict.Mail.Id),
        fences = Array.ConvertAll(verdicts, verdict => verdict.Mail.Fence),
        states = Array.ConvertAll(verdicts, verdict => verdict.State),
        spared = Array.ConvertAll(verdicts, verdict => verdict.IsSpared),
        bucket = Buckets.OfAll(verdicts.Select(verdict => verdict.Mail.Id)),
    };

    private static NpgsqlBatchCommand CountCommand(int mails, Instant now) => new(CountMails)
    {
        Parameters =
        {
            new NpgsqlParameter<DateOnly> { TypedValue = now.InUtc().Date.ToDateOnly(), NpgsqlDbType = NpgsqlDbType.Date },
            new NpgsqlParameter<long> { TypedValue = mails, NpgsqlDbType = NpgsqlDbType.Bigint },
        },
    };

    private NpgsqlBatchCommand MarkCommand(Mark[] marks, SendingEpoch seen, Instant now) => new(MarkSending)
    {
        Parameters =
        {
            new NpgsqlParameter<long> { TypedValue = seen.Releases, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<long> { TypedValue = seen.Epoch, NpgsqlDbType = NpgsqlDbType.Bigint },
            Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(marks, mark => mark.Mail.Id)),
            Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(marks, mark => mark.Mail.Fence)),
            Parameter(NpgsqlDbType.Bigint, Array.ConvertAll(marks, mark => mark.Mail.SubscriberId)),
            Parameter(NpgsqlDbType.Date, Array.ConvertAll(marks, mark => mark.Mail.DigestOn?.ToDateOnly())),
            Parameter(NpgsqlDbType.Text, Array.ConvertAll(marks, mark => mark.Mail.Recipient)),
            Parameter(NpgsqlDbType.Bytea, Array.ConvertAll(marks, mark => mark.Mail.RecipientKey)),
            Parameter(NpgsqlDbType.Text, Array.ConvertAll(marks, mark => mark.Relay)),
            new NpgsqlParameter<int> { TypedValue = options.LeaseSeconds, NpgsqlDbType = NpgsqlDbType.Integer },
            new NpgsqlParameter<DateTime> { TypedValue = now.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
            BucketOf(marks.Select(mark => mark.Mail.Id)),
            BucketOf(marks.Select(mark => mark.Mail.SubscriberId).OfType<long>()),
        },
    };

    private static Task HoldReadersAsync(NpgsqlConnection connection, long[] subscribers, CancellationToken ct) =>
        connection.ExecuteAsync(DeliveryQueries.HoldReaders, new { subscribers, readerBucket = Buckets.OfAll(subscribers) }, ct);

    /// <summary>The bucket of all these ids, as a value that the planner sees; null where there are several.</summary>
    internal static NpgsqlParameter BucketOf(IEnumerable<long> ids) =>
        new() { Value = Buckets.OfAll(ids) is { } bucket ? bucket : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint };

    /// <summary>An array of one type.</summary>
    internal static NpgsqlParameter<T[]> Parameter<T>(NpgsqlDbType element, T[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element };

    /// <summary>A statement with numbers for the names of its parameters: the client sends it as it is, and does not read it anew for each group.</summary>
    internal static string Numbered(string sql, params string[] names)
    {
        for (var i = 0; i < names.Length; i++)
            sql = Regex.Replace(sql, $@"@{names[i]}\b", string.Create(CultureInfo.InvariantCulture, $"$${i + 1}"));
        return sql;
    }
}

/// <summary>A mail that is about to be offered to a relay.</summary>
internal readonly record struct Mark(ClaimedMail Mail, string Relay);
