using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>A service that was down for a while: planned, composed and sent for real when it comes back.</summary>
public sealed class DowntimeTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Outcomes = "select digest_on || ' ' || outcome from digests order by digest_on";
    private const int Readers = 20;

    [Fact]
    public async Task Three_hours_down_delay_the_digest_of_the_day_and_bring_one()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(relay, readers: 1);

        await bed.RunAsync(DigestTestBed.Hour);
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromHours(27));
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromHours(28));

        (await ArrivedAsync(bed, relay)).ShouldBe(["2026-03-04", "2026-03-05"]);
        (await bed.Database.QueryAsync<string>(Outcomes, null, default)).ShouldBe(["2026-03-04 queued", "2026-03-05 queued"]);
    }

    [Fact]
    public async Task Three_days_down_bring_one_digest_and_record_those_that_were_missed()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(relay, readers: 1);

        await bed.RunAsync(DigestTestBed.Hour);
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromDays(4) + Duration.FromHours(1));
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromDays(4) + Duration.FromHours(2));

        (await ArrivedAsync(bed, relay)).ShouldBe(["2026-03-04", "2026-03-08"]);
        (await bed.Database.QueryAsync<string>(Outcomes, null, default)).ShouldBe(
            ["2026-03-04 queued", "2026-03-05 expired", "2026-03-06 expired", "2026-03-07 expired", "2026-03-08 queued"]);
        (await bed.Database.QueryAsync<string>("select distinct reasons ->> 0 from digests where outcome = 'expired'", null, default)).ShouldBe(
            ["Its hour passed while the service was down, and the digest of a later day brings its papers."]);
    }

    [Fact]
    public async Task Mails_that_waited_in_the_outbox_while_the_service_was_down_for_days_are_too_late_and_do_not_flood()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(relay, Readers);

        // It dies after the mails of Wednesday were composed and before the first was sent.
        (await bed.TickAsync()).Composed.Queued.ShouldBe(Readers);
        var back = await bed.RunAsync(DigestTestBed.Hour + Duration.FromDays(3) + Duration.FromHours(1));

        (back.Planned, back.Sent, back.Failed).ShouldBe((Readers, Readers, Readers));
        (await ArrivedAsync(bed, relay)).ShouldBe(Enumerable.Repeat("2026-03-07", Readers));
        relay.Received.Select(mail => mail.Recipient).Distinct().Count().ShouldBe(Readers);
        (await bed.Database.QueryAsync<string>("select distinct reply from deliveries where state = 'failed'", null, default))
            .ShouldBe(["Expired unsent."]);
    }

    private async Task<DigestTestBed> OpenAsync(ScriptedSmtpServer relay, int readers)
    {
        var bed = await DigestTestBed.OpenAsync(apps, relay.Settings);
        for (var day = 0; day < 5; day++)
            await bed.AddPaperAsync($"Pruning networks, part {day}", listedOn: DigestTestBed.Today.PlusDays(day));
        for (var i = 0; i < readers; i++)
            await bed.AddReaderAsync($"reader{i}@reader.example", "pruning");
        return bed;
    }

    /// <summary>The days of the digests that the relay took, copies and all, in the order in which it took them.</summary>
    private static async Task<IEnumerable<string>> ArrivedAsync(DigestTestBed bed, ScriptedSmtpServer relay)
    {
        var days = (await bed.Database.QueryAsync<(string Id, string Day)>("select id::text, digest_on::text from deliveries", null, default))
            .ToDictionary(row => row.Id, row => row.Day);
        return relay.Received.Select(mail => days[mail.Header("X-Digest-Delivery")!]); // every digest has one
    }
}
