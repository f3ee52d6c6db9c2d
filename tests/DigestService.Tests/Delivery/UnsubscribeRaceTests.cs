using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

public sealed class UnsubscribeRaceTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    // Taken at random among the next in line, so that marks and unsubscriptions meet.
    private const string Leave = """
        update subscribers set state = 'unsubscribed', next_due_at = null, next_due_on = null
        where id = (
            select s.id
            from deliveries d
            join subscribers s on s.id = d.subscriber_id
            where d.state in ('claimed', 'sending')
              and d.state = 'claimed'
              and s.state = 'active'
            order by d.id
            offset @skip
            limit 1)
          and state = 'active'
        returning id
        """;

    [Theory]
    [EachTransfer]
    public async Task Nothing_begins_to_be_sent_once_an_unsubscription_has_committed(Transfer transfer)
    {
        var readersCount = Full.IsAsked ? 20_000 : 800;
        var races = Full.IsAsked ? 5_000 : 300;
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(transfer.Script(new SmtpScript { MaxKeptBytes = 512 }));
        var readers = await TestSubscribers.AddAsync(database, [.. Enumerable.Repeat("active", readersCount)]);
        await TestMail.EnqueueAsync(database, readersCount, id => TestMail.Digest(id, $"reader{TestMail.Number(id)}@mail.example", readers[(int)TestMail.Number(id) - 1]));
        var left = new System.Collections.Concurrent.ConcurrentDictionary<long, string>();

        var sending = Senders.Over(database, Senders.To(relay)).DrainAsync(default);
        var leaving = Enumerable.Range(0, 3).Select(async n =>
        {
            var random = new Random(n);
            while (left.Count < races && !sending.IsCompleted)
            {
                var reader = await database.QuerySingleOrDefaultAsync<long>(Leave, new { skip = random.Next(30) }, default);
                if (reader == 0)
                    continue;
                // Committed. What stands here now is what the sender had done before it.
                left[reader] = await database.QuerySingleOrDefaultAsync<string>(
                    "select state from deliveries where subscriber_id = @reader", new { reader }, default) ?? "";
            }
        });
        await Task.WhenAll(leaving);
        var counts = await sending;

        var ends = (await database.QueryAsync<(long Reader, string State)>("select subscriber_id, state from deliveries", null, default))
            .ToDictionary(row => row.Reader, row => row.State);
        var inTime = left.Where(pair => pair.Value is "queued" or "claimed").Select(pair => pair.Key).ToArray();
        output.WriteLine($"{transfer}, {left.Count} unsubscriptions against {readersCount} mails, {inTime.Length} before the mark, {left.Count - inTime.Length} after it: {counts}");
        inTime.Length.ShouldBeGreaterThan(0);
        ends.Where(pair => !left.ContainsKey(pair.Key)).ShouldAllBe(pair => pair.Value == "sent");
        inTime.Where(reader => ends[reader] != "suppressed").ShouldBeEmpty();
        left.Keys.Except(inTime).Where(reader => ends[reader] is not ("sent" or "suppressed")).ShouldBeEmpty();
    }
}
