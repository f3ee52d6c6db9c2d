using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Delivery;

public sealed class OutcomeWriterTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_journal_is_held_up_until_the_database_takes_what_it_has()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var mail = (await new Claims(database, new LoadedFragments(database), options, clock).ClaimAsync(1, 1, CrowdedDomains.None, default)).ShouldHaveSingleItem();
        await using var outcomes = new OutcomeWriter(database, Senders.Hold(database), options, clock, _ => { }, NullLogger.Instance);
        outcomes.Start();

        await SetReadOnlyAsync(database, "on");
        outcomes.Record(new Verdict { Mail = mail.Mail, State = "sent", Reply = "250 ok" });
        await Eventually.TrueAsync(() => outcomes.IsHeldUp, "the outcomes says that it is held up");
        await SetReadOnlyAsync(database, "off");
        await Eventually.TrueAsync(() => !outcomes.IsHeldUp, "the outcomes has written what it had");

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1 });
    }

    /// <summary>Takes effect with new connections, so the pool gives up those it has.</summary>
    private static async Task SetReadOnlyAsync(Database database, string value)
    {
        await using var connection = await database.OpenAsync(default);
        await connection.ExecuteAsync("set default_transaction_read_only = off", null, default);
        await connection.ExecuteAsync(
            $"do $$ begin execute format('alter database %I set default_transaction_read_only = {value}', current_database()); end $$", null, default);
        database.Source.Clear();
    }
}
