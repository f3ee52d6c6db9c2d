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
        var mail = (await Senders.ClaimAsync(database, options, clock, 1)).ShouldHaveSingleItem();
        await using var outcomes = new OutcomeWriter(database, Senders.Hold(database), options, clock, _ => { }, NullLogger.Instance);
        outcomes.Start();

        await SetReadOnlyAsync(database, "on");
        outcomes.Record(new Verdict { Mail = mail.Mail, State = "sent", Reply = "250 ok" });
        await Eventually.TrueAsync(() => outcomes.IsHeldUp, "the outcomes says that it is held up");
        await SetReadOnlyAsync(database, "off");
        await Eventually.TrueAsync(() => !outcomes.IsHeldUp, "the outcomes has written what it had");

        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["sent"] = 1 });
    }

    [Theory]
    [InlineData("sent", false, 1)]
    [InlineData("deferred", true, 1)]
    [InlineData("failed", false, 0)]
    public async Task A_result_that_a_commit_wrote_whose_answer_was_lost_counts_as_written(string state, bool isSpared, int expected)
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var mail = (await Senders.ClaimAsync(database, options, clock, 1)).ShouldHaveSingleItem();
        // What the first try wrote before its connection broke, unless it is another's word.
        var written = new Verdict { Mail = mail.Mail, State = state == "failed" ? "sent" : state, Reply = "250 ok", IsSpared = isSpared, AgainAt = isSpared ? TestMail.Monday : null };
        var recorded = new List<Verdict>();

        foreach (var verdict in (Verdict[])[written, written with { State = state }])
        {
            recorded.Clear();
            await using var outcomes = new OutcomeWriter(database, Senders.Hold(database), options, clock, recorded.Add, NullLogger.Instance);
            outcomes.Start();
            outcomes.Record(verdict);
            await outcomes.FinishAsync(TimeSpan.FromSeconds(30));
        }

        recorded.Count.ShouldBe(expected);
    }

    [Fact]
    public async Task Marks_of_connections_that_are_all_busy_go_into_one_commit()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 4);
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var mails = await Senders.ClaimAsync(database, options, clock, 4);
        await using var outcomes = new OutcomeWriter(database, Senders.Hold(database), options, clock, _ => { }, NullLogger.Instance)
        {
            Gathering = TimeSpan.FromMinutes(1),
        };
        outcomes.Start();
        foreach (var _ in mails)
            outcomes.Begin();

        // Three of four are enough: the fourth may have met a relay that does not answer.
        var first = outcomes.MarkAsync(mails[0], "relay:25");
        var second = outcomes.MarkAsync(mails[1], "relay:25");
        for (var look = 0; look < 20; look++)
            (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["claimed"] = 4 });
        var third = outcomes.MarkAsync(mails[2], "relay:25");

        (await Task.WhenAll(first, second, third)).ShouldAllBe(result => result == MarkResult.Marked);
        (await database.QuerySingleOrDefaultAsync<long>("select count(distinct xmin::text) from deliveries where state = 'sending'", null, default)).ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_is_busy_alone_waits_for_nobody()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var mail = (await Senders.ClaimAsync(database, options, clock, 1)).ShouldHaveSingleItem();
        await using var outcomes = new OutcomeWriter(database, Senders.Hold(database), options, clock, _ => { }, NullLogger.Instance)
        {
            Gathering = Timeout.InfiniteTimeSpan,
        };
        outcomes.Start();
        outcomes.Begin();

        (await outcomes.MarkAsync(mail, "relay:25").WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(MarkResult.Marked);
    }

    [Fact]
    public async Task A_mark_writes_the_row_beside_the_one_it_replaces_and_no_index()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 5);
        var (options, clock) = (new DeliveryOptions(), new TestClock(TestMail.Monday));
        var mails = await Senders.ClaimAsync(database, options, clock, 5);
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();

        var marked = await connection.QueryAsync<long>(
            DeliveryQueries.MarkSending,
            new
            {
                ids = mails.Select(mail => mail.Mail.Id).ToArray(),
                fences = mails.Select(mail => mail.Mail.Fence).ToArray(),
                subscribers = mails.Select(mail => mail.Mail.SubscriberId).ToArray(),
                days = mails.Select(_ => (DateOnly?)null).ToArray(),
                recipients = mails.Select(mail => mail.Mail.Recipient).ToArray(),
                keys = mails.Select(mail => mail.Mail.RecipientKey).ToArray(),
                relays = mails.Select(_ => "relay:25").ToArray(),
                lease = 30,
                now = TestMail.Monday,
                releases = 0L,
                epoch = 0L,
                bucket = (short?)null,
                readerBucket = (short?)null,
            },
            default);

        marked.Count.ShouldBe(5);
        (await connection.QuerySingleAsync<long>("select pg_stat_get_xact_tuples_hot_updated('deliveries_1'::regclass)", null, default)).ShouldBe(5);
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
