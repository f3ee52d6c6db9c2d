using System.Globalization;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Topics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace DigestService.Benchmarks;

/// <summary>
/// A database of readers who are all due at <see cref="Now"/>: five topics of sixty-odd, Zipf-like; a tenth with a query of
/// their own, a fifth with likes, all with digests of the days before. Made once, and copied for each run.
/// </summary>
internal sealed class PipelineDatabase
{
    private const string Template = "digest_pipeline_template";
    private const string Copy = "digest_pipeline";
    private readonly string _server;

    private PipelineDatabase(string server) => _server = server;

    /// <summary>When everybody is due.</summary>
    public static Instant Now { get; } = Instant.FromUtc(2026, 3, 4, 23, 0);

    /// <summary>Connection string of the copy.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server) { Database = Copy, MaxPoolSize = 40 }.ConnectionString;

    /// <summary>Makes the readers and their past.</summary>
    public static async Task<PipelineDatabase> CreateAsync(int readers, int historyDays)
    {
        var server = Environment.GetEnvironmentVariable("DIGEST_TEST_POSTGRES")
            ?? throw new InvalidOperationException("Set DIGEST_TEST_POSTGRES to a PostgreSQL to measure on.");
        var made = new PipelineDatabase(server);
        await made.ExecuteAsync($"drop database if exists {Template} with (force)");
        await made.ExecuteAsync($"create database {Template}");
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = Template, Pooling = false, CommandTimeout = 0 }.ConnectionString;
        await using (var app = await App.StartAsync(Settings(connection), new FixedClock(Now - Duration.FromHours(20)), CancellationToken.None))
        {
            var services = new ServiceCollection();
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
            app.AddServices(services);
            await using var provider = services.BuildServiceProvider();
            var database = provider.GetRequiredService<Database>();
            await provider.GetRequiredService<TopicCatalogue>().LoadAsync(CancellationToken.None);
            await TickBenchmark.FillAsync(database);
            // A fifth of the papers, so that a day has some ninety.
            await database.ExecuteAsync("delete from subscribers; delete from votes where paper_id % 5 <> 0; delete from papers where id % 5 <> 0", null, CancellationToken.None);
            await ImportAsync(database, connection, readers);
            await provider.GetRequiredService<TopicMatching>().MatchDueAsync(CancellationToken.None);
            await GivePastAsync(database, historyDays);
        }

        return made;
    }

    /// <summary>The template copied anew, with nothing of earlier runs.</summary>
    public async Task CopyAsync()
    {
        await ExecuteAsync($"drop database if exists {Copy} with (force)");
        await ExecuteAsync($"create database {Copy} template {Template}");
        await ExecuteAsync("checkpoint");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_server) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static IConfiguration Settings(string connection) => new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["ConnectionStrings:Digest"] = connection,
        ["Data:Directory"] = Directory.CreateTempSubdirectory("pipeline").FullName,
        ["Sources:HuggingFace:Enabled"] = "false",
        ["Sources:Arxiv:Enabled"] = "false",
    }).Build();

    private static async Task ImportAsync(Database database, string connection, int readers)
    {
        var topics = await database.QueryAsync<string>("select slug from topics order by slug", null, CancellationToken.None);
        var file = Path.Combine(Directory.CreateTempSubdirectory("pipeline").FullName, "readers.csv");
        await File.WriteAllLinesAsync(file, Readers(readers, topics));
        await MeasuredProcess.RunAsync(
            "dotnet",
            [PipelineBenchmark.Program, "subscribers", "import", file, "--now", "2026-03-04T00:00:00Z"],
            PipelineBenchmark.SettingsFor(connection));
    }

    private static IEnumerable<string> Readers(int count, IReadOnlyList<string> topics)
    {
        var random = new Random(20260304);
        yield return "email,topics,query,zone,at,frequency,max";
        for (var i = 0; i < count; i++)
        {
            var chosen = new HashSet<string>(StringComparer.Ordinal);
            while (chosen.Count < 5)
                chosen.Add(topics[(int)Math.Min(topics.Count - 1, Math.Pow(topics.Count, random.NextDouble()) - 1)]);
            var query = random.Next(10) > 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"word{random.Next(1, 500)} word{random.Next(1, 500)}");
            yield return string.Create(CultureInfo.InvariantCulture, $"r{i}@reader{i % 97}.example,{string.Join(';', chosen)},{query},UTC,07:00,daily,10");
        }
    }

    private static async Task GivePastAsync(Database database, int days)
    {
        await database.ExecuteAsync(
            """
            insert into feedback (subscriber_id, paper_id, kind, given_from, given_at)
            select s.id, 28000 - 5 * ((s.id * 7919 + n * 104729) % 1200), 'like', 'web', timestamptz '2026-03-01' - n * interval '1 day'
            from subscribers s, generate_series(1, 10) n
            where s.id % 5 = 0
            on conflict do nothing
            """,
            null,
            CancellationToken.None);
        await database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at, papers, scores)
            select s.id, date '2026-03-04' - n, timestamptz '2026-03-04 07:00Z' - n * interval '1 day', 'queued',
                   timestamptz '2026-03-04 07:00Z' - n * interval '1 day', timestamptz '2026-03-04 07:00Z' - n * interval '1 day',
                   array(select 28000 - 5 * ((n - 1) * 92 + (s.id * 31 + k * 9) % 92) from generate_series(1, 10) k),
                   array_fill(0.5::real, array[10])
            from generate_series(1, @days) n, subscribers s
            """,
            new { days },
            CancellationToken.None);
        await database.ExecuteAsync("vacuum (analyze)", null, CancellationToken.None);
    }
}
