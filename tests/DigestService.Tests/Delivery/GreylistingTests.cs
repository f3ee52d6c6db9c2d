using System.Collections.Concurrent;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>A relay that puts each mail off the first time and does not say that it greylists.</summary>
public sealed class GreylistingTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("451 4.7.1 Try again later")]
    [InlineData("450 Please come back in a while")]
    public async Task A_whole_run_that_is_put_off_goes_out_when_it_comes_again(string reply)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(
            answers: step => step.Point == SmtpPoint.Rcpt && _asked.AddOrUpdate(step.Recipient, 1, (_, times) => times + 1) == 1 ? SmtpAnswer.Reply(reply) : null);
        await TestMail.EnqueueAsync(database, 400, id => TestMail.Timeless(id) with { Recipient = $"reader{id}@mail{TestMail.Number(id) % 50}.example" });

        await Senders.RunUntilAsync(database, Senders.To(relay), Duration.FromSeconds(5), "sent", 400);

        Senders.Counted(relay).Values.ShouldAllBe(copies => copies == 1);
        _asked.Values.ShouldAllBe(times => times <= 3);
        (await database.QueryAsync<string>("select relay from relay_troubles where ended_at is null", null, default)).ShouldBeEmpty();
    }
}
