using System.Collections.Concurrent;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Subscribers;

public sealed class ErasureRaceTests(AppFixture apps, ITestOutputHelper output) : IClassFixture<AppFixture>
{
    private static readonly int Readers = Full.IsAsked ? 3_000 : 240;

    [Fact]
    public async Task Readers_erased_while_digests_are_composed_leave_nothing_behind()
    {
        var bed = await OpenAsync();
        var failures = new ConcurrentBag<Exception>();

        var composing = Enumerable.Range(0, 2).Select(_ => TryAsync(failures, () => bed.TickAsync()));
        var erasing = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var n = worker; n < Readers; n += 4)
                await TryAsync(failures, () => EraseAsync(bed, n));
        }));
        await Task.WhenAll(composing.Concat(erasing));

        failures.Select(failure => failure.Message).ShouldBeEmpty();
        await ShouldHoldNothingAsync(bed);
    }

    [Fact]
    public async Task Erasing_leaving_saving_and_signing_up_at_once_end_without_a_failure_and_an_erased_reader_is_gone()
    {
        var bed = await OpenAsync();
        var ids = await bed.Database.QueryAsync<long>("select id from subscribers order by id", null, default);
        var subscriptions = bed.Service<Subscriptions>();
        var editor = bed.Service<SettingsEditor>();
        var feedback = bed.Service<Feedback>();
        var paper = await bed.AddPaperAsync("A paper on pruning");
        var failures = new ConcurrentBag<Exception>();

        var acts = Enumerable.Range(0, Readers).SelectMany(n => new Func<Task>[]
        {
            () => EraseAsync(bed, n),
            () => subscriptions.UnsubscribeAsync(ids[n], saysGoodbye: false, default),
            () => EraseAsync(bed, n),
            () => feedback.GiveAsync(ids[n], paper, "like", "mail", default),
            () => editor.SaveAsync(ids[n], new SettingsForm { Queries = [$"private{n % 7}"] }, null, default),
        });
        await Parallel.ForEachAsync(acts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (act, _) => await TryAsync(failures, act));
        failures.Select(failure => failure.Message).ShouldBeEmpty();
        await ShouldHoldNothingAsync(bed);

        // Coming back while being erased: either there is a row with all that belongs to it, or there is nothing.
        var returns = Enumerable.Range(0, Readers).SelectMany(n => new Func<Task>[]
        {
            () => subscriptions.SignUpAsync(Address(n), Wanting($"private{n % 7}"), Consent(bed), default),
            () => EraseAsync(bed, n),
        });
        await Parallel.ForEachAsync(returns, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (act, _) => await TryAsync(failures, act));
        failures.Select(failure => failure.Message).ShouldBeEmpty();
        for (var n = 0; n < Readers; n++)
            await EraseAsync(bed, n);
        await ShouldHoldNothingAsync(bed);
    }

    [Fact]
    public async Task Readers_erased_while_their_mails_are_sent_and_bounce_leave_nothing_behind()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var relay = ScriptedSmtpServer.Start(
            new SmtpScript { MaxKeptBytes = 512 },
            step =>
            {
                if (step.Point != SmtpPoint.Rcpt)
                    return null;
                if (step.Recipient.Sum(c => c) % 3 == 0)
                    return SmtpAnswer.Reply($"550 5.1.1 {step.Recipient}: no such user here");
                hasBegun.TrySetResult();
                return null;
            });
        var bed = await OpenAsync([.. relay.Settings, ("Smtp__Tls", "None")]);
        await bed.TickAsync();
        var failures = new ConcurrentBag<Exception>();

        var sending = TryAsync(failures, () => bed.RunAsync(DigestTestBed.Hour));
        await Task.WhenAny(hasBegun.Task, sending);
        var erasing = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var n = worker; n < Readers; n += 4)
                await TryAsync(failures, () => EraseAsync(bed, n));
        }));
        await Task.WhenAll(erasing.Append(sending));

        failures.Select(failure => failure.Message).ShouldBeEmpty();
        relay.Received.Count.ShouldBeGreaterThan(0);
        await ShouldHoldNothingAsync(bed);
    }

    [Fact]
    public async Task A_query_that_another_reader_has_as_well_stays_for_them()
    {
        var bed = await OpenAsync();
        await bed.AddReaderAsync("friend@mail.example");
        var friend = await bed.Database.QuerySingleOrDefaultAsync<long>("select max(id) from subscribers", null, default);
        await bed.AddOwnQueryAsync(friend, "shared0");
        var first = await bed.Database.QuerySingleOrDefaultAsync<long>("select min(id) from subscribers", null, default);
        await bed.AddOwnQueryAsync(first, "shared0");

        for (var n = 0; n < Readers; n++)
            await EraseAsync(bed, n);

        (await OwnQueriesAsync(bed)).ShouldBe(["shared0"]);
    }

    [Fact]
    public async Task Mails_left_behind_without_a_row_of_their_reader_are_erased_by_the_address()
    {
        var app = await apps.CreateAsync();
        await Delivery.TestMail.EnqueueAsync(app.Database, 2, id => Delivery.TestMail.Digest(id, "r0@mail.example", 4711));
        await app.Database.ExecuteAsync(
            "update deliveries set recipient_key = @hash", new { hash = app.Service<LinkSigner>().HashAddress("r0@mail.example") }, default);

        (await app.Service<Erasure>().EraseAsync(Address(0), default)).ShouldBeTrue();
        (await app.Service<Erasure>().EraseAsync(Address(0), default)).ShouldBeFalse();

        (await app.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from deliveries", null, default)).ShouldBe(0);
        (await app.Database.QuerySingleOrDefaultAsync<string>("select reason from suppressions", null, default)).ShouldBe("erased");
    }

    private async Task<DigestTestBed> OpenAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var bed = await DigestTestBed.OpenAsync(apps, settings);
        for (var i = 0; i < 12; i++)
            await bed.AddPaperAsync($"Pruning network number {i}");
        for (var n = 0; n < Readers; n++)
            await bed.AddOwnQueryAsync(await bed.AddReaderAsync($"r{n}@mail.example", "pruning"), $"private{n % 7}");
        return bed;
    }

    private async Task TryAsync(ConcurrentBag<Exception> failures, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception failure)
        {
            output.WriteLine(failure.ToString());
            failures.Add(failure);
        }
    }

    private static Task<bool> EraseAsync(DigestTestBed bed, int n) => bed.Service<Erasure>().EraseAsync(Address(n), default);

    private static EmailAddress Address(int n)
    {
        EmailAddress.TryParse($"r{n}@mail.example", out var address).ShouldBeTrue();
        return address;
    }

    private static SettingsChange Wanting(string query) =>
        new SettingsParser([], new DigestOptions()).Read(new SettingsForm { Queries = [query] }).Change;

    private static Consent Consent(DigestTestBed bed) =>
        new() { How = "web", RequestedAt = DigestTestBed.Hour, TextVersion = DigestService.Subscribers.Consent.CurrentText };

    // With one order of locks nobody waits in a circle, so nothing has to be tried again.
    private static async Task ShouldHoldNothingAsync(DigestTestBed bed)
    {
        await bed.Database.ExecuteAsync("select pg_stat_force_next_flush()", null, default);
        (await bed.Database.QuerySingleOrDefaultAsync<long>(
            "select deadlocks from pg_stat_database where datname = current_database()", null, default)).ShouldBe(0, "deadlocks");
        foreach (var table in (string[])["subscribers", "preferences", "feedback", "seen_papers", "digests", "digest_items", "bounces", "deliveries"])
            (await bed.Database.QuerySingleOrDefaultAsync<int>($"select count(*)::int from {table}", null, default)).ShouldBe(0, table);
        (await OwnQueriesAsync(bed)).ShouldBeEmpty();
        (await bed.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from suppressions where reason = 'erased'", null, default)).ShouldBe(Readers);
    }

    private static Task<IReadOnlyList<string>> OwnQueriesAsync(DigestTestBed bed) => bed.Database.QueryAsync<string>(
        "select canonical from queries q where not exists (select from topics t where t.query_id = q.id) order by canonical", null, default);
}
