using DigestService.Digests;
using DigestService.Tests.Delivery;
using NodaTime;

namespace DigestService.Tests.Digests;

public sealed class DigestRetentionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Digests_go_with_their_entries_after_their_days_and_a_planned_one_stays()
    {
        var database = await postgres.CreateDatabaseAsync();
        var readers = await TestSubscribers.AddAsync(database, "active", "active");
        await database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at)
            select r, date '2026-03-02' - d, now(), case when d = 92 then 'planned' else 'queued' end, now()
            from unnest(@readers) r, unnest(array[0, 90, 91, 92]) d
            """,
            new { readers },
            default);
        await database.ExecuteAsync(
            """
            insert into digest_items (subscriber_id, digest_on, position, paper_id, score, section, reasons)
            select subscriber_id, digest_on, 1, 1, 1, 'topics', '[]' from digests
            """,
            null,
            default);
        var retention = new DigestRetention(database, new DigestOptions(), new TestClock(Instant.FromUtc(2026, 3, 2, 7, 0)));

        (await retention.RunAsync(default)).ShouldBe(2);

        const string ages = "select distinct date '2026-03-02' - digest_on from ";
        (await database.QueryAsync<int>(ages + "digests order by 1", null, default)).ShouldBe([0, 90, 92]);
        (await database.QueryAsync<int>(ages + "digest_items order by 1", null, default)).ShouldBe([0, 90, 92]);
    }

    [Fact]
    public async Task A_reader_who_is_being_changed_is_left_to_the_next_round()
    {
        var database = await postgres.CreateDatabaseAsync();
        var readers = await TestSubscribers.AddAsync(database, "active", "active");
        await database.ExecuteAsync(
            "insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at) select r, '2025-01-01', now(), 'queued', now() from unnest(@readers) r",
            new { readers },
            default);
        var retention = new DigestRetention(database, new DigestOptions(), new TestClock(Instant.FromUtc(2026, 3, 2, 7, 0)));
        await using var connection = await database.OpenAsync(default);
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await DigestService.Platform.ConnectionExtensions.ExecuteAsync(
                connection, "select 1 from subscribers where id = @id for update", new { id = readers[0] }, default);

            (await retention.RunAsync(default)).ShouldBe(1);
        }

        (await retention.RunAsync(default)).ShouldBe(1);
    }
}
