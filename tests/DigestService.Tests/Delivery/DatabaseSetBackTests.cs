using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>A database that is set back while senders run: a restored disk, or a standby that was behind and took over.</summary>
public sealed class DatabaseSetBackTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_running_sender_sends_nothing_out_of_a_database_that_was_set_back_until_it_is_released(bool isConnectionBroken)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 40);
        await BackUpAsync(database);
        using var stop = new CancellationTokenSource();
        var running = Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);
        await SentAsync(database, 40);

        await RestoreAsync(database, isEpochKept: false, isConnectionBroken);
        await HeldAsync(database);

        relay.Received.Count.ShouldBe(40);
        await Senders.Hold(database).ReleaseAsync(default);
        await SentAsync(database, 40);
        relay.Received.Count.ShouldBe(80);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_standby_that_lacks_only_the_last_marks_is_noticed_though_its_counter_is_not_behind()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 40);
        await BackUpAsync(database);
        using var stop = new CancellationTokenSource();
        var running = Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);
        await SentAsync(database, 40);

        await RestoreAsync(database, isEpochKept: true, isConnectionBroken: true);
        await HeldAsync(database);

        relay.Received.Count.ShouldBe(40);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Of_two_running_senders_neither_sends_again_though_one_moves_the_counter_on()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 400);
        await BackUpAsync(database);
        using var stop = new CancellationTokenSource();
        var running = new[] { Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token), Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token) };
        await SentAsync(database, 400);

        await RestoreAsync(database, isEpochKept: true, isConnectionBroken: true);
        await HeldAsync(database);

        relay.Received.Count.ShouldBe(400);
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Broken_connections_alone_hold_nothing()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 40);
        using var stop = new CancellationTokenSource();
        var running = Senders.Over(database, Senders.To(relay)).RunAsync(stop.Token);
        await SentAsync(database, 40);

        await using (var connection = await database.OpenAsync(default))
            await connection.ExecuteAsync(BreakOthers, null, default);
        database.Source.Clear();
        await TestMail.EnqueueAsync(database, 40);
        await SentAsync(database, 80);

        (await WhyHeldAsync(database)).ShouldBeNull();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_release_anywhere_counts_for_a_sender_that_remembers_more_and_for_its_file()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var data = TestDirectory.Create("data");
        await TestMail.EnqueueAsync(database, 2);
        await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default);
        await database.ExecuteAsync("update delivery_control set epoch = 0", null, default);
        await TestMail.EnqueueAsync(database, 2);
        (await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default)).Hindrance.ShouldNotBeNull();

        await Senders.Hold(database, TestDirectory.Create("elsewhere")).ReleaseAsync(default);

        (await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default)).Sent.ShouldBe(2);
    }

    [Fact]
    public async Task A_database_set_back_to_before_an_earlier_release_is_held_and_can_be_released_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var data = TestDirectory.Create("data");
        await Senders.Hold(database, data).ReleaseAsync(default);
        await TestMail.EnqueueAsync(database, 1);
        await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default);
        await database.ExecuteAsync("update delivery_control set epoch = 50, releases = 0", null, default);
        await TestMail.EnqueueAsync(database, 1);

        (await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default)).Hindrance.ShouldNotBeNull();
        await Senders.Hold(database, data).ReleaseAsync(default);

        (await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default)).Sent.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_of_an_earlier_version_still_gives_a_restored_database_away()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var data = TestDirectory.Create("data");
        await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default);
        var ledger = await database.QuerySingleOrDefaultAsync<Guid>("select ledger_id from delivery_control", null, default);
        Directory.CreateDirectory(Path.Combine(data, "outbox"));
        await File.WriteAllTextAsync(Path.Combine(data, "outbox", ledger.ToString("n")), "7");
        await TestMail.EnqueueAsync(database, 1);

        (await Senders.Over(database, Senders.To(relay), data: data).DrainAsync(default)).Hindrance!.ShouldContain("a backup was restored");
    }

    private const string BreakOthers = """
        select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        """;

    private static Task BackUpAsync(Database database) =>
        database.ExecuteAsync(OutboxBackup.Take, null, default);

    /// <summary>What a physical restore brings back: the rows as they were, and the counter unless it had not moved since.</summary>
    private static Task RestoreAsync(Database database, bool isEpochKept, bool isConnectionBroken) => database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync(OutboxBackup.Restore, null, default);
            if (!isEpochKept)
                await connection.ExecuteAsync("update delivery_control set epoch = 0", null, default);
            if (isConnectionBroken)
                await connection.ExecuteAsync(BreakOthers, null, default);
        },
        default);

    private static Task SentAsync(Database database, int count) => Eventually.TrueAsync(
        () => AskAsync(database, "select count(*) = @count from deliveries where state = 'sent'", new { count }), $"{count} mails are sent");

    private static Task HeldAsync(Database database) =>
        Eventually.TrueAsync(() => AskAsync(database, "select held_at is not null from delivery_control", null), "sending is held");

    private static Task<string?> WhyHeldAsync(Database database) =>
        database.QuerySingleOrDefaultAsync<string>("select held_because from delivery_control", null, default);

    /// <summary>Asks through whatever connection there is; one that was just broken answers no.</summary>
    private static async Task<bool> AskAsync(Database database, string sql, object? parameters)
    {
        try
        {
            return await database.QuerySingleOrDefaultAsync<bool>(sql, parameters, default);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
