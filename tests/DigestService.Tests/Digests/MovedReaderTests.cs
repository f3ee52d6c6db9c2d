using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Subscribers;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>A digest that waits while its reader moves to another address.</summary>
public sealed class MovedReaderTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Old = "ada@reader.example";
    private const string New = "ada@new.example";

    [Theory]
    [InlineData("state = 'queued'")]
    [InlineData("state = 'deferred', attempts = 1, reply = '450 4.2.0 Greylisted', next_attempt_at = next_attempt_at + interval '5 minutes'")]
    [InlineData("state = 'claimed', fence = fence + 1, owner = 'somebody', lease_until = clock_timestamp() + interval '1 minute'")]
    public async Task It_is_made_anew_for_the_new_address_and_the_old_one_gets_none(string waiting)
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync(Old, "pruning");
        await bed.TickAsync();
        var titles = await bed.TitlesAsync(reader);
        await bed.Database.ExecuteAsync($"update deliveries set {waiting}", null, default);
        // It was made at the third attempt. Made anew, it has three again.
        await bed.Database.ExecuteAsync("update digests set attempts = 2", null, default);

        await MoveAsync(bed, reader);
        (await bed.OutcomeAsync(reader)).ShouldBe("planned");
        (await bed.Database.QuerySingleOrDefaultAsync<short>("select attempts from digests", null, default)).ShouldBe((short)0);
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromMinutes(10));

        (await DigestsAsync(bed)).ShouldBe([(Old, "suppressed", "The reader moved to another address before it was sent."), (New, "queued", null)]);
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
        (await bed.TitlesAsync(reader)).ShouldBe(titles);
        (await bed.Database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where digest_on is not null and message is not null", null, default)).ShouldBe(1);
    }

    [Theory]
    [InlineData("state = 'sending', fence = fence + 1, owner = 'somebody', lease_until = clock_timestamp() + interval '1 minute'", "sending")]
    [InlineData("state = 'unknown', doubts = 1", "unknown")]
    [InlineData("state = 'deferred', attempts = 2, doubts = 1", "deferred")]
    [InlineData("state = 'sent', finished_at = now(), message = null, fragments = null", "sent")]
    public async Task One_that_may_have_arrived_stays_what_it_is_and_none_comes_beside_it(string begun, string state)
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync(Old, "pruning");
        await bed.TickAsync();
        await bed.Database.ExecuteAsync($"update deliveries set {begun}", null, default);

        await MoveAsync(bed, reader);
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromMinutes(10));

        (await DigestsAsync(bed)).ShouldBe([(Old, state, null)]);
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
    }

    [Theory]
    [InlineData("state = 'unknown', doubts = 1, next_attempt_at = created_at")]
    [InlineData("state = 'deferred', attempts = 2, doubts = 1, next_attempt_at = created_at")]
    [InlineData("state = 'failed', next_attempt_at = null, finished_at = now(), reply = '554 5.7.1 looks like spam'")]
    public async Task What_is_tried_again_after_the_move_goes_to_nobody_and_its_papers_come_with_the_next_digest(string begun)
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(relay.Settings);
        var reader = await bed.AddReaderAsync(Old, "pruning");
        await bed.TickAsync();
        var titles = await bed.TitlesAsync(reader);
        await bed.Database.ExecuteAsync($"update deliveries set {begun}", null, default);

        await MoveAsync(bed, reader);
        await bed.Service<OutboxRetry>().RunAsync(RetryOf.Failed, null, null, default);
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromMinutes(10));

        relay.Received.Where(mail => mail.Recipient == Old && mail.Header("List-Unsubscribe") is not null).ShouldBeEmpty();
        (await DigestsAsync(bed)).ShouldBe([(Old, "suppressed", "The reader has moved to another address.")]);
        await bed.RunAsync(DigestTestBed.Hour + Duration.FromDays(1));
        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe(titles);
        relay.Received.ShouldContain(mail => mail.Recipient == New && mail.Text.Contains("Pruning networks early"));
    }

    private async Task<DigestTestBed> OpenAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var bed = await DigestTestBed.OpenAsync(apps, settings);
        await bed.AddPaperAsync("Pruning networks early");
        return bed;
    }

    private static Task<IReadOnlyList<(string Recipient, string State, string? Reply)>> DigestsAsync(DigestTestBed bed) =>
        bed.Database.QueryAsync<(string, string, string?)>("select recipient, state, reply from deliveries where digest_on is not null order by id", null, default);

    private static Task MoveAsync(DigestTestBed bed, long reader) => bed.Database.InTransactionAsync(
        async connection =>
        {
            EmailAddress.TryParse(New, out var address).ShouldBeTrue();
            (await bed.Service<AddressChange>().AskAsync(connection, reader, address, _ => Task.CompletedTask, bed.Clock.Now, default)).ShouldBeTrue();
            return (await bed.Service<AddressChange>().MoveAsync(connection, reader, address, bed.Clock.Now, default)).ShouldNotBeNull();
        },
        default);
}
