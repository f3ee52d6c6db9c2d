using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace DigestService.Tests.Hosting;

public sealed class MetricsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Mails_digests_and_bounces_are_counted_and_no_label_holds_a_connection_string()
    {
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.Contains("nobody", StringComparison.Ordinal) ? SmtpAnswer.Reply("550 5.1.1 No such user") : null);
        var configuration = await apps.CreateConfigurationAsync(relay.Settings);
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(TestMail.Monday), Roles.Web | Roles.Send, default);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var database = host.Services.GetRequiredService<Database>();

        await TestMail.EnqueueAsync(database, 3);
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id, "nobody@mail.example"));
        await host.Services.GetRequiredService<DigestTick>().RunAsync(TestMail.Monday, default);

        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where state in ('sent', 'failed')", null, default) == 4,
            "all mails are settled");
        var metrics = "";
        await Eventually.TrueAsync(
            async () =>
            {
                metrics = await client.GetStringAsync("/metrics");
                return metrics.Contains("digest_bounces_total{kind=\"hard\"} ", StringComparison.Ordinal);
            },
            "the bounce is counted");
        // Instruments belong to the process, and other tests of it send as well.
        metrics.ShouldContain($"digest_mails_total{{outcome=\"sent\",relay=\"127.0.0.1:{relay.Port}\"}} 3\n");
        metrics.ShouldContain($"digest_mails_total{{outcome=\"failed\",relay=\"127.0.0.1:{relay.Port}\"}} 1\n");
        metrics.ShouldContain("digest_digests_total{step=\"planned\"} ");
        metrics.ShouldContain("pool_name=\"digest\"");
        // Only this test knows this database's name.
        metrics.ShouldNotContain(new NpgsqlConnectionStringBuilder(configuration["ConnectionStrings:Digest"]).Database!);
    }
}
