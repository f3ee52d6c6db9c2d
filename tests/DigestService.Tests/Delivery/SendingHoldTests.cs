using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Delivery;

public sealed class SendingHoldTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly string _data = TestDirectory.Create("data");

    [Fact]
    public async Task A_database_set_back_to_before_its_mails_went_out_sends_nothing_until_it_is_released()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 2);
        var sender = Senders.Over(database, Senders.To(relay), data: _data);
        var backup = await BackUpAsync(database);
        await sender.DrainAsync(default);

        await RestoreAsync(database, backup);
        var held = await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default);

        held.Sent.ShouldBe(0);
        held.Hindrance!.ShouldContain("a backup was restored");
        relay.Received.Count.ShouldBe(2);
        await Over(database).ReleaseAsync(default);
        (await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default)).Sent.ShouldBe(2);
        (await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default)).Hindrance.ShouldBeNull();
    }

    [Fact]
    public async Task A_sender_that_looks_while_another_moves_the_counter_on_takes_nothing_for_a_backup()
    {
        var database = await postgres.CreateDatabaseAsync();
        await Senders.Hold(database, _data).CheckInAsync(default);
        var ledger = await database.QuerySingleOrDefaultAsync<Guid>("select ledger_id from delivery_control", null, default);
        var marker = Path.Combine(Directory.CreateDirectory(Path.Combine(_data, "outbox")).FullName, ledger.ToString("n"));
        // A pipe for the file: whoever reads it has asked the database, and waits for what the other writes.
        using (var maker = System.Diagnostics.Process.Start("mkfifo", marker))
            await maker.WaitForExitAsync();
        var looking = Task.Run(() => Senders.Hold(database, _data).CheckInAsync(default));

        await using (var pipe = new StreamWriter(marker))
            await pipe.WriteAsync((await database.QuerySingleOrDefaultAsync<SendingEpoch>(OutboxQueries.Tick, null, default)).ToString());
        await looking;

        (await Senders.Hold(database, _data).WhyHeldAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_stops_no_mail()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 1);
        await Senders.Hold(database, _data).CheckInAsync(default);
        var ledger = await database.QuerySingleOrDefaultAsync<Guid>("select ledger_id from delivery_control", null, default);
        // A file whose first octet nobody can read, whoever runs this.
        File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(_data, "outbox")).FullName, ledger.ToString("n")), "/proc/self/mem");

        (await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
    }

    [Fact]
    public async Task Drafts_of_the_file_that_others_left_behind_go_and_those_being_written_stay()
    {
        var database = await postgres.CreateDatabaseAsync();
        var hold = Senders.Hold(database, _data);
        await hold.CheckInAsync(default);
        var ledger = await database.QuerySingleOrDefaultAsync<Guid>("select ledger_id from delivery_control", null, default);
        var folder = Directory.CreateDirectory(Path.Combine(_data, "outbox")).FullName;
        foreach (var (draft, age) in ((string, int)[])[("left-7", 7200), ("written-8", 0)])
        {
            var path = Path.Combine(folder, $"{ledger:n}.{draft}");
            await File.WriteAllTextAsync(path, "");
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(-age));
        }

        await hold.TickAsync(default);

        Directory.GetFiles(folder).Select(Path.GetFileName).Order().ShouldBe([$"{ledger:n}", $"{ledger:n}.written-8"]);
    }

    [Fact]
    public async Task A_draft_that_may_not_be_deleted_is_told_as_that_and_the_file_is_written()
    {
        var database = await postgres.CreateDatabaseAsync();
        var lines = new LinesOf<SendingHold>();
        var hold = new SendingHold(database, new DataOptions { Directory = _data }, lines);
        await hold.CheckInAsync(default);
        var ledger = await database.QuerySingleOrDefaultAsync<Guid>("select ledger_id from delivery_control", null, default);
        var marker = Path.Combine(Directory.CreateDirectory(Path.Combine(_data, "outbox")).FullName, ledger.ToString("n"));
        var draft = marker + ".left-7";
        await File.WriteAllTextAsync(draft, "");
        File.SetLastWriteTimeUtc(draft, File.GetLastWriteTimeUtc(draft).AddHours(-2));
        // What is mounted is deleted by nobody, whoever runs this.
        await using var fixedDraft = await SmallDisk.FixAsync(draft);

        await hold.TickAsync(default);

        lines.Told.ShouldBe([$"Warning: What processes that died left in {draft} cannot be deleted by this account; it does no harm and may be deleted by hand"]);
        SendingEpoch.TryParse(await File.ReadAllTextAsync(marker), out var written).ShouldBeTrue();
        written.ShouldBe(hold.Seen);
    }

    [Fact]
    public async Task A_full_disk_leaves_no_draft_of_the_file()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var disk = await SmallDisk.MountAsync(TestDirectory.Create("small"), account: null);
        var hold = Senders.Hold(database, disk.Folder);
        await hold.CheckInAsync(default);
        Directory.CreateDirectory(Path.Combine(disk.Folder, "outbox"));
        disk.Fill();

        await hold.TickAsync(default);

        Directory.GetFiles(Path.Combine(disk.Folder, "outbox")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_of_a_sending_database_is_held_wherever_it_is_opened()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default);
        await database.ExecuteAsync("update delivery_control set home = 'another server/1'", null, default);
        await TestMail.EnqueueAsync(database, 1);

        var held = await Senders.Over(database, Senders.To(relay), data: TestDirectory.Create("elsewhere")).DrainAsync(default);

        held.Hindrance!.ShouldContain("its home changed");
        relay.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_with_two_signs_of_having_been_set_back_is_told_for_the_first_of_them()
    {
        var database = await postgres.CreateDatabaseAsync();
        var lines = new LinesOf<SendingHold>();
        var hold = new SendingHold(database, new DataOptions { Directory = _data }, lines);
        await hold.CheckInAsync(default);
        await hold.TickAsync(default);
        await database.ExecuteAsync("update delivery_control set home = 'another server/1', epoch = 0", null, default);
        // Another sender of the process, which has not ticked yet.
        var other = new SendingHold(database, new DataOptions { Directory = _data }, lines);
        await other.CheckInAsync(default);
        await database.ExecuteAsync("update delivery_control set epoch = -100", null, default);
        await other.TickAsync(default);

        lines.Told.ShouldHaveSingleItem().ShouldContain("its home changed");
        (await hold.WhyHeldAsync(default))!.ShouldContain("its home changed");
    }

    [Fact]
    public async Task A_service_that_was_down_for_days_just_goes_on()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var clock = new TestClock(TestMail.Monday);
        await TestMail.EnqueueAsync(database, 1);
        await Senders.Over(database, Senders.To(relay), clock: clock, data: _data).DrainAsync(default);
        await TestMail.EnqueueAsync(database, 1, TestMail.Timeless);
        clock.Advance(Duration.FromDays(3));

        (await Senders.Over(database, Senders.To(relay), clock: clock, data: _data).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
    }

    [Fact]
    public async Task A_new_database_under_an_old_data_directory_is_not_taken_for_a_backup()
    {
        await using var relay = ScriptedSmtpServer.Start();
        for (var i = 0; i < 2; i++)
        {
            var database = await postgres.CreateDatabaseAsync();
            await TestMail.EnqueueAsync(database, 1);
            (await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
        }
    }

    [Fact]
    public async Task The_operators_hold_stops_a_sender_at_its_next_mail()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Dot ? SmtpAnswer.Drip("250 ok", TimeSpan.FromMilliseconds(20)) : null);
        await TestMail.EnqueueAsync(database, 500);
        var sending = Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default);
        await relay.HasReceivedAsync(10, TimeSpan.FromSeconds(10));

        await Over(database).HoldAsync("Wrong papers.", default);
        var atHold = relay.Received.Count;
        var counts = await sending;

        counts.Hindrance!.ShouldContain("Wrong papers.");
        relay.Received.Count.ShouldBeLessThanOrEqualTo(atHold + 4);
        (await Senders.StatesAsync(database)).Keys.ShouldBe(["sent", "queued"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_stopped_day_sends_no_more_of_its_digests_and_leaves_other_mail_alone()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await TestMail.EnqueueAsync(database, 3);
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id) with { DigestOn = new LocalDate(2026, 3, 3) });
        await TestMail.EnqueueAsync(database, 1, TestMail.Confirmation);
        await database.ExecuteAsync(OutboxQueries.KillDigests, new { day = new LocalDate(2026, 3, 2) }, default);

        (await Senders.Over(database, Senders.To(relay), data: _data).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2, Suppressed = 3 });
    }

    [Fact]
    public async Task The_operator_sends_failed_and_doubtful_mails_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step => (step.Point, step.Sender) switch
        {
            (SmtpPoint.Rcpt, "refused@service.example") => SmtpAnswer.Reply("550 5.1.1 no such user"),
            (SmtpPoint.Dot, "broken@service.example") => SmtpAnswer.HangUp,
            _ => null,
        });
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id) with { Sender = "refused@service.example" });
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id) with { Sender = "broken@service.example" });
        var options = new DeliveryOptions { OnUnknown = OnUnknown.Hold };
        var sender = Senders.Over(database, Senders.To(relay), options, data: _data);
        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Failed = 1, Unknown = 1 });
        relay.Answers = _ => null;

        var retry = new OutboxRetry(database, new TestClock(TestMail.Monday));
        await retry.RunAsync(RetryOf.Failed, day: null, limit: null, default);
        await retry.RunAsync(RetryOf.Unknown, day: null, limit: null, default);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2 });
    }

    [Fact]
    public async Task A_mail_in_doubt_that_the_operator_lets_be_is_sent_by_no_later_order()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.HangUp.ButTakesTheMail());
        await TestMail.EnqueueAsync(database, 1, TestMail.Timeless);
        var sender = Senders.Over(database, Senders.To(relay), new DeliveryOptions { OnUnknown = OnUnknown.Hold }, data: _data);
        await sender.DrainAsync(default);
        var retry = new OutboxRetry(database, new TestClock(TestMail.Monday));
        (await retry.DismissAsync(day: null, default)).ShouldBe(1);
        relay.Answers = _ => null;

        (await retry.RunAsync(RetryOf.Failed, day: null, limit: null, default)).ShouldBeEmpty();

        await sender.DrainAsync(default);
        relay.Received.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(SmtpPoint.Rcpt, "550 5.1.1 no such user", "failed")]
    [InlineData(SmtpPoint.Dot, null, "unknown")]
    public async Task A_mail_that_the_operator_sends_again_from_its_page_is_not_taken_for_a_restored_backup(SmtpPoint point, string? reply, string state)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point != point ? null : reply is null ? SmtpAnswer.HangUp : SmtpAnswer.Reply(reply));
        await TestMail.EnqueueAsync(database, 1);
        var sender = Senders.Over(database, Senders.To(relay), new DeliveryOptions { OnUnknown = OnUnknown.Hold }, data: _data);
        await sender.DrainAsync(default);
        (await Senders.StatesAsync(database)).Keys.ShouldBe([state]);
        relay.Answers = _ => null;
        var id = await database.QuerySingleOrDefaultAsync<long>("select id from deliveries", null, default);

        (await new OutboxActions(database, NullLogger<OutboxActions>.Instance).DoAsync(OutboxAction.Retry, [id], default)).ShouldBe(1);

        (await sender.DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1 });
        (await Over(database).WhyHeldAsync(default)).ShouldBeNull();
    }

    private SendingHold Over(Database database) => Senders.Hold(database, _data);

    /// <summary>What a physical backup keeps: rows and counters, under the same identity.</summary>
    private static async Task<long> BackUpAsync(Database database)
    {
        await database.ExecuteAsync(OutboxBackup.Take, null, default);
        return await database.QuerySingleOrDefaultAsync<long>("select epoch from delivery_control", null, default);
    }

    private static async Task RestoreAsync(Database database, long epoch)
    {
        await database.ExecuteAsync(OutboxBackup.Restore, null, default);
        await database.ExecuteAsync("update delivery_control set epoch = @epoch", new { epoch }, default);
    }
}
