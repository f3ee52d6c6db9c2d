using System.Diagnostics;
using System.Globalization;
using DigestService.Digests;
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
/// A served day: one reader due each minute, over a catalogue of 28,000 papers of which 6,000 are recent. Prints the CPU of
/// this process and of PostgreSQL, and the time, of a tick that finds the papers changed and of one that does not. Needs a
/// PostgreSQL on this machine in <c>DIGEST_TEST_POSTGRES</c>.
/// </summary>
internal static class TickBenchmark
{
    private const int Papers = 28_000;
    private const int Recent = 6_000;
    private const int Readers = 60;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 4, 7, 0);

    /// <summary>Runs it.</summary>
    public static async Task RunAsync()
    {
        var connection = await CreateDatabaseAsync();
        var clock = new FixedClock(Start);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Digest"] = connection,
            ["Data:Directory"] = Directory.CreateTempSubdirectory("tick").FullName,
            ["Sources:HuggingFace:Enabled"] = "false",
            ["Sources:Arxiv:Enabled"] = "false",
        }).Build();
        await using var app = await App.StartAsync(configuration, clock, CancellationToken.None);
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        app.AddServices(services);
        await using var provider = services.BuildServiceProvider();
        var database = provider.GetRequiredService<Database>();
        await provider.GetRequiredService<TopicCatalogue>().LoadAsync(CancellationToken.None);
        await FillAsync(database);
        var tick = provider.GetRequiredService<DigestTick>();
        var server = await PostgresCpu.OfAsync(database);

        var minute = 0;
        Print("first tick of the process", [await MeasureAsync()]);
        Print("tick that finds a change", await ManyAsync(5, ChangeAsync));
        Print("tick without a change", await ManyAsync(20, () => Task.CompletedTask));

        async Task<List<Cost>> ManyAsync(int count, Func<Task> before)
        {
            var costs = new List<Cost>();
            for (var i = 0; i < count; i++)
            {
                await before();
                costs.Add(await MeasureAsync());
            }

            return costs;
        }

        async Task<Cost> MeasureAsync()
        {
            using var process = Process.GetCurrentProcess();
            var (ours, theirs, since) = (process.TotalProcessorTime, server.Total(), Stopwatch.GetTimestamp());
            var counts = await tick.RunAsync(Start + Duration.FromMinutes(minute++), CancellationToken.None);
            var wall = Stopwatch.GetElapsedTime(since);
            process.Refresh();
            if (counts.Composed.Queued != 1)
                throw new InvalidOperationException($"A tick made {counts.Composed.Queued} digests.");
            return new Cost(process.TotalProcessorTime - ours, server.Total() - theirs, wall);
        }

        Task ChangeAsync() => database.ExecuteAsync(
            "insert into votes (paper_id, observed_at, upvotes) values (@paper, timestamptz '2026-03-04 06:59:00Z', 5)",
            new { paper = (long)(Papers - minute) },
            CancellationToken.None);
    }

    private static void Print(string what, List<Cost> costs) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {Median(costs, cost => cost.Ours):0} ms of our CPU, {Median(costs, cost => cost.Theirs):0} ms of PostgreSQL's, {Median(costs, cost => cost.Wall):0} ms in all (median of {costs.Count})"));

    private static double Median(List<Cost> costs, Func<Cost, TimeSpan> part) =>
        costs.Select(cost => part(cost).TotalMilliseconds).Order().ElementAt(costs.Count / 2);

    internal static async Task<string> CreateDatabaseAsync(string name = "digest_tick_benchmark")
    {
        var server = Environment.GetEnvironmentVariable("DIGEST_TEST_POSTGRES")
            ?? throw new InvalidOperationException("Set DIGEST_TEST_POSTGRES to a PostgreSQL to measure on.");
        await using var source = NpgsqlDataSource.Create(server);
        await using var drop = source.CreateCommand($"drop database if exists {name} with (force)");
        await drop.ExecuteNonQueryAsync();
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    internal static async Task FillAsync(Database database)
    {
        await database.ExecuteAsync(
            """
            insert into papers (title, original_title, abstract, authors, upvotes, first_listed_on, created_at, updated_at)
            select title, title, text, array['Author ' || n % 4000, 'Author ' || n % 3011], n % 50, day, day + interval '5 hours', day + interval '5 hours'
            from unnest(@titles, @texts) with ordinality as made (title, text, n),
                 lateral (select case when n > @old then date '2026-03-04' - (n % 13)::int
                                      else date '2026-02-10' - (n % 200)::int end as day) days
            """,
            MadePapers(),
            CancellationToken.None);
        await database.ExecuteAsync(
            """
            insert into votes (paper_id, observed_at, upvotes)
            select id, created_at + k * interval '20 hours', upvotes + k from papers cross join generate_series(0, 1) k where first_listed_on > '2026-02-15'
            """,
            null,
            CancellationToken.None);
        await database.ExecuteAsync(
            """
            with made as (
                insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
                select 'reader' || n || '@mail.example', 'reader' || n || '@mail.example', 'active',
                       timestamptz '2026-03-04 07:00:00Z' + (n - 1) * interval '1 minute', '2026-03-04', '2026-03-01', '2026-03-01'
                from generate_series(1, @readers) n
                returning id)
            insert into preferences (subscriber_id, query_id, topic_id)
            select made.id, t.query_id, t.id
            from made, topics t
            where (t.id + made.id * 7) % 12 = 0
            """,
            new { readers = Readers },
            CancellationToken.None);
        await database.ExecuteAsync("analyze papers, votes, preferences", null, CancellationToken.None);
    }

    // Words as frequent as words are, among them those that topics ask for.
    private static object MadePapers()
    {
        var words = File.ReadAllText(TopicCatalogue.SeedFile).Split([' ', '"', '\n', ',', '(', ')', ':', '|'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.All(char.IsAsciiLetter) && word.Length > 2)
            .Concat(Enumerable.Range(1, 20_000).Select(n => "word" + n.ToString(CultureInfo.InvariantCulture)))
            .Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        var random = new Random(20260304);
        string Text(int length) => string.Join(' ', Enumerable.Range(0, length).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 4))]));
        return new
        {
            titles = Enumerable.Range(1, Papers).Select(n => string.Create(CultureInfo.InvariantCulture, $"{Text(8)} {n}")).ToArray(),
            texts = Enumerable.Range(1, Papers).Select(_ => Text(140) + ".").ToArray(),
            old = (long)(Papers - Recent),
        };
    }

    private readonly record struct Cost(TimeSpan Ours, TimeSpan Theirs, TimeSpan Wall);
}
