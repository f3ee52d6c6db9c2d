using System.Text.Json.Nodes;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>Mails in buckets: which one a mail stands in, and the order in which a worker takes mails out of them.</summary>
public sealed class OutboxBucketTests(PostgresFixture postgres, AppFixture apps) : IClassFixture<PostgresFixture>, IClassFixture<AppFixture>
{
    private const int Claimed = 64;

    [Fact]
    public async Task A_mail_stands_in_the_bucket_of_its_reader_or_else_of_its_address_and_ids_grow_with_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync(default);
        var outbox = new Outbox(new LinkSigner(new byte[32]));
        short[] buckets = [Outbox.BucketOf(64 * 7 + 63, "ada@mail.example"), Outbox.BucketOf(null, "Ops@Lab.example"), Outbox.BucketOf(64, "b@mail.example")];

        var ids = await outbox.ReserveIdsAsync(connection, buckets, default);

        ids.Select(id => id & 63).ShouldBe([63, await BucketOfAddressAsync(database, "ops@lab.example"), 0]);
        ids.ShouldBeInOrder(SortDirection.Ascending);
        ids.Select(id => id >> 6).Distinct().Count().ShouldBe(3, "ids that differ in their bucket alone would belong to mails of one moment");
    }

    [Fact]
    public async Task The_program_and_the_database_agree_on_the_bucket_of_an_address()
    {
        var database = await postgres.CreateDatabaseAsync();
        string[] keys = ["ada@mail.example", "λ@xn--bcher-kva.example", "", "o'hara@mail.example"];

        foreach (var key in keys)
            ((long)Buckets.OfAddress(key)).ShouldBe(await BucketOfAddressAsync(database, key), key);
    }

    [Fact]
    public async Task A_row_of_a_mail_stands_in_no_other_bucket_than_its_id_says()
    {
        var database = await postgres.CreateDatabaseAsync();
        var id = (await TestMail.EnqueueAsync(database, 1))[0];

        var elsewhere = await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync("update deliveries set bucket = (bucket + 1) & 63", null, default));

        elsewhere.SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
        (await database.QuerySingleOrDefaultAsync<long>("select id from deliveries where bucket = @id & 63 and id = @id", new { id }, default)).ShouldBe(id);
    }

    [Fact]
    public async Task Digests_stand_in_the_buckets_of_their_readers()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Digest__MinimumScore", "0"));
        await bed.AddPaperAsync("Pruning networks early");
        for (var n = 0; n < 5; n++)
            await bed.AddReaderAsync($"reader{n}@reader.example", "pruning");

        await bed.TickAsync();

        (await bed.Database.QueryAsync<bool>("select bucket = subscriber_id & 63 from deliveries where digest_on is not null", null, default))
            .ShouldBe([true, true, true, true, true]);
    }

    [Fact]
    public async Task What_is_due_the_longest_in_its_bucket_is_claimed_within_one_round_however_much_is_due_elsewhere()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 64 * 20);
        var early = await FirstOfAsync(database, bucket: 17);
        await database.ExecuteAsync("update deliveries set next_attempt_at = next_attempt_at - interval '1 hour' where id = @early", new { early }, default);
        var claims = ClaimsOf(database);

        var rounds = 0;
        var isClaimed = false;
        while (!isClaimed && rounds < 20)
        {
            var mails = await claims.ClaimAsync(Claimed, Claimed);
            mails.Count.ShouldBe(Claimed);
            isClaimed = mails.Any(mail => mail.Mail.Id == early);
            rounds++;
        }

        rounds.ShouldBeLessThanOrEqualTo(64 / Claims.BucketsAClaim);
    }

    [Fact]
    public async Task Within_a_bucket_mails_are_claimed_in_the_order_of_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 64 * 4);
        await database.ExecuteAsync("update deliveries set next_attempt_at = next_attempt_at - (id >> 12) * interval '1 minute'", null, default);
        var latest = await database.QueryAsync<long>(
            "select id from (select id, row_number() over (partition by bucket order by next_attempt_at, id) as place from deliveries) m where place = 1", null, default);

        // Eight claims come round, and each takes one mail from each bucket.
        var claims = ClaimsOf(database);
        var first = new List<long>();
        for (var n = 0; n < 8; n++)
            first.AddRange((await claims.ClaimAsync(0, 8)).Select(mail => mail.Mail.Id));

        first.ShouldBe(latest, ignoreOrder: true);
    }

    [Fact]
    public async Task Mails_that_overtake_digests_are_claimed_first_in_whatever_buckets_they_stand()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 640);
        var urgent = await TestMail.EnqueueAsync(database, 8, TestMail.Confirmation);

        var mails = await ClaimsOf(database).ClaimAsync(Claimed, Claimed);
        var others = await ClaimsOf(database).ClaimAsync(16, 0);

        mails.Where(mail => mail.Mail.Priority == 0).Select(mail => mail.Mail.Id).ShouldBe(urgent, ignoreOrder: true);
        others.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_stands_in_one_bucket_alone_is_all_sent()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        // As a program of version 1.0.0 writes them, which names no bucket.
        await TestMail.EnqueueAsync(database, 300, id => TestMail.Digest(id & ~63L));

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 300 });

        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where bucket = 0 and state = 'sent'", null, default)).ShouldBe(300);
    }

    [Fact]
    public async Task A_claim_looks_into_no_more_buckets_than_fill_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 64 * 20);
        await database.ExecuteAsync("analyze deliveries", null, default);
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();

        var plan = await connection.QuerySingleAsync<string>(
            "explain (analyze, format json) " + ClaimQueries.ClaimDue,
            new
            {
                now = TestMail.Monday, onlyBucket = (short?)null, owner = "test", lease = 30, buckets = Buckets.FromAnywhere(), urgent = Claimed, digests = Claimed,
                share = Claimed / Claims.BucketsAClaim, crowded = Array.Empty<string>(), crowdedWithUrgent = Array.Empty<string>(),
            },
            default);

        var looks = Nodes(JsonNode.Parse(plan)![0]!["Plan"]!) // explain always answers
            .Where(node => $"{node["Index Cond"]}".Contains("is_queued_by_domain", StringComparison.Ordinal)).ToList();
        looks.ShouldNotBeEmpty();
        looks.ShouldAllBe(node => node["Actual Loops"]!.GetValue<int>() == Claims.BucketsAClaim);
        looks.ShouldAllBe(node => $"{node["Index Cond"]}".StartsWith("((bucket = COALESCE(b.bucket))", StringComparison.Ordinal));
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode node) =>
        (node["Plans"]?.AsArray().SelectMany(below => Nodes(below!)) ?? []).Prepend(node);

    private static Claims ClaimsOf(Database database) => new(database, new LoadedFragments(database), new DeliveryOptions(), new TestClock(TestMail.Monday));

    private static async Task<long> FirstOfAsync(Database database, int bucket) =>
        await database.QuerySingleOrDefaultAsync<long>("select max(id) from deliveries where bucket = @bucket", new { bucket }, default);

    private static Task<long> BucketOfAddressAsync(Database database, string key) =>
        database.QuerySingleOrDefaultAsync<long>("select bucket_of_address(@key)::bigint", new { key }, default);
}
