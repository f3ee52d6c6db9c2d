using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>The drill of docs/operations.md with PostgreSQL's own programs: dump, restore into a fresh cluster, look, release.</summary>
public sealed class RestoreDrillTests(AppFixture apps) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private static readonly Instant Night = Instant.FromUtc(2026, 3, 4, 3, 0);
    private PrivatePostgres? _fresh;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_fresh is not null)
            await _fresh.DisposeAsync();
    }

    [Fact]
    public async Task After_a_restore_nothing_goes_out_before_the_release_and_then_only_what_was_still_owed()
    {
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.StartsWith("bob", StringComparison.Ordinal) ? SmtpAnswer.Reply("451 4.2.0 Try later") : null);
        var bed = await OpenAsync(relay);
        await bed.RunAsync(DigestTestBed.Hour);
        relay.Received.Select(mail => mail.Recipient).ShouldBe(["ada@mail.example"]);
        var dump = await PostgresTools.DumpAsync(bed.Database);

        await using var well = ScriptedSmtpServer.Start();
        await using var restored = await RestoreAsync(dump, well);
        var after = DigestTestBed.Hour + Duration.FromMinutes(10);
        var held = await new DigestTestBed(restored).RunAsync(after);

        held.Planned.ShouldBe(0);
        (await restored.Service<SendingHold>().WhyHeldAsync(default)).ShouldNotBeNull().ShouldContain("its home changed");
        well.Received.ShouldBeEmpty();
        await restored.Service<SendingHold>().ReleaseAsync(default);
        await new DigestTestBed(restored).RunAsync(after);
        well.Received.Select(mail => mail.Recipient).ShouldBe(["bob@mail.example"]);
    }

    [Fact]
    public async Task A_backup_from_before_the_mails_of_a_day_mails_nobody_twice_once_that_day_is_stopped()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(relay);
        (await bed.RunAsync(Night)).Planned.ShouldBe(0);
        var dump = await PostgresTools.DumpAsync(bed.Database);
        (await bed.RunAsync(DigestTestBed.Hour)).Sent.ShouldBe(2);

        await using var restored = await RestoreAsync(dump, relay);
        var again = new DigestTestBed(restored);
        (await again.RunAsync(DigestTestBed.Hour + Duration.FromHours(1))).Sent.ShouldBe(0);
        await restored.Database.ExecuteAsync(OutboxQueries.KillDigests, new { day = DigestTestBed.Today }, default);
        await restored.Service<SendingHold>().ReleaseAsync(default);
        await again.RunAsync(DigestTestBed.Hour + Duration.FromHours(2));

        relay.Received.Count.ShouldBe(2);
        (await again.RunAsync(DigestTestBed.Hour + Duration.FromDays(1))).Sent.ShouldBe(2);
        relay.Received.GroupBy(mail => mail.Recipient).ShouldAllBe(mails => mails.Count() == 2);
    }

    private async Task<DigestTestBed> OpenAsync(ScriptedSmtpServer relay)
    {
        var bed = await DigestTestBed.OpenAsync(apps, relay.Settings);
        await bed.AddPaperAsync("Pruning without regret");
        await bed.AddReaderAsync("ada@mail.example", "pruning");
        await bed.AddReaderAsync("bob@mail.example", "pruning");
        return bed;
    }

    /// <summary>The same service on another machine: a new cluster, a new data directory, the dump of the old one.</summary>
    private async Task<TestApp> RestoreAsync(string dump, ScriptedSmtpServer relay)
    {
        _fresh = await PrivatePostgres.StartAsync(TestDirectory.Create("fresh"), default, durable: false);
        await PostgresTools.RestoreAsync(dump, _fresh.ConnectionString);
        return await TestApp.StartAsync(await apps.CreateConfigurationAsync([.. relay.Settings, ("ConnectionStrings__Digest", _fresh.ConnectionString)]));
    }
}
