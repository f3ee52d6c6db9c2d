using DigestService.Platform;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

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
}

/// <summary>
/// Writes drafts into the catalogue, thousands at a time: what they touch is read in two statements, merged in memory by
/// <see cref="WorkResolver"/> and <see cref="CataloguePaper"/>, and written back by COPY and one update from a staging table.
/// </summary>
internal sealed class CatalogueWriter(Database database, IClock clock) : IAsyncDisposable
{
    // Above every id a sequence will give: among two rows of one work the written one stays.
    private const long FirstUnwrittenId = long.MaxValue / 2;

    private readonly Dictionary<(string Source, LocalDate Day), long> _listings = [];
    private readonly HashSet<long> _addedHere = [];
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;

    /// <summary>Writes <paramref name="drafts"/> in the transaction that <see cref="CommitAsync"/> ends.</summary>
    public async Task<WriteOutcome> WriteAsync(IReadOnlyList<PaperDraft> drafts, CancellationToken ct)
    {
        var connection = await BeginAsync(ct);
        var batch = new Batch(drafts);
        await ReadKnownAsync(connection, batch, ct);
        batch.Merge();
        await ReserveIdsAsync(connection, batch, ct);
        await MoveMergedAsync(connection, batch, ct);
        await WritePapersAsync(connection, batch, ct);
        await WriteKeysAsync(connection, batch, ct);
        await WriteListingsAsync(connection, batch, ct);
        await WriteVotesAsync(connection, batch, ct);
        return batch.Outcome(_addedHere);
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
        _listings.Clear();
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

    private async Task<NpgsqlConnection> BeginAsync(CancellationToken ct)
    {
        var connection = _connection ??= await database.OpenAsync(ct);
        if (_transaction is not null)
            return connection;
        _transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(PaperQueries.Lock, null, ct);
        return connection;
    }

    private async Task EndAsync()
    {
        if (_transaction is { } transaction)
            await transaction.DisposeAsync();
        _transaction = null;
    }

    private static async Task ReadKnownAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        var keys = await connection.QueryAsync<KeyRow>(
            PaperQueries.FindKeys, new { keys = batch.IdKeys(), titles = batch.Titles() }, ct);
        if (keys.Count == 0)
            return;
        var papers = new Dictionary<long, CataloguePaper>();
        await using (var command = new NpgsqlCommand(PaperQueries.ReadPapers, connection))
        {
            command.Parameters.AddWithValue("ids", keys.Select(key => key.PaperId).Distinct().ToArray());
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var paper = PaperColumns.Read(reader);
                papers.Add(paper.Id, paper);
            }
        }

        foreach (var key in keys)
            batch.Resolver.Know(key.Key, papers[key.PaperId]);
    }

    private static async Task ReserveIdsAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        if (batch.NewPapers.Count == 0)
            return;
        var ids = await connection.QueryAsync<long>(PaperQueries.ReserveIds, new { count = batch.NewPapers.Count }, ct);
        for (var i = 0; i < ids.Count; i++)
            batch.NewPapers[i].Id = ids[i];
    }

    private async Task WritePapersAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        if (batch.NewPapers.Count > 0)
            await CopyAsync(connection, PaperQueries.CopyPapers, batch.NewPapers, now, ct);
        var changed = batch.ChangedPapers;
        if (changed.Count == 0)
            return;
        await connection.ExecuteAsync(PaperQueries.CreateStaging, null, ct);
        await CopyAsync(connection, PaperQueries.CopyStaged, changed, now, ct);
        await connection.ExecuteAsync(PaperQueries.UpdateFromStaged, null, ct);
        await connection.ExecuteAsync(PaperQueries.ClearStaged, null, ct);
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string copy, IReadOnlyCollection<CataloguePaper> papers, Instant now, CancellationToken ct)
    {
        await using var writer = await connection.BeginBinaryImportAsync(copy, ct);
        foreach (var paper in papers)
            await PaperColumns.WriteAsync(writer, paper, now, ct);
        await writer.CompleteAsync(ct);
    }

    private static async Task WriteKeysAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        if (batch.Resolver.NewKeys.Count == 0)
            return;
        await using var writer = await connection.BeginBinaryImportAsync(PaperQueries.CopyKeys, ct);
        foreach (var (key, paper) in batch.Resolver.NewKeys)
        {
            await writer.StartRowAsync(ct);
            await writer.WriteAsync(key, NpgsqlDbType.Text, ct);
            await writer.WriteAsync(batch.Resolver.Standing(paper).Id, NpgsqlDbType.Bigint, ct);
        }

        await writer.CompleteAsync(ct);
    }

    // Before anything is written: the row that stays may take over the unique arXiv id of the row that goes.
    private static async Task MoveMergedAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        // A draft merged with a row before it was written has nothing to move.
        var written = batch.Resolver.Merges.Where(merge => !merge.Loser.IsNew).ToList();
        if (written.Count == 0)
            return;
        var parameters = new
        {
            losers = written.Select(merge => merge.Loser.Id).ToArray(),
            winners = written.Select(merge => batch.Resolver.Standing(merge.Winner).Id).ToArray(),
        };
        await connection.ExecuteAsync(PaperQueries.CreateMerged, null, ct);
        await connection.ExecuteAsync(PaperQueries.MoveMerged, parameters, ct);
    }

    private async Task WriteListingsAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        var missing = batch.Listings.Where(listing => !_listings.ContainsKey(listing)).ToList();
        if (missing.Count > 0)
        {
            var parameters = new
            {
                sources = missing.Select(listing => listing.Source).ToArray(),
                days = missing.Select(listing => listing.Day.ToDateOnly()).ToArray(),
                now = clock.GetCurrentInstant(),
            };
            foreach (var row in await connection.QueryAsync<ListingRow>(PaperQueries.CreateListings, parameters, ct))
                _listings[(row.Source, row.ListedOn)] = row.Id;
        }

        var entries = batch.Entries(_listings);
        if (entries.Count == 0)
            return;
        await using var command = new NpgsqlCommand(PaperQueries.UpsertEntries, connection);
        command.Parameters.AddWithValue("listings", entries.Select(entry => entry.ListingId).ToArray());
        command.Parameters.AddWithValue("papers", entries.Select(entry => entry.PaperId).ToArray());
        command.Parameters.AddWithValue("positions", entries.Select(entry => entry.Draft.Position!.Value).ToArray()); // only drafts with one
        command.Parameters.AddWithValue("upvotes", entries.Select(entry => entry.Draft.Upvotes).ToArray());
        command.Parameters.AddWithValue("observed", entries.Select(entry => entry.Draft.ObservedAt.ToDateTimeUtc()).ToArray());
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task WriteVotesAsync(NpgsqlConnection connection, Batch batch, CancellationToken ct)
    {
        var votes = batch.Votes();
        if (votes.Count == 0)
            return;
        await using var command = new NpgsqlCommand(PaperQueries.InsertVotes, connection);
        command.Parameters.AddWithValue("papers", votes.Select(vote => vote.PaperId).ToArray());
        command.Parameters.AddWithValue("observed", votes.Select(vote => vote.ObservedAt.ToDateTimeUtc()).ToArray());
        command.Parameters.AddWithValue("upvotes", votes.Select(vote => vote.Upvotes).ToArray());
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record KeyRow
    {
        public required string Key { get; init; }

        public required long PaperId { get; init; }
    }

    private sealed record ListingRow
    {
        public required long Id { get; init; }

        public required string Source { get; init; }

        public required LocalDate ListedOn { get; init; }
    }

    // Drafts on their way through one WriteAsync.
    private sealed class Batch(IReadOnlyList<PaperDraft> drafts)
    {
        private readonly DraftKeys[] _keys = drafts.Select(DraftKeys.Of).ToArray();
        private readonly CataloguePaper[] _papers = new CataloguePaper[drafts.Count];
        private readonly HashSet<CataloguePaper> _touched = new(ReferenceEqualityComparer.Instance);

        public WorkResolver Resolver { get; } = new();

        public List<CataloguePaper> NewPapers { get; private set; } = [];

        public List<CataloguePaper> ChangedPapers { get; private set; } = [];

        public IEnumerable<(string Source, LocalDate Day)> Listings =>
            drafts.Where(draft => draft.Position is not null).Select(draft => (draft.Source, draft.ListedOn)).Distinct();

        public string[] IdKeys() => _keys.SelectMany(key => new[] { key.Arxiv, key.Doi }).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();

        public string[] Titles() => _keys.Select(key => key.Title).Distinct(StringComparer.Ordinal).ToArray();

        public void Merge()
        {
            var fresh = new List<CataloguePaper>();
            for (var i = 0; i < drafts.Count; i++)
            {
                if (drafts[i].IsDeletion)
                {
                    Delete(drafts[i], _keys[i]);
                    continue;
                }

                var paper = Resolver.Find(drafts[i], _keys[i]);
                if (paper is null)
                {
                    paper = CataloguePaper.FirstSeenAs(drafts[i], FirstUnwrittenId + i);
                    fresh.Add(paper);
                }
                else
                {
                    paper.Merge(drafts[i]);
                    _touched.Add(paper);
                }

                Resolver.Bind(paper, _keys[i]);
                _papers[i] = paper;
            }

            NewPapers = fresh.Where(paper => ReferenceEquals(Resolver.Standing(paper), paper)).ToList();
            ChangedPapers = _touched.Where(paper => !paper.IsNew && paper.HasChanged && ReferenceEquals(Resolver.Standing(paper), paper)).ToList();
        }

        private void Delete(PaperDraft draft, DraftKeys keys)
        {
            if (Resolver.FindById(keys) is not { } paper || draft.WithdrawnAt is not { } at)
                return;
            paper.Withdraw(at);
            _touched.Add(paper);
        }

        public WriteOutcome Outcome(HashSet<long> addedHere)
        {
            addedHere.UnionWith(NewPapers.Select(paper => paper.Id));
            var updated = ChangedPapers.Select(paper => paper.Id).Where(id => !addedHere.Contains(id)).ToList();
            return new WriteOutcome
            {
                Added = NewPapers.Select(paper => paper.Id).ToList(),
                Updated = updated,
                Duplicates = drafts.Count - NewPapers.Count - updated.Count,
            };
        }

        public List<(long ListingId, long PaperId, PaperDraft Draft)> Entries(Dictionary<(string Source, LocalDate Day), long> listings)
        {
            var entries = new Dictionary<(long, long), PaperDraft>();
            for (var i = 0; i < drafts.Count; i++)
            {
                if (drafts[i].Position is null)
                    continue;
                var at = (listings[(drafts[i].Source, drafts[i].ListedOn)], Resolver.Standing(_papers[i]).Id);
                // The latest place is kept, of two at one moment the first.
                if (!entries.TryGetValue(at, out var known) || known.ObservedAt < drafts[i].ObservedAt)
                    entries[at] = drafts[i];
            }

            return entries.Select(entry => (entry.Key.Item1, entry.Key.Item2, entry.Value)).ToList();
        }

        public List<(long PaperId, Instant ObservedAt, int Upvotes)> Votes()
        {
            var votes = new Dictionary<(long, Instant), int>();
            for (var i = 0; i < drafts.Count; i++)
            {
                if (drafts[i].Upvotes is not { } upvotes)
                    continue;
                var at = (Resolver.Standing(_papers[i]).Id, drafts[i].ObservedAt);
                votes[at] = votes.TryGetValue(at, out var known) ? Math.Max(known, upvotes) : upvotes;
            }

            return votes.Select(vote => (vote.Key.Item1, vote.Key.Item2, vote.Value)).ToList();
        }
    }
}
