using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Papers;

/// <summary>What writing a batch of drafts did.</summary>
internal sealed record WriteOutcome
{
    /// <summary>Papers that were unheard of.</summary>
    public required IReadOnlyList<long> Added { get; init; }

    /// <summary>Known papers that now read otherwise.</summary>
    public required IReadOnlyList<long> Updated { get; init; }

    /// <summary>Drafts that added no paper and changed none that was known before the import.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Drafts that the database would not take.</summary>
    public IReadOnlyList<DraftRemark> Refused { get; init; } = [];

    /// <summary>What was left out of drafts that were taken.</summary>
    public IReadOnlyList<DraftRemark> Remarks { get; init; } = [];

    /// <summary>Both outcomes as one.</summary>
    public WriteOutcome And(WriteOutcome other) => new()
    {
        Added = [.. Added, .. other.Added],
        Updated = [.. Updated, .. other.Updated],
        Duplicates = Duplicates + other.Duplicates,
        Refused = [.. Refused, .. other.Refused],
        Remarks = [.. Remarks, .. other.Remarks],
    };
}

/// <summary>
/// Writes drafts into the catalogue, thousands at a time: what they touch is read in two statements, merged in memory by
/// <see cref="WorkResolver"/> and <see cref="CataloguePaper"/>, and written back by COPY and one update from a staging table.
/// </summary>
internal sealed class CatalogueWriter(Database database, IClock clock) : IAsyncDisposable
{
    private const string Savepoint = "batch";

    private readonly HashSet<long> _addedHere = [];
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;

    /// <summary>
    /// Writes <paramref name="drafts"/> in the transaction that <see cref="CommitAsync"/> ends. A draft that the database
    /// refuses is named in the outcome; all others are written.
    /// </summary>
    public async Task<WriteOutcome> WriteAsync(IReadOnlyList<PaperDraft> drafts, CancellationToken ct)
    {
        var (connection, transaction) = await BeginAsync(ct);
        return await WriteOrHalveAsync(connection, transaction, drafts, ct);
    }

    // No entry may end an import. Where the database refuses a batch, its halves are tried, down to the one at fault.
    private async Task<WriteOutcome> WriteOrHalveAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PaperDraft> drafts, CancellationToken ct)
    {
        await transaction.SaveAsync(Savepoint, ct);
        string reason;
        try
        {
            while (true)
            {
                if (await WriteBatchAsync(connection, drafts, ct) is { } outcome)
                    return outcome;
                // What was read is gone: it is read again.
                await transaction.RollbackAsync(Savepoint, ct);
            }
        }
        catch (PostgresException refused) when (IsAboutValues(refused))
        {
            await transaction.RollbackAsync(Savepoint, ct);
            reason = refused.MessageText;
        }

        if (drafts.Count == 1)
            return new WriteOutcome { Added = [], Updated = [], Duplicates = 0, Refused = [new(drafts[0].Origin, $"The database refuses it: {reason}.")] };
        var half = drafts.Count / 2;
        var first = await WriteOrHalveAsync(connection, transaction, drafts.Take(half).ToList(), ct);
        return first.And(await WriteOrHalveAsync(connection, transaction, drafts.Skip(half).ToList(), ct));
    }

    // Data exceptions, broken constraints and exceeded limits; anything else is an outage or a bug.
    private static bool IsAboutValues(PostgresException refused) =>
        refused.SqlState.StartsWith("22", StringComparison.Ordinal)
        || refused.SqlState.StartsWith("23", StringComparison.Ordinal)
        || refused.SqlState.StartsWith("54", StringComparison.Ordinal);

    // Null where somebody removed by hand, since it was read, what the batch would write to.
    private async Task<WriteOutcome?> WriteBatchAsync(NpgsqlConnection connection, IReadOnlyList<PaperDraft> drafts, CancellationToken ct)
    {
        var shown = await HiddenPapers.WithoutAsync(connection, drafts, ct);
        var batch = new DraftBatch(shown);
        await ReadKnownAsync(connection, batch, held: null, database.IsDistributed, ct);
        batch.Merge();
        await ReserveIdsAsync(connection, batch, ct);
        var places = new PlaceWriter(connection);
        if (!await places.PrepareAsync(batch, clock.GetCurrentInstant(), ct) || !await HoldAsync(connection, batch.KnownPapers.Concat(places.KnownPapers), ct))
            return null;
        await MoveMergedAsync(connection, batch, ct);
        await WritePapersAsync(connection, batch, ct);
        await WriteKeysAsync(connection, batch, ct);
        await places.WriteAsync(ct);
        var outcome = batch.Outcome(_addedHere);
        return outcome with { Duplicates = outcome.Duplicates + drafts.Count - shown.Count };
    }

    /// <summary>Makes everything written since the last commit visible.</summary>
    public async Task CommitAsync(CancellationToken ct)
    {
        if (_transaction is not { } transaction)
            return;
        await transaction.CommitAsync(ct);
        await EndAsync();
    }

    /// <summary>Forgets everything written since the last commit.</summary>
    public async Task RollbackAsync(CancellationToken ct)
    {
        if (_transaction is not { } transaction)
            return;
        await transaction.RollbackAsync(ct);
        await EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (_connection is { } connection)
            await connection.DisposeAsync();
        _connection = null;
    }

    private async Task<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)> BeginAsync(CancellationToken ct)
    {
        var connection = _connection ??= await database.OpenAsync(ct);
        if (_transaction is { } begun)
            return (connection, begun);
        var transaction = _transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(TransactionQueries.CompileNothing, null, ct);
        await connection.ExecuteAsync(PaperQueries.Lock, null, ct);
        return (connection, transaction);
    }

    private async Task EndAsync()
    {
        if (_transaction is { } transaction)
            await transaction.DisposeAsync();
        _transaction = null;
    }

    // A paper that is held already is known as that one.
    private static async Task ReadKnownAsync(NpgsqlConnection connection, DraftBatch batch, CataloguePaper? held, bool isDistributed, CancellationToken ct)
    {
        var drafts = batch.ById();
        var keys = await FindKeysAsync(connection, [.. drafts.Keys], batch.Titles(), ct);
        if (keys.Count == 0)
            return;
        var told = new Dictionary<long, PaperDraft?>(keys.Count);
        foreach (var (key, id) in keys)
            told[id] = drafts.GetValueOrDefault(key) ?? told.GetValueOrDefault(id);
        var papers = await ReadAsync(connection, told, ct);
        if (!isDistributed && told.Keys.Where(id => id != held?.Id && !papers.ContainsKey(id)).ToArray() is { Length: > 0 } gone)
            await connection.ExecuteAsync(PaperQueries.ForgetNames, new { gone }, ct);
        foreach (var (key, id) in keys)
        {
            // A paper that somebody removed by hand since its keys were read is unknown.
            if ((id == held?.Id ? held : papers.GetValueOrDefault(id)) is { } paper)
                batch.Resolver.Know(key, paper);
        }
    }

    private static async Task<List<(string Key, long PaperId)>> FindKeysAsync(NpgsqlConnection connection, string[] ids, string[] titles, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(PaperQueries.FindKeys, connection);
        command.Parameters.AddWithValue("keys", ids);
        command.Parameters.AddWithValue("titles", titles);
        var keys = new List<(string Key, long PaperId)>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            keys.Add((row.GetString(0), row.GetInt64(1)));
        return keys;
    }

    private static async Task<bool> HoldAsync(NpgsqlConnection connection, IEnumerable<CataloguePaper> papers, CancellationToken ct)
    {
        var ids = papers.Select(paper => paper.Id).Distinct().ToArray();
        return ids.Length == 0 || await HoldAsync(connection, ids, ct);
    }

    /// <summary>Holds papers against removal until the transaction ends; false where one of them is gone.</summary>
    internal static async Task<bool> HoldAsync(NpgsqlConnection connection, long[] ids, CancellationToken ct) =>
        (await connection.QueryAsync<long>(PaperQueries.Hold, new { ids }, ct)).Count == ids.Length;

    /// <summary>Papers as they are stored, by their rows.</summary>
    internal static Task<IReadOnlyDictionary<long, CataloguePaper>> ReadAsync(NpgsqlConnection connection, long[] ids, CancellationToken ct) =>
        ReadAsync(connection, ids.ToDictionary(id => id, PaperDraft? (_) => null), ct);

    // Each with a draft that is likely to say the same.
    private static async Task<IReadOnlyDictionary<long, CataloguePaper>> ReadAsync(
        NpgsqlConnection connection, Dictionary<long, PaperDraft?> told, CancellationToken ct)
    {
        var papers = new Dictionary<long, CataloguePaper>();
        await using var command = new NpgsqlCommand(PaperQueries.ReadPapers, connection);
        command.Parameters.AddWithValue("ids", told.Keys.ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var paper = PaperColumns.Read(reader, told.GetValueOrDefault(reader.GetInt64(0)));
            papers.Add(paper.Id, paper);
        }

        return papers;
    }

    /// <summary>
    /// Corrects one paper and gives it the names it goes by now, as far as no other paper has them; its former names stay. Where
    /// an identifier is another paper's, that paper is answered and nothing is written.
    /// </summary>
    internal static async Task<CataloguePaper?> CorrectAsync(
        NpgsqlConnection connection, CataloguePaper paper, PaperDraft correction, bool isDistributed, Instant now, CancellationToken ct)
    {
        var batch = new DraftBatch([correction]);
        var keys = DraftKeys.Of(correction);
        await ReadKnownAsync(connection, batch, paper, isDistributed, ct);
        var holders = new[] { keys.Arxiv, keys.Doi }.OfType<string>().Select(batch.Resolver.Holder).OfType<CataloguePaper>();
        if (holders.FirstOrDefault(holder => !ReferenceEquals(holder, paper)) is { } other)
            return other;
        paper.Correct(correction);
        if (!paper.HasChanged)
            return null;
        batch.Resolver.Bind(paper, keys);
        await UpdateAsync(connection, [paper], isDistributed, now, ct);
        await WriteKeysAsync(connection, batch, ct);
        return null;
    }

    private static async Task ReserveIdsAsync(NpgsqlConnection connection, DraftBatch batch, CancellationToken ct)
    {
        if (batch.NewPapers.Count == 0)
            return;
        var ids = await connection.QuerySingleAsync<long[]>(PaperQueries.ReserveIds, new { count = batch.NewPapers.Count }, ct);
        for (var i = 0; i < ids.Length; i++)
            batch.NewPapers[i].Id = ids[i];
    }

    private async Task WritePapersAsync(NpgsqlConnection connection, DraftBatch batch, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        if (batch.NewPapers.Count > 0)
            await CopyAsync(connection, PaperQueries.CopyPapers, batch.NewPapers, now, ct);
        if (batch.ChangedPapers.Count > 0)
            await UpdateAsync(connection, batch.ChangedPapers, database.IsDistributed, now, ct);
    }

    private static async Task UpdateAsync(
        NpgsqlConnection connection, IReadOnlyCollection<CataloguePaper> changed, bool isDistributed, Instant now, CancellationToken ct)
    {
        foreach (var paper in changed)
            paper.DateNews(now);
        await connection.ExecuteAsync(PaperQueries.CreateStaging, null, ct);
        await CopyAsync(connection, PaperQueries.CopyStaged, changed, now, ct);
        if (isDistributed)
        {
            var rows = await connection.QuerySingleAsync<string>(PaperQueries.StagedAsJson, null, ct);
            await connection.ExecuteAsync(PaperQueries.UpdateFromJson, new { rows }, ct);
        }
        else
        {
            await connection.ExecuteAsync(PaperQueries.UpdateFromStaged, null, ct);
        }

        await connection.ExecuteAsync(PaperQueries.ClearStaged, null, ct);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string copy, IReadOnlyCollection<CataloguePaper> papers, Instant now, CancellationToken ct)
    {
        await using var writer = await CopyWriter.BeginAsync(connection, copy, ct);
        foreach (var paper in papers)
            await PaperColumns.WriteAsync(writer, paper, now, ct);
        await writer.CompleteAsync(ct);
    }

    private static async Task WriteKeysAsync(NpgsqlConnection connection, DraftBatch batch, CancellationToken ct)
    {
        if (batch.Resolver.NewKeys.Count == 0)
            return;
        await using var writer = await CopyWriter.BeginAsync(connection, PaperQueries.CopyKeys, ct);
        // In the order of the index.
        var named = batch.Resolver.NewKeys.ToArray();
        Array.Sort(named, (one, other) => string.CompareOrdinal(one.Key, other.Key));
        foreach (var (key, paper) in named)
        {
            await writer.StartRowAsync(ct);
            writer.Write(key);
            writer.Write(batch.Resolver.Standing(paper).Id);
        }

        await writer.CompleteAsync(ct);
    }

    // Before anything is written: the row that stays may take over the unique arXiv id of the row that goes.
    private async Task MoveMergedAsync(NpgsqlConnection connection, DraftBatch batch, CancellationToken ct)
    {
        // A draft merged with a row before it was written has nothing to move.
        var written = batch.Resolver.Merges.Where(merge => !merge.Loser.IsNew).ToList();
        if (written.Count == 0)
            return;
        var parameters = new
        {
            losers = written.Select(merge => merge.Loser.Id).ToArray(),
            winners = written.Select(merge => batch.Resolver.Standing(merge.Winner).Id).ToArray(),
            now = clock.GetCurrentInstant(),
        };
        await connection.ExecuteAsync(PaperQueries.CreateMerged, null, ct);
        await connection.ExecuteAsync(PaperQueries.MoveMerged, parameters, ct);
    }
}
