using DigestService.Delivery;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>The marks in their form for several servers, on one server.</summary>
public sealed class SpreadMarksTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task They_stop_what_the_form_for_one_server_stops()
    {
        var database = await postgres.CreateDatabaseAsync();
        var readers = await TestSubscribers.AddAsync(database, "active", "unsubscribed", "active", "active");
        await TestMail.EnqueueAsync(database, 5, id => TestMail.Digest(id, $"reader{TestMail.Number(id)}@mail.example", TestMail.Number(id) <= 4 ? readers[(int)TestMail.Number(id) - 1] : 999));
        await database.ExecuteAsync("update subscribers set address = 'moved@mail.example', address_key = 'moved@mail.example' where id = @id", new { id = readers[2] }, default);
        var mails = await Senders.ClaimAsync(database, new DeliveryOptions(), new TestClock(TestMail.Monday), 5);
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();

        var marks = await SpreadMarks.HoldAsync(
            database, connection, [.. mails.Select(mail => new Mark(mail.Mail, "relay:25"))], [], default, Duration.FromSeconds(30), TestMail.Monday, mayPrepare: true, CancellationToken.None);
        await using (var batch = new NpgsqlBatch(connection))
        {
            foreach (var mark in marks)
                batch.BatchCommands.Add(mark);
            await batch.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
        (await database.QueryAsync<(string, string?)>("select state, reply from deliveries order by id", null, default)).ShouldBe(
        [
            ("sending", null), ("suppressed", "The reader is unsubscribed."), ("suppressed", "The reader has moved to another address."), ("sending", null), ("suppressed", "The reader is gone."),
        ]);
    }
}
