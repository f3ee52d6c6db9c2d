using System.Data;
using System.Security.Cryptography;
using Dapper;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Platform;

/// <summary>The PostgreSQL database. Opens connections and transactions; each feature keeps its SQL beside itself.</summary>
internal sealed class Database(NpgsqlDataSource source) : IAsyncDisposable
{
    private const int MostAttempts = 6;

    // A cancelled statement ends in milliseconds where the server answers.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private const string HasCitus = """
        -- distribution.has_citus
        select to_regclass('pg_dist_partition') is not null
        """;

    private const string Distribution = """
        -- distribution.is_done
        select exists (select from pg_dist_partition where logicalrelid = to_regclass('subscribers') and partmethod = 'h'),
               to_regclass('set_aside_by_distribution') is not null
        """;

    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new InstantHandler());
        SqlMapper.AddTypeHandler(new LocalDateHandler());
        SqlMapper.AddTypeHandler(new LocalTimeHandler());
    }

    /// <summary>The pool, for listeners and COPY.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>A pool for one connection string, named in <c>pg_stat_activity</c>.</summary>
    public static Database Connect(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.ApplicationName ??= "digest";
        // A standby among several hosts takes no writes, and what it reads may be behind what was sent.
        if (builder.Host?.Contains(',', StringComparison.Ordinal) == true)
            builder.TargetSessionAttributes ??= "primary";
        // The name stands in metrics where the connection string would.
        var pool = new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = "digest" };
        // We use PostgreSQL's own types alone. Asking for all that a database has is half of what a first connection takes.
        pool.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return new Database(pool.Build());
    }

    /// <summary>
    /// Whether the tables of readers are spread over several servers by bucket, as <c>migrate --distributed</c> does it. Statements
    /// that lock, or take what they find first, then have to ask for one bucket.
    /// </summary>
    public bool IsDistributed { get; private set; }

    /// <summary>The buckets that one statement after another takes: all at once, or one a statement where they are spread.</summary>
    public IEnumerable<short[]> Rounds(short[] buckets) => IsDistributed ? buckets.Select(bucket => new[] { bucket }) : [buckets];

    /// <summary>The readers whom one statement after another takes, likewise, always in the order of the buckets.</summary>
    public IEnumerable<long[]> Rounds(long[] ids) => Rounds(ids, id => id);

    /// <summary>What belongs to readers or mails, likewise.</summary>
    public IEnumerable<T[]> Rounds<T>(T[] entries, Func<T, long> id) =>
        IsDistributed ? entries.GroupBy(entry => Buckets.Of(id(entry))).OrderBy(group => group.Key).Select(group => group.ToArray()) : [entries];

    /// <summary>Whether a run of <c>migrate --distributed</c> was broken off and has to be taken up before anything else is done.</summary>
    public bool IsHalfDistributed { get; private set; }

    /// <summary>Finds out whether the tables are spread; asked before the schema is brought up to date, and once more after it.</summary>
    public async Task LookForDistributionAsync(CancellationToken ct)
    {
        if (await QuerySingleOrDefaultAsync<bool>(HasCitus, null, ct))
            (IsDistributed, IsHalfDistributed) = await QuerySingleOrDefaultAsync<(bool, bool)>(Distribution, null, ct);
    }

    /// <summary>An open connection from the pool.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct) => source.OpenConnectionAsync(ct);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction: committed when it returns, rolled back when it throws. Work that
    /// loses a deadlock runs again from its beginning, so it must change nothing outside the transaction. Whoever is cancelled
    /// is told so within a second; a commit that had begun may stand all the same.
    /// </summary>
    public Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct) =>
        UntilCancelledAsync(() => InTransactionsAsync(work, ct), ct);

    private async Task<T> InTransactionsAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await InOneTransactionAsync(work, ct);
            }
            catch (Exception lost) when (attempt < MostAttempts && Outage.IsLostRace(lost))
            {
                // Whoever won is usually done at once; the pause differs so that two losers do not meet again.
                await Task.Delay(TimeSpan.FromMilliseconds(attempt * RandomNumberGenerator.GetInt32(5, 25)), ct);
            }
        }
    }

    private async Task<T> InOneTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var result = await work(connection);
        await transaction.CommitUntilCancelledAsync(ct);
        return result;
    }

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<NpgsqlConnection, Task> work, CancellationToken ct) =>
        InTransactionAsync(
            async connection =>
            {
                await work(connection);
                return true;
            },
            ct);

    /// <summary>Rows of one statement on a connection of its own.</summary>
    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        OnOneConnectionAsync(connection => connection.QueryAsync<T>(sql, parameters, ct), ct);

    /// <summary>The one row of a statement, or the type's default where there is none.</summary>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters, CancellationToken ct) =>
        OnOneConnectionAsync(connection => connection.QuerySingleOrDefaultAsync<T>(sql, parameters, ct), ct);

    /// <summary>The number of rows one statement changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken ct) =>
        OnOneConnectionAsync(connection => connection.ExecuteAsync(sql, parameters, ct), ct);

    private Task<T> OnOneConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct) => UntilCancelledAsync(
        async () =>
        {
            await using var connection = await OpenAsync(ct);
            return await work(connection);
        },
        ct);

    /// <summary>Where the server hangs, the driver heeds a cancellation after half a minute: whoever is cancelled leaves it the connection and goes on.</summary>
    private static async Task<T> UntilCancelledAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        using var late = new CancellationTokenSource();
        await using (ct.UnsafeRegister(static late => ((CancellationTokenSource)late!).CancelAfter(Grace), late)) // registered with it
            return await work().WaitAsync(late.Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>A single value that is null is null, as it is in a column; Dapper hands it to the handler.</summary>
    private abstract class ValueHandler<T> : SqlMapper.TypeHandler<T>, SqlMapper.ITypeHandler
        where T : struct
    {
        object? SqlMapper.ITypeHandler.Parse(Type destinationType, object value) => value is DBNull ? null : Parse(value);
    }

    private sealed class InstantHandler : ValueHandler<Instant>
    {
        public override void SetValue(IDbDataParameter parameter, Instant value) => parameter.Value = value.ToDateTimeUtc();

        public override Instant Parse(object value) => Instant.FromDateTimeUtc((DateTime)value);
    }

    private sealed class LocalDateHandler : ValueHandler<LocalDate>
    {
        public override void SetValue(IDbDataParameter parameter, LocalDate value)
        {
            parameter.Value = value.ToDateOnly();
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Date;
        }

        public override LocalDate Parse(object value) => value is DateOnly date
            ? LocalDate.FromDateOnly(date)
            : LocalDate.FromDateTime((DateTime)value);
    }

    private sealed class LocalTimeHandler : ValueHandler<LocalTime>
    {
        public override void SetValue(IDbDataParameter parameter, LocalTime value)
        {
            parameter.Value = value.ToTimeOnly();
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Time;
        }

        public override LocalTime Parse(object value) => value is TimeOnly time
            ? LocalTime.FromTimeOnly(time)
            : LocalTime.FromTicksSinceMidnight(((TimeSpan)value).Ticks);
    }
}

/// <summary>Dapper with a cancellation token: it takes one only through <see cref="CommandDefinition"/>.</summary>
internal static class ConnectionExtensions
{
    /// <summary>All rows of a statement.</summary>
    public static async Task<IReadOnlyList<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, object? parameters, CancellationToken ct) =>
        (await CancelledElsewhereAsync(token => connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: token)), ct)).AsList();

    /// <summary>The one row of a statement, or the type's default where there is none.</summary>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this NpgsqlConnection connection, string sql, object? parameters, CancellationToken ct) =>
        CancelledElsewhereAsync(token => connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: token)), ct);

    /// <summary>The one row of a statement; none or several is a bug.</summary>
    public static Task<T> QuerySingleAsync<T>(
        this NpgsqlConnection connection, string sql, object? parameters, CancellationToken ct) =>
        CancelledElsewhereAsync(token => connection.QuerySingleAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: token)), ct);

    /// <summary>The number of rows a statement changed.</summary>
    public static Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, object? parameters, CancellationToken ct) =>
        CancelledElsewhereAsync(token => connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: token)), ct);

    /// <summary>The same without the limit that other statements have: an index on a large table takes what it takes.</summary>
    public static Task<int> ExecutePatientlyAsync(this NpgsqlConnection connection, string sql, CancellationToken ct) =>
        CancelledElsewhereAsync(token => connection.ExecuteAsync(new CommandDefinition(sql, commandTimeout: 0, cancellationToken: token)), ct);

    /// <summary>Commits; whoever cancels goes on at once, and what was cancelled before begins no commit.</summary>
    public static Task CommitUntilCancelledAsync(this NpgsqlTransaction transaction, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return CancelledElsewhereAsync(
            async token =>
            {
                await transaction.CommitAsync(token);
                return true;
            },
            ct);
    }

    /// <summary>
    /// The driver tells the server of a cancellation before whoever cancels goes on, and does so for half a minute where the server hangs. On
    /// a thread of its own that holds up nothing else which the same token cancels, nor the pool.
    /// </summary>
    private static async Task<T> CancelledElsewhereAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        // It has no timer to dispose of, and is used until the driver has told the server.
        var statement = new CancellationTokenSource();
        await using (ct.UnsafeRegister(CancelOnThread, statement))
            return await work(statement.Token);
    }

    private static void CancelOnThread(object? statement) => _ = Task.Factory.StartNew(
        ((CancellationTokenSource)statement!).Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default); // registered with it
}
