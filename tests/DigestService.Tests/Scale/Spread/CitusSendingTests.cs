using System.Diagnostics;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Scale.Spread;

/// <summary>Real processes that make and send the digests of readers who are spread over several servers.</summary>
[Collection(CitusFixture.OneAfterTheOther)]
public sealed class CitusSendingTests(CitusFixture citus, ITestOutputHelper output) : IClassFixture<CitusFixture>
{
    private const string Run = "digests run --json --now ";
    private const int Connections = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Full.IsAsked ? 10 : 2);
    private static readonly LocalDate FirstDay = new(2026, 3, 4);

    // One database for all, so one after the other: the first day's run is killed, the days after it are measured.
    [Fact]
    public async Task A_killed_run_loses_no_digest_and_doubles_none_silently_and_each_digest_is_sent_once_by_one_worker_by_two_and_as_readers_double()
    {
        var readers = Full.IsAsked ? 4_000 : 200;
        var (database, app) = await StartAsync(readers);

        await ListAsync(app, FirstDay);
        WorkerProcess? first = null;
        var dots = 0;
        await using (var relay = ScriptedSmtpServer.Start(answers: step =>
        {
            if (step.Point == SmtpPoint.Dot && Interlocked.Increment(ref dots) == readers / 4)
                first!.Kill(); // runs after the start below
            return null;
        }))
        {
            using (first = WorkerProcess.Verb(database, Run + Hour(FirstDay), To(relay)))
                await first.ExitAsync(Limit);
            using (var second = WorkerProcess.Verb(database, Run + Hour(FirstDay), To(relay)))
            {
                (await second.ExitAsync(Limit)).ShouldBe(0, await second.ErrorsAsync());
                output.WriteLine(await second.ErrorsAsync());
            }

            var audit = await OutboxAudit.CloseAsync(database, relay);
            output.WriteLine($"killed after {readers / 4} of {readers}: {audit}");
            (audit.Owed, audit.Arrived, audit.Lost, audit.DoubledSilently).ShouldBe((readers, readers, 0, 0));
            audit.Doubted.ShouldBeLessThanOrEqualTo(Connections);
        }

        foreach (var workers in (int[])[1, 2])
            await MeasureAsync(database, app, FirstDay.PlusDays(workers), workers, readers);
        for (var growth = 2; growth <= 4; growth *= 2)
        {
            var day = FirstDay.PlusDays(2 + growth / 2);
            await ImportAsync(app, readers * growth / 2, readers * growth, day);
            await MeasureAsync(database, app, day, 1, readers * growth);
        }
    }

    private async Task MeasureAsync(Database database, TestApp app, LocalDate day, int workers, int readers)
    {
        await ListAsync(app, day);
        await using var relay = ScriptedSmtpServer.Start();
        var watch = Stopwatch.StartNew();
        var running = Enumerable.Range(0, workers).Select(_ => WorkerProcess.Verb(database, Run + Hour(day), To(relay))).ToList();
        foreach (var worker in running)
            (await worker.ExitAsync(Limit)).ShouldBe(0, await worker.ErrorsAsync());
        output.WriteLine($"{workers} workers: {readers} digests in {watch.Elapsed.TotalSeconds:0.0} s, {readers / watch.Elapsed.TotalSeconds:0} a second, with the start of the processes");
        foreach (var worker in running)
        {
            output.WriteLine(await worker.OutputAsync());
            worker.Dispose();
        }

        relay.Received.Select(mail => mail.Recipient).ShouldBeUnique();
        relay.Received.Count.ShouldBe(readers);
    }

    private static (string Key, string Value)[] To(ScriptedSmtpServer relay) =>
    [
        .. relay.Settings, ("Smtp__Connections", $"{Connections}"), ("Mail__From", "digest@papers.example"), ("Site__BaseUrl", "https://digest.example"),
        ("Delivery__LeaseSeconds", "5"), ("Digest__WaitForSources", "00:00:00"),
    ];

    private static string Hour(LocalDate day) => (day.AtMidnight().InUtc().ToInstant() + Duration.FromHours(8)).ToString();

    private async Task<(Database Database, TestApp App)> StartAsync(int readers)
    {
        var app = await citus.Apps.CreateAsync();
        await app.Service<TopicCatalogue>().LoadAsync(default);
        await ImportAsync(app, 0, readers, FirstDay);
        return (app.Database, app);
    }

    // The night before the day of their first digest.
    private async Task ImportAsync(TestApp app, int from, int until, LocalDate firstDay)
    {
        var file = Path.Combine(TestDirectory.Create("readers"), "readers.csv");
        await File.WriteAllLinesAsync(file, ["email,topics", .. Enumerable.Range(from, until - from).Select(i => $"reader{i}@reader.example,fine-tuning-efficiently")]);
        app.Clock.Now = firstDay.AtMidnight().InUtc().ToInstant() - Duration.FromHours(1);
        var watch = Stopwatch.StartNew();
        (await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed: false, default)).Added.ShouldBe(until - from);
        output.WriteLine($"{until - from} readers imported in {watch.Elapsed.TotalSeconds:0.0} s");
    }

    private static async Task ListAsync(TestApp app, LocalDate day)
    {
        app.Clock.Now = day.AtMidnight().InUtc().ToInstant() + Duration.FromHours(1);
        var page = Path.Combine(TestDirectory.Create("pages"), $"{day.Day}.txt");
        await File.WriteAllTextAsync(page, $"""
            Get trending papers in your email inbox once a day!
            Get trending papers in your email inbox!
            SubscribeAdapters of day {day.Day}
            A parameter-efficient fine-tuning method: low-rank adaptation of large language models, number {day.Day}.
            """);
        await app.Service<PaperImport>().ImportAsync(ImportInput.FromPaths([page], format: null, day, app.Clock.Now), progress: null, default);
    }
}
