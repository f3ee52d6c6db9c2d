using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>A relay that refuses each recipient, with words that may mean the relay or the recipient.</summary>
public sealed class RelayRefusingRecipientsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(SmtpPoint.Rcpt, "550 Relaying denied")]
    [InlineDataInFull(SmtpPoint.Rcpt, "550 Blocked - see https://rbl.example.net/?q=192.0.2.1")]
    [InlineDataInFull(SmtpPoint.Rcpt, "553 sorry, that domain isn't in my list of allowed rcpthosts")]
    [InlineData(SmtpPoint.Rcpt, "550 5.1.0 Authentication required")]
    [InlineDataInFull(SmtpPoint.Rcpt, "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients")]
    [InlineData(SmtpPoint.Rcpt, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org")]
    [InlineDataInFull(SmtpPoint.Rcpt, "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname")]
    [InlineData(SmtpPoint.Rcpt, "550 Requested action not taken: mailbox unavailable")]
    [InlineData(SmtpPoint.Rcpt, "550 5.1.1 User unknown")]
    [InlineDataInFull(SmtpPoint.Rcpt, "551 5.7.1 not today")]
    [InlineDataInFull(SmtpPoint.Rcpt, "550 no")]
    public Task Of_300_mails_to_a_relay_that_refuses_all_none_fails_and_all_go_out_later(SmtpPoint point, string reply) =>
        RefusedCrowd.RunAsync(postgres, point, reply);
}

/// <summary>The same of one that refuses the sender or the mail.</summary>
public sealed class RelayRefusingMailsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(SmtpPoint.Mail, "530 5.7.0 Authentication required")]
    [InlineDataInFull(SmtpPoint.Mail, "550 5.1.8 Sender address rejected: Domain not found")]
    [InlineDataInFull(SmtpPoint.Mail, "553 5.7.1 Sender address rejected: not owned by user")]
    [InlineData(SmtpPoint.Data, "554 5.5.1 Error: no valid recipients")]
    [InlineData(SmtpPoint.Dot, "550 5.4.5 Daily user sending quota exceeded.")]
    [InlineData(SmtpPoint.Dot, "554 5.7.1 Message content rejected, UBE")]
    [InlineDataInFull(SmtpPoint.Dot, "554 Transaction failed")]
    [InlineData(SmtpPoint.Dot, "550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy.")]
    public Task Of_300_mails_to_a_relay_that_refuses_all_none_fails_and_all_go_out_later(SmtpPoint point, string reply) =>
        RefusedCrowd.RunAsync(postgres, point, reply);
}

/// <summary>300 mails to a relay that refuses all, and takes all later.</summary>
internal static class RefusedCrowd
{
    public static async Task RunAsync(PostgresFixture postgres, SmtpPoint point, string reply)
    {
        var database = await postgres.CreateDatabaseAsync();
        var isMended = false;
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point == point && !isMended ? SmtpAnswer.Reply(reply) : null);
        await TestMail.EnqueueAsync(database, 300, id => TestMail.Number(id) % 10 == 0 ? TestMail.Confirmation(id) : TestMail.Digest(id));
        var clock = new TestClock(TestMail.Monday);

        var counts = await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default);
        for (var hour = 1; hour <= 3; hour++)
        {
            clock.Advance(Duration.FromHours(1));
            (await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default)).Hindrance.ShouldNotBeNull();
        }

        counts.Hindrance.ShouldNotBeNull().ShouldContain(reply);
        counts.Hindrance.ShouldContain($"127.0.0.1:{relay.Port}");
        counts.Failed.ShouldBe(0);
        (await Senders.StatesAsync(database)).GetValueOrDefault("failed").ShouldBe(0);
        (await database.QuerySingleOrDefaultAsync<(long Bounces, long Mails, long Hard)>(
            "select (select count(*) from bounces), coalesce(sum(mails), 0)::bigint, coalesce(sum(hard), 0)::bigint from bounce_days", null, default)).ShouldBe((0, 0, 0));
        isMended = true;
        clock.Advance(Duration.FromHours(4));
        (await Senders.Over(database, Senders.To(relay), clock: clock).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 300 });
    }
}
