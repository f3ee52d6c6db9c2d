using System.Text.Json;
using System.Text.RegularExpressions;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>
/// The sender's statements on a large outbox: none reads a whole partition, and claims cost the same however many mails of
/// a throttled domain are due before the others. With <c>--full</c> only.
/// </summary>
public sealed class SenderPlanTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int Partitions = 10;
    private const int Sent = 3_000_000;
    private const int Throttled = 400_000;

    private static readonly Instant Now = TestMail.Monday + Duration.FromHours(1);

    [Fact]
    public async Task No_statement_of_the_sender_reads_a_partition_as_a_whole()
    {
        if (!Full.IsAsked)
            throw Skip.Because("takes minutes; run with --full");
        var small = await postgres.CreateDatabaseAsync();
        await using var database = Database.Connect(small.Source.ConnectionString + ";Command Timeout=600");
        await FillAsync(database);
        long[] ids = [Sent + Throttled + 1, Sent + Throttled + 2];
        var fences = new long[] { 1, 1 };
        var buckets = Buckets.FromAnywhere();
        short? bucket = null;
        var worker = new { now = Now, owner = "test", lease = 30 };

        await ExplainAsync(database, "claim_due", ClaimQueries.ClaimDue, new { onlyBucket = (short?)null, worker.now, worker.owner, worker.lease, buckets, urgent = 64, digests = 64, share = 8, crowded = Array.Empty<string>(), crowdedWithUrgent = Array.Empty<string>() }, most: 25);
        await ExplainAsync(database, "queue_by_domain", ClaimQueries.QueueByDomain, new { onlyBucket = (short?)null, worker.now, buckets, count = 256, share = 32, crowded = new[] { "slow.example" } }, most: 100);
        var rounds = await ClearTheWayAsync(database);
        output.WriteLine($"{Throttled} rows moved out of the way in {rounds.TotalSeconds:0.0} s");
        await ExplainAsync(database, "claim_due, crowded", ClaimQueries.ClaimDue, new { onlyBucket = (short?)null, worker.now, worker.owner, worker.lease, buckets, urgent = 64, digests = 64, share = 8, crowded = new[] { "slow.example" }, crowdedWithUrgent = Array.Empty<string>() }, most: 25);
        await ExplainAsync(database, "claim_due, overtakers", ClaimQueries.ClaimDue, new { onlyBucket = (short?)null, worker.now, worker.owner, worker.lease, buckets, urgent = 16, digests = 0, share = 0, crowded = new[] { "slow.example" }, crowdedWithUrgent = Array.Empty<string>() }, most: 10);
        await ExplainAsync(database, "queued_domains", ClaimQueries.QueuedDomains, new { after = "", count = 256 }, most: 10);
        await ExplainAsync(database, "claim_of_domains", ClaimQueries.ClaimOfDomains, new { onlyBucket = (short?)null, worker.now, worker.owner, worker.lease, buckets, domains = new[] { "slow.example", "none.example" }, rooms = new[] { 9, 9 } }, most: 25);
        await ExplainAsync(database, "claim_again", ClaimQueries.ClaimAgain, new { onlyBucket = (short?)null, worker.now, worker.owner, worker.lease, ids }, most: 10);
        await ExplainAsync(database, "take_over_lapsed", DeliveryQueries.TakeOverLapsed, new { onlyBucket = (short?)null, buckets, resend = true }, most: 25);
        await ExplainAsync(database, "expire_late", DeliveryQueries.ExpireLate, new { onlyBucket = (short?)null, worker.now, buckets, count = 10_000 }, most: 25);
        await ExplainAsync(database, "bring_forward", DeliveryQueries.BringForward, new { onlyBucket = (short?)null, worker.now, buckets, longestPause = 17_280.0 }, most: 25);
        await ExplainAsync(database, "shorten_leases", DeliveryQueries.ShortenLeases, new { onlyBucket = (short?)null, buckets, worker.lease, longestLease = DeliveryOptions.LongestLeaseSeconds }, most: 25);
        await ExplainAsync(database, "renew", DeliveryQueries.Renew, new { bucket, ids, fences, worker.lease }, most: 25);
        await ExplainAsync(database, "release", DeliveryQueries.Release, new { bucket, ids, fences }, most: 25);
        await ExplainAsync(database, "is_anything_left", DeliveryQueries.IsAnythingLeft, new { buckets, now = TestMail.Monday - Duration.FromDays(1) }, most: 25);
        await ExplainAsync(database, "has_forgotten", OutboxQueries.HasForgotten, new { ids, fences, attempts = new[] { 1, 1 } }, most: 25);
        await ExplainAsync(
            database,
            "mark_sending",
            DeliveryQueries.MarkSending,
            new
            {
                ids, fences, subscribers = new long?[] { 1, 2 }, days = new DateOnly?[] { new(2026, 3, 2), new(2026, 3, 2) },
                recipients = new[] { "r1@reader.example", "r2@reader.example" }, keys = new byte[][] { [1], [2] }, relays = new[] { "relay:25", "relay:25" }, worker.lease, worker.now, releases = 0L, epoch = 0L, bucket, readerBucket = bucket,
            },
            most: 25);
        await ExplainAsync(
            database,
            "record",
            DeliveryQueries.Record,
            new
            {
                ids, fences, states = new[] { "sent", "sent" }, replies = new[] { "250", "250" }, agains = new DateTime?[] { null, null },
                faults = new[] { false, false }, spared = new[] { false, false }, worker.now, bucket,
            },
            most: 25);
        await ExplainAsync(database, "retry_failed", RetryQueries.RetryFailed, new { day = (LocalDate?)null, limit = 100, worker.now, ids = (long[]?)null, onlyBucket = (short?)null }, most: 200);
        await ExplainAsync(database, "retry_unknown", RetryQueries.RetryUnknown, new { day = (LocalDate?)null, limit = 100, worker.now, ids = (long[]?)null, onlyBucket = (short?)null }, most: 200);
        await ExplainAsync(database, "count_unfinished", OutboxQueries.CountUnfinished, null, most: 5_000, wanted: "deliveries_9");
        await ExplainAsync(database, "by recipient_key", "select id from deliveries where recipient_key = sha256('5') or subscriber_id = 5", null, most: 25);
    }

    [Fact]
    public async Task Marks_find_rows_by_id_and_by_nothing_else()
    {
        var database = await postgres.CreateDatabaseAsync();
        var ids = (await TestMail.EnqueueAsync(database, 50)).ToArray();
        await database.ExecuteAsync("update deliveries set state = 'claimed', owner = 'test', fence = 1, lease_until = now() + interval '1 hour'", null, default);
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        // Whatever other index could answer is asked now.
        await connection.ExecuteAsync("alter table deliveries drop constraint deliveries_pkey; set local enable_seqscan = off", null, default);

        var plan = await connection.QueryAsync<string>(
            "explain " + DeliveryQueries.MarkSending,
            new
            {
                ids, fences = ids.Select(_ => 1L).ToArray(), subscribers = ids.Select(id => (long?)id).ToArray(), days = ids.Select(_ => (DateOnly?)null).ToArray(),
                recipients = ids.Select(_ => "r@reader.example").ToArray(), keys = ids.Select(_ => new byte[] { 1 }).ToArray(), relays = ids.Select(_ => "relay:25").ToArray(), lease = 30, now = Now, releases = 0L, epoch = 0L, bucket = (short?)null, readerBucket = (short?)null,
            },
            default);

        plan.ShouldContain(line => line.Contains("Seq Scan on deliveries_1", StringComparison.Ordinal));
        plan.ShouldNotContain(line => line.Contains("Index Scan", StringComparison.Ordinal) && line.Contains("on deliveries_1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Marks_and_results_look_each_row_up_by_its_key_although_they_are_planned_while_the_outbox_is_small()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync(default);
        await connection.ExecuteAsync(OutcomeConnection.PlanOnceByKeys, null, default);
        const string mark = "(bigint, bigint, bigint[], bigint[], bigint[], date[], text[], bytea[], text[], int, timestamptz, smallint, smallint)";
        const string record = "(bigint[], bigint[], text[], text[], timestamptz[], boolean[], boolean[], timestamptz, smallint)";
        await connection.ExecuteAsync($"prepare mark{mark} as {OutcomeConnection.MarkSending}; prepare record{record} as {OutcomeConnection.Record}", null, default);

        foreach (var call in (string[])["mark(0, 0, '{1}', '{1}', '{1}', '{null}', '{r@reader.example}', '{x}', '{relay}', 30, now(), null, null)", "record('{1}', '{1}', '{sent}', '{ok}', '{null}', '{f}', '{f}', now(), null)"])
        {
            var plan = await connection.QueryAsync<string>("explain execute " + call, null, default);

            plan.ShouldContain(line => line.Contains("Index Scan using deliveries_1_pkey on deliveries_1 d", StringComparison.Ordinal));
            plan.ShouldContain(line => Regex.IsMatch(line, @"Index Cond: \(\(bucket = \(\w+\.id & '63'::bigint\)\) AND \(id = \w+\.id\)\)"));
            plan.ShouldNotContain(line => line.Contains("JIT", StringComparison.Ordinal));
        }
    }

    private static async Task<TimeSpan> ClearTheWayAsync(Database database)
    {
        var started = TimeProvider.System.GetTimestamp();
        // As a worker that comes round: one step is done in the buckets that its next claim visits.
        for (var (bucket, idle) = (0, 0); idle < Buckets.All.Length; bucket += Claims.BucketsAClaim)
        {
            var moved = await database.ExecuteAsync(
                ClaimQueries.QueueByDomain, new { onlyBucket = (short?)null, now = Now, buckets = Buckets.From(bucket), count = 8_192, share = 1_024, crowded = new[] { "slow.example" } }, default);
            idle = moved > 0 ? 0 : idle + Claims.BucketsAClaim;
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    /// <param name="wanted">The partition of which the statement asks for nearly every row.</param>
    private async Task ExplainAsync(Database database, string name, string sql, object? parameters, double most, string? wanted = null)
    {
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        var json = await connection.QuerySingleAsync<string>("explain (analyze, buffers, format json) " + sql, parameters, default);
        var plan = JsonDocument.Parse(json).RootElement[0];
        var (planning, execution) = (plan.GetProperty("Planning Time").GetDouble(), plan.GetProperty("Execution Time").GetDouble());
        output.WriteLine($"{name}: planned in {planning:0.0} ms, ran {execution:0.0} ms");
        Nodes(plan.GetProperty("Plan"))
            .Where(node => node.GetProperty("Node Type").GetString() == "Seq Scan")
            .Select(node => node.GetProperty("Relation Name").GetString())
            .ShouldNotContain(relation => relation!.StartsWith("deliveries", StringComparison.Ordinal) && relation != wanted, name);
        execution.ShouldBeLessThan(most, name);
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement node) =>
        node.TryGetProperty("Plans", out var children) ? children.EnumerateArray().SelectMany(Nodes).Prepend(node) : [node];

    /// <summary>Ninety days in ten partitions; this morning a throttled domain's mails are due before everybody else's.</summary>
    private static async Task FillAsync(Database database)
    {
        await database.ExecuteAsync("drop table deliveries_1", null, default);
        var width = Sent / (Partitions - 1);
        for (var i = 0; i < Partitions; i++)
        {
            var until = i < Partitions - 1 ? (i + 1) * width + 1 : 200_000_000;
            await database.ExecuteAsync($"create table deliveries_{i} partition of deliveries for values from ({i * width + 1}) to ({until})", null, default);
        }

        const string insert = """
            insert into deliveries (bucket, id, subscriber_id, kind, digest_on, priority, sender, recipient, recipient_key, recipient_domain,
                message_id, message, content_hash, state, fence, owner, lease_until, attempts, next_attempt_at, created_at, expires_at)
            select g & 63, g, g % 100000, 'digest', '2026-03-02', 10, 'b+' || g || '@service.example', 'r' || g || '@m.example', sha256((g % 100000)::text::bytea),
                   {0}, g || '@service.example', 'mail', '', {1}, 1, {2}, {3}, 1, {4}, '2026-03-02 07:00Z', '2026-03-03 07:00Z'
            from generate_series({5}, {6}) g
            """;
        var due = "'2026-03-02 07:00Z'";
        await InsertAsync("'m' || g % 5000 || '.example'", "case when g % 100 = 0 then 'failed' else 'sent' end", "null", "null", "null", 1, Sent);
        await InsertAsync("'slow.example'", "'queued'", "null", "null", due, Sent + 1, Sent + Throttled);
        await InsertAsync("'m' || g % 5000 || '.example'", "'claimed'", "'test'", "clock_timestamp() + interval '1 hour'", due, Sent + Throttled + 1, Sent + Throttled + 500);
        await InsertAsync("'m' || g % 5000 || '.example'", "'queued'", "null", "null", due, Sent + Throttled + 501, Sent + Throttled + 100_000);
        await InsertAsync("'m' || g % 5000 || '.example'", "'deferred'", "null", "null", "'2026-03-02 12:00Z'::timestamptz", Sent + Throttled + 100_001, Sent + Throttled + 200_000);
        await database.ExecuteAsync("vacuum analyze deliveries", null, default);

        Task<int> InsertAsync(string domain, string state, string owner, string lease, string again, int from, int until) => database.ExecuteAsync(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, insert, domain, state, owner, lease, again, from, until), null, default);
    }
}
