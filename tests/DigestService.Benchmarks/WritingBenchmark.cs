using System.Diagnostics;
using System.Globalization;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Benchmarks;

/// <summary>
/// Writing a day's 160,000 matches of 20,000 distinct queries and 300 papers, and planning a million readers who are due at
/// one minute, each beside the least that PostgreSQL can do: a bare <c>insert … select</c> of as many rows. Prints CPU of
/// this process and of PostgreSQL. Needs a PostgreSQL on this machine in <c>DIGEST_TEST_POSTGRES</c>.
/// </summary>
internal static class WritingBenchmark
{
    private const int Rounds = 3;
    private const string BareMatches = "insert into bare_matches select * from topic_matches order by query_id, paper_id";
    private static readonly Instant Hour = Instant.FromUtc(2026, 3, 4, 7, 0);

    /// <summary>Runs the matches, then the planning of so many readers.</summary>
    public static async Task RunAsync(int readers)
    {
        await using var database = Database.Connect(await TickBenchmark.CreateDatabaseAsync("digest_writing_benchmark"));
        await Migrator.MigrateAsync(database, CancellationToken.None);
        var server = await PostgresCpu.OfAsync(database);
        await database.ExecuteAsync(
            "insert into queries (canonical, created_at, matched_at) select 'q' || n, now(), now() from generate_series(1, 20000) n", null, default);
        await database.ExecuteAsync(
            "insert into papers (title, original_title, first_listed_on, created_at, updated_at) select 't' || n, 't' || n, '2026-03-04', now(), now() from generate_series(1, 300) n",
            null,
            default);
        await database.ExecuteAsync("create table bare_matches (like topic_matches including all)", null, default);
        for (var round = 0; round < Rounds; round++)
        {
            await database.ExecuteAsync("truncate topic_matches, bare_matches", null, default);
            await MeasureAsync("matches by COPY and merge", server, () => database.InTransactionAsync(WriteAsync, default));
            await MeasureAsync("the same rows by insert … select", server, () => database.ExecuteAsync(BareMatches, null, default));
        }

        await PlanAsync(database, server, readers);
    }

    private static async Task PlanAsync(Database database, PostgresCpu server, int readers)
    {
        await database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, send_at, next_due_at, next_due_on, created_at, confirmed_at)
            select 'r' || n || '@mail.example', 'r' || n || '@mail.example', 'active', (array['UTC', 'Europe/Berlin', 'Asia/Tokyo'])[1 + n % 3], '07:00',
                   timestamptz '2026-03-04 07:00Z', '2026-03-04', '2026-03-01', '2026-03-01'
            from generate_series(1, @readers) n
            """,
            new { readers },
            default);
        await database.ExecuteAsync("vacuum analyze subscribers", null, default);
        var planner = new Digests.DigestPlanner(database, new Digests.DigestOptions(), Microsoft.Extensions.Logging.Abstractions.NullLogger<Digests.DigestPlanner>.Instance);
        for (var day = 0; day < Rounds; day++)
        {
            var now = Hour + Duration.FromDays(day);
            await MeasureAsync(FormattableString.Invariant($"{readers:n0} readers planned"), server, async () =>
            {
                if (await planner.Begin(await planner.FindDueAsync(now, default), now, default).Planned is var planned && planned != readers)
                    throw new InvalidOperationException(FormattableString.Invariant($"{planned} were planned."));
            });
            await MeasureAsync("as many rows by a bare insert … select", server, () => database.ExecuteAsync(
                """
                insert into digests (bucket, subscriber_id, digest_on, due_at, outcome, reasons, planned_at)
                select bucket, id, date '2025-01-01', next_due_at, 'planned', '[]', next_due_at from subscribers
                """,
                null,
                default));
            await database.ExecuteAsync("truncate digests", null, default);
            await database.ExecuteAsync("update subscribers set next_due_at = @at", new { at = now + Duration.FromDays(1) }, default);
            await database.ExecuteAsync("vacuum analyze subscribers", null, default);
        }
    }

    private static async Task WriteAsync(Npgsql.NpgsqlConnection connection)
    {
        var matches = Matches();
        await matches.HoldAsync(connection, [], [], default);
        await matches.InsertAsync(connection, default);
    }

    private static MatchBatch Matches()
    {
        var batch = new MatchBatch();
        for (var paper = 1; paper <= 300; paper++)
            for (var query = 1; query <= 20_000; query++)
                if (((query * 7919L) + (paper * 104_729L)) % 300 < 8)
                    batch.Add(query, paper, new LocalDate(2026, 3, 4), new QueryMatch(0.5, ["language model", "planning"], query % 9 == 0));
        return batch;
    }

    private static async Task MeasureAsync(string what, PostgresCpu server, Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var (ours, theirs, since) = (process.TotalProcessorTime, server.Total(), Stopwatch.GetTimestamp());
        await work();
        var wall = Stopwatch.GetElapsedTime(since);
        process.Refresh();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {(process.TotalProcessorTime - ours).TotalSeconds:0.00} s of our CPU, {(server.Total() - theirs).TotalSeconds:0.00} s of PostgreSQL's, {wall.TotalSeconds:0.0} s in all"));
    }
}
