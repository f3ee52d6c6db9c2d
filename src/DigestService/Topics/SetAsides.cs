using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>A paper or a query that failed, by its row, with what was thrown.</summary>
internal readonly record struct Fault(long Id, string Reason)
{
    /// <summary>How many attempts something gets before it is left alone.</summary>
    public const int MostAttempts = 3;

    private const int LongestReason = 300;

    /// <summary>The fault of one row. Bugs are recorded and the rest goes on; outages must not come here.</summary>
    public static Fault Of(long id, Exception thrown) => new(id, Describe(thrown));

    /// <summary>What was thrown, in one line without secrets of the stack.</summary>
    public static string Describe(Exception thrown)
    {
        var text = $"{thrown.GetType().Name}: {thrown.Message}".ReplaceLineEndings(" ").Replace('\0', ' ');
        return text.Length <= LongestReason ? text : text[..LongestReason];
    }
}

/// <summary>
/// Papers and queries that throw when they are matched or rendered: each is set aside with its reason so that the
/// others go on, tried three times, and tried again after a week.
/// </summary>
internal static class SetAsides
{
    /// <summary>How long what failed three times is left alone.</summary>
    public static readonly Duration LeftAloneFor = Duration.FromDays(7);

    /// <summary>What is set aside of a kind (<c>paper</c> or <c>query</c>).</summary>
    public static async Task<SetAside> LoadAsync(NpgsqlConnection connection, string kind, CancellationToken ct) =>
        new(kind, (await connection.QueryAsync<SetAsideRow>(SetAsideQueries.Load, new { kind }, ct)).ToDictionary(row => row.SubjectId));
}

/// <summary>What is set aside of one kind, by its row.</summary>
internal sealed class SetAside(string kind, IReadOnlyDictionary<long, SetAsideRow> rows)
{
    /// <summary>Whether it has used up its attempts, and the week is not over.</summary>
    public bool IsGivenUp(long id, Instant now) =>
        rows.TryGetValue(id, out var row) && row.Attempts >= Fault.MostAttempts && now < row.LastAt + SetAsides.LeftAloneFor;

    /// <summary>
    /// Counts an attempt for each that failed and forgets those that succeeded. The answer is those that will be tried
    /// again at the next occasion.
    /// </summary>
    public async Task<IReadOnlySet<long>> RecordAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Fault> faults, IReadOnlyCollection<long> tried, Instant now, CancellationToken ct)
    {
        var failed = faults.DistinctBy(fault => fault.Id).ToDictionary(fault => fault.Id, fault => fault.Reason);
        var well = tried.Where(id => rows.ContainsKey(id) && !failed.ContainsKey(id)).ToArray();
        if (well.Length > 0)
            await connection.ExecuteAsync(SetAsideQueries.Forget, new { kind, ids = well }, ct);
        if (failed.Count == 0)
            return new HashSet<long>();
        var attempts = failed.Keys.ToDictionary(id => id, id => AttemptsWith(id, now));
        await connection.ExecuteAsync(
            SetAsideQueries.Record,
            new { kind, now, ids = failed.Keys.ToArray(), attempts = attempts.Values.ToArray(), reasons = failed.Values.ToArray() },
            ct);
        return attempts.Where(attempt => attempt.Value < Fault.MostAttempts).Select(attempt => attempt.Key).ToHashSet();
    }

    // After the week that it was left alone, counting begins anew.
    private short AttemptsWith(long id, Instant now) =>
        rows.TryGetValue(id, out var row) && (row.Attempts < Fault.MostAttempts || IsGivenUp(id, now)) ? (short)(row.Attempts + 1) : (short)1;
}

/// <summary>How often something has been tried.</summary>
internal sealed record SetAsideRow
{
    public required long SubjectId { get; init; }
    public required short Attempts { get; init; }
    public required Instant LastAt { get; init; }
}

/// <summary>The statements of what is set aside.</summary>
internal static class SetAsideQueries
{
    public const string Load = """
        -- set_aside.load
        select subject_id, attempts, last_at
        from set_aside
        where kind = @kind
        """;

    public const string Record = """
        -- set_aside.record
        insert into set_aside (kind, subject_id, attempts, reason, last_at)
        select @kind, id, attempts, reason, @now
        from unnest(@ids, @attempts, @reasons) as failed (id, attempts, reason)
        on conflict (kind, subject_id) do update
        set attempts = excluded.attempts,
            reason = excluded.reason,
            last_at = excluded.last_at
        """;

    public const string Forget = """
        -- set_aside.forget
        delete from set_aside
        where kind = @kind
          and subject_id = any(@ids)
        """;
}
