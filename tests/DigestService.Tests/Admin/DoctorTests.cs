using System.Net;
using DigestService.Admin;
using DigestService.Mail.Smtp;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Tests.Admin;

public sealed class DoctorTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly MigrationReport Migrated = new(Applied: 0, Already: 1, Version: 1);

    [Fact]
    public async Task A_relay_that_takes_mail_is_well_and_unsigned_mail_is_a_warning()
    {
        await using var relay = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{relay.EndPoint.Port}"));
#pragma warning disable RS0030 // The database's clock is the machine's, and the doctor compares the two.
        app.Clock.Now = SystemClock.Instance.GetCurrentInstant();
#pragma warning restore RS0030

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "smtp").ShouldSatisfyAllConditions(
            smtp => smtp.Ok.ShouldBeTrue(),
            smtp => smtp.Detail.ShouldContain("takes mail"));
        checks.Single(check => check.Name == "dkim").ShouldSatisfyAllConditions(
            dkim => dkim.Ok.ShouldBeFalse(),
            dkim => dkim.IsWarning.ShouldBeTrue());
        checks.Where(check => check.Name != "dkim").ShouldAllBe(check => check.Ok);
    }

    [Fact]
    public async Task A_relay_that_is_gone_and_a_clock_that_is_off_are_told()
    {
        var gone = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        await gone.DisposeAsync();
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{gone.EndPoint.Port}"));

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "smtp").Detail.ShouldContain("cannot be reached");
        checks.Single(check => check.Name == "clock").ShouldSatisfyAllConditions(
            clock => clock.Ok.ShouldBeFalse(),
            clock => clock.Detail.ShouldContain("NTP"));
    }
}
