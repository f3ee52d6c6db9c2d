using DigestService.Delivery;
using DigestService.Platform;

namespace DigestService.Tests.Delivery;

public sealed class OutboxTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Enqueued_mails_are_owed_once_the_callers_transaction_commits()
    {
        var database = await postgres.CreateDatabaseAsync();

        var ids = await TestMail.EnqueueAsync(database, 3);

        var stored = await database.QueryAsync<(long Id, string State, string Domain)>(
            "select id, state, recipient_domain from deliveries order by id", null, default);
        stored.ShouldBe(ids.Select(id => (id, "queued", "mail.example")));
    }

    [Fact]
    public async Task Nothing_is_owed_when_the_callers_transaction_rolls_back()
    {
        var database = await postgres.CreateDatabaseAsync();
        var outbox = new Outbox(new LinkSigner(new byte[32]));

        await Should.ThrowAsync<InvalidOperationException>(() => database.InTransactionAsync(
            async connection =>
            {
                var ids = await outbox.ReserveIdsAsync(connection, TestMail.SomeBuckets(1), default);
                await outbox.EnqueueAsync(connection, [TestMail.Digest(ids[0])], TestMail.Monday, default);
                throw new InvalidOperationException("The planner changed its mind.");
            },
            default));

        (await database.QueryAsync<long>("select id from deliveries", null, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_delivery_id_is_never_stored_twice()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1, _ => TestMail.Digest(7));

        var again = () => TestMail.EnqueueAsync(database, 1, _ => TestMail.Digest(7));

        (await again.ShouldThrowAsync<Npgsql.PostgresException>()).SqlState.ShouldBe("23505");
    }
}
