using System.Diagnostics;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Delivery;

/// <summary>Real processes that are asked to stop, and that share one schedule.</summary>
public sealed class WorkerProcessTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(25);

    [Theory]
    [EachTransfer]
    public async Task SIGTERM_finishes_the_mails_under_way_gives_the_rest_back_and_ends_well(Transfer transfer)
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs SIGTERM");
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Drip("250 taken", TimeSpan.FromMilliseconds(200)), transfer.Script());
        await TestMail.EnqueueAsync(database, 100, TestMail.Timeless);
        using var worker = WorkerProcess.Serve(database, relay, ("Delivery__LeaseSeconds", "60"));
        (await relay.HasReceivedAsync(4, TimeSpan.FromSeconds(30))).ShouldBeTrue();

        var watch = Stopwatch.StartNew();
        worker.Signal("TERM");
        (await worker.ExitAsync(StopLimit)).ShouldBe(0, await worker.ErrorsAsync());

        var states = await Senders.StatesAsync(database);
        output.WriteLine($"{transfer}: stopped after {watch.Elapsed.TotalSeconds:0.0} s, {string.Join(", ", states)}");
        states.Keys.ShouldBe(["sent", "queued"], ignoreOrder: true);
        states["sent"].ShouldBe(relay.Received.Count);
        (await OutboxAudit.CloseAsync(database, relay)).Doubted.ShouldBe(0);
    }

    [Theory]
    [EachTransfer]
    public async Task SIGTERM_leaves_a_relay_that_does_not_answer_and_says_which_mails_are_in_doubt(Transfer transfer)
    {
        if (!Full.IsAsked)
            throw Skip.Because("waits twenty seconds for a relay: scripts/test --full");
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Stall.ButTakesTheMail(), transfer.Script());
        await TestMail.EnqueueAsync(database, 100, TestMail.Timeless);
        using var worker = WorkerProcess.Serve(database, relay);
        (await relay.HasReceivedAsync(4, TimeSpan.FromSeconds(30))).ShouldBeTrue();

        var watch = Stopwatch.StartNew();
        worker.Signal("TERM");
        (await worker.ExitAsync(StopLimit)).ShouldBe(0, await worker.ErrorsAsync());

        var states = await Senders.StatesAsync(database);
        output.WriteLine($"{transfer}: stopped after {watch.Elapsed.TotalSeconds:0.0} s, {string.Join(", ", states)}");
        states.ShouldBe(new Dictionary<string, long> { ["unknown"] = 4, ["queued"] = 96 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Two_planners_make_one_tick_a_minute_and_when_one_is_killed_the_other_goes_on()
    {
        if (!Full.IsAsked)
            throw Skip.Because("waits for six ticks, a minute each: scripts/test --full");
        const string ticks = "select times_triggered from quartz.qrtz_simple_triggers where trigger_name = 'plan-tick'";
        const string next = "select instance_name from quartz.qrtz_fired_triggers where state = 'ACQUIRED'";
        var database = await postgres.CreateDatabaseAsync();
        var workers = new[] { WorkerProcess.Plan(database), WorkerProcess.Plan(database) };
        try
        {
            await Task.WhenAll(workers.Select(worker => worker.UrlAsync(TimeSpan.FromSeconds(60))));
            var (first, watch) = (await TicksAsync(), Stopwatch.StartNew());
            await UntilAsync(async () => await TicksAsync() >= first + 3, TimeSpan.FromMinutes(5));
            var minutes = watch.Elapsed.TotalMinutes;
            var together = await TicksAsync() - first;

            // The one that has just put its name to the next tick: it dies with it in hand.
            var holder = "";
            await UntilAsync(async () => (holder = await database.QuerySingleOrDefaultAsync<string>(next, null, default) ?? "") != "", TimeSpan.FromMinutes(2));
            var victim = workers.Single(worker => holder.Contains($"-{worker.Id}-", StringComparison.Ordinal));
            victim.Kill();
            var killedAt = await TicksAsync();
            watch.Restart();
            await UntilAsync(async () => await TicksAsync() >= killedAt + 2, TimeSpan.FromMinutes(4));

            output.WriteLine($"{together} ticks in {minutes:0.0} minutes with two planners; two more within {watch.Elapsed.TotalSeconds:0} s of the death of the one that held the next");
            ((double)together).ShouldBeInRange(minutes - 1, minutes + 1.1);
            workers.Single(worker => worker != victim).HasExited.ShouldBeFalse();
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }

        Task<long> TicksAsync() => database.QuerySingleOrDefaultAsync<long>(ticks, null, default);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
    }

    [Fact]
    public async Task A_run_that_was_stopped_before_all_was_sent_is_not_done()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs SIGTERM");
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Dot, SmtpAnswer.Drip("250 taken", TimeSpan.FromMilliseconds(200)));
        await TestMail.EnqueueAsync(database, 100, TestMail.Timeless);
        using var run = WorkerProcess.Drain(database, relay);
        (await relay.HasReceivedAsync(4, TimeSpan.FromSeconds(30))).ShouldBeTrue();

        run.Signal("TERM");

        (await run.ExitAsync(StopLimit)).ShouldBe(1);
        (await run.ErrorsAsync()).ShouldContain("Stopped: what is still due goes out with the next run");
    }

    [Fact]
    public async Task Signals_that_come_again_while_a_process_ends_change_nothing()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs SIGTERM");
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        using var worker = WorkerProcess.Serve(database, relay);
        await worker.UrlAsync(TimeSpan.FromMinutes(1));

        while (!worker.HasExited)
            worker.Signal("TERM");

        (await worker.ExitAsync(TimeSpan.FromMinutes(1))).ShouldBe(0);
        (await worker.ErrorsAsync()).ShouldNotContain("Unhandled");
    }
}
