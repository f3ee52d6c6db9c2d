using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Sources;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;
using Npgsql;

namespace DigestService.Benchmarks;

/// <summary>
/// Papers a second of the streaming import, from packed files to rows with names, places and votes, beside a bare COPY of
/// the same rows into logged tables without an index, their columns compressed alike. Needs a PostgreSQL in <c>DIGEST_TEST_POSTGRES</c> and the recorded listings under <c>DIGEST_SHARED</c>.
/// </summary>
[Config(typeof(InThisProcess))]
public class ImportBenchmarks
{
    private readonly FixedClock _clock = new(Instant.FromUtc(2026, 1, 1, 0, 0));
    private Database? _database;
    private IReadOnlyList<CataloguePaper> _rows = [];
    private IReadOnlyList<NameRow> _names = [];
    private IReadOnlyList<PlaceRow> _places = [];
    private IReadOnlyList<VoteRow> _votes = [];

    /// <summary>Where both write.</summary>
    internal Database Database => _database ?? throw new InvalidOperationException("Not connected.");

    /// <summary>Makes a database, and the rows that COPY will write.</summary>
    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var server = Environment.GetEnvironmentVariable("DIGEST_TEST_POSTGRES")
            ?? throw new InvalidOperationException("Set DIGEST_TEST_POSTGRES to a PostgreSQL to measure on.");
        await using (var source = NpgsqlDataSource.Create(server))
        {
            await using var drop = source.CreateCommand("drop database if exists digest_import_benchmark with (force)");
            await drop.ExecuteNonQueryAsync();
            await using var create = source.CreateCommand("create database digest_import_benchmark");
            await create.ExecuteNonQueryAsync();
        }

        _database = Database.Connect(new NpgsqlConnectionStringBuilder(server) { Database = "digest_import_benchmark" }.ConnectionString);
        await Migrator.MigrateAsync(Database, CancellationToken.None);
        await Database.ExecuteAsync(
            """
            create table bare_papers (like papers including compression);
            create table bare_names (like paper_keys);
            create table bare_places (like listing_entries);
            create table bare_votes (like votes)
            """,
            null,
            CancellationToken.None);
        await ImportAsync();
        var rows = new List<CataloguePaper>();
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(PaperQueries.ReadPapers, connection);
        command.Parameters.AddWithValue("ids", await AllIdsAsync());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add(PaperColumns.Read(reader));
        _rows = rows;
        _names = await Database.QueryAsync<NameRow>("select key, paper_id from paper_keys order by key", null, CancellationToken.None);
        _places = await Database.QueryAsync<PlaceRow>("select listing_id, paper_id, position, upvotes, observed_at from listing_entries", null, CancellationToken.None);
        _votes = await Database.QueryAsync<VoteRow>("select paper_id, observed_at, upvotes, seen_until from votes", null, CancellationToken.None);
    }

    /// <summary>Empties all tables.</summary>
    [IterationSetup]
    public void Empty()
    {
        using var connection = Database.Source.OpenConnection();
        using var command = new NpgsqlCommand("truncate papers, paper_keys, listings, listing_entries, unindexed_papers, unmatched_papers, bare_papers, bare_names, bare_places, bare_votes cascade", connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Read, clean, decide what is one work, write.</summary>
    [Benchmark]
    public Task<int> Import() => ImportAsync();

    /// <summary>The rows of the papers alone.</summary>
    [Benchmark(Baseline = true)]
    public async Task<int> BareCopy()
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        await using var writer = await CopyWriter.BeginAsync(connection, PaperQueries.CopyPapers.Replace("copy papers", "copy bare_papers", StringComparison.Ordinal), CancellationToken.None);
        foreach (var row in _rows)
            await PaperColumns.WriteAsync(writer, row, _clock.GetCurrentInstant(), CancellationToken.None);
        await writer.CompleteAsync(CancellationToken.None);
        return _rows.Count;
    }

    /// <summary>All rows that the import writes of its papers: their names, places and votes too.</summary>
    [Benchmark]
    public async Task<int> BareCopyOfAll()
    {
        await using var connection = await Database.OpenAsync(CancellationToken.None);
        return await BareCopy()
            + await CopyAsync(connection, PaperQueries.CopyKeys, "paper_keys", "bare_names", _names, static (writer, row) =>
            {
                writer.Write(row.Key);
                writer.Write(row.PaperId);
            })
            + await CopyAsync(connection, PlaceQueries.CopyEntries, "listing_entries", "bare_places", _places, static (writer, row) =>
            {
                writer.Write(row.ListingId);
                writer.Write(row.PaperId);
                writer.Write(row.Position);
                writer.Write(row.Upvotes);
                writer.Write(row.ObservedAt);
            })
            + await CopyAsync(connection, PlaceQueries.CopyVotes, "votes", "bare_votes", _votes, static (writer, row) =>
            {
                writer.Write(row.PaperId);
                writer.Write(row.ObservedAt);
                writer.Write(row.Upvotes);
                writer.Write(row.SeenUntil);
            });
    }

    private static async Task<int> CopyAsync<T>(NpgsqlConnection connection, string copy, string table, string bare, IReadOnlyList<T> rows, Action<CopyWriter, T> write)
    {
        await using var writer = await CopyWriter.BeginAsync(connection, copy.Replace($"copy {table} ", $"copy {bare} ", StringComparison.Ordinal), CancellationToken.None);
        foreach (var row in rows)
        {
            await writer.StartRowAsync(CancellationToken.None);
            write(writer, row);
        }

        await writer.CompleteAsync(CancellationToken.None);
        return rows.Count;
    }

    private async Task<int> ImportAsync()
    {
        var shared = Environment.GetEnvironmentVariable("DIGEST_SHARED") ?? throw new InvalidOperationException("Set DIGEST_SHARED.");
        var inputs = ImportInput.FromPaths([Path.Combine(shared, "data", "arxiv-daily"), Path.Combine(shared, "data", "hf-daily")], null, null, _clock.GetCurrentInstant());
        var vectors = new StoredVectors(Database, new RelevanceOptions { Embeddings = "Off" });
        var matching = new TopicMatching(Database, new RecentPapers(Database), vectors, new QueryVectors(Database, vectors), _clock);
        var result = await new PaperImport(Database, matching, new WordIndex(Database), _clock).StoreAsync(inputs, null, CancellationToken.None);
        return result.Read;
    }

    private async Task<long[]> AllIdsAsync() => [.. await Database.QueryAsync<long>("select id from papers", null, CancellationToken.None)];

    private sealed record NameRow
    {
        public required string Key { get; init; }

        public required long PaperId { get; init; }
    }

    private sealed record PlaceRow
    {
        public required long ListingId { get; init; }

        public required long PaperId { get; init; }

        public int? Position { get; init; }

        public int? Upvotes { get; init; }

        public required Instant ObservedAt { get; init; }
    }

    private sealed record VoteRow
    {
        public required long PaperId { get; init; }

        public required Instant ObservedAt { get; init; }

        public required int Upvotes { get; init; }

        public Instant? SeenUntil { get; init; }
    }

    // A few runs of a second each, here: a project of the tool's own would not restore as ours does.
    private sealed class InThisProcess : ManualConfig
    {
        public InThisProcess() => AddJob(Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithWarmupCount(1)
            .WithIterationCount(5));
    }
}
