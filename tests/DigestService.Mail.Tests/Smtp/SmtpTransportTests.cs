using DigestService.Mail.Smtp;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Smtp;

/// <summary>The contract of the SMTP port, by DATA.</summary>
public sealed class SmtpTransportTests : MailTransportContract
{
    protected override IMailTransport NewTransport() => new SmtpTransport();

    [Fact]
    public async Task A_relay_that_offers_CHUNKING_and_does_not_know_BDAT_gets_DATA_from_the_next_connection_on()
    {
        await using var server = ScriptedSmtpServer.Start(new SmtpScript { OffersChunking = true, KnowsBdat = false });
        var relay = RelayFor(server);
        await using var first = await ReadyAsync(server, relay);

        var outcome = await first.SendAsync(ToAda, Hello, default);
        await using var second = await ReadyAsync(server, relay);
        var again = await second.SendAsync(ToAda, Hello, default);

        (outcome.Stage, outcome.Result).ShouldBe((SendStage.Data, SendResult.NotSent));
        first.IsUsable.ShouldBeFalse();
        again.Result.ShouldBe(SendResult.Accepted);
        server.Received.ShouldHaveSingleItem().IsByBdat.ShouldBeFalse();
    }
}

/// <summary>The contract of the SMTP port, by BDAT.</summary>
public sealed class SmtpTransportByBdatTests : MailTransportContract
{
    protected override bool ByBdat => true;

    protected override IMailTransport NewTransport() => new SmtpTransport();
}
