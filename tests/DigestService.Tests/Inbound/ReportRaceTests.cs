using System.Collections.Concurrent;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>A bounce or a complaint that comes while its reader moves, leaves, takes that back or is erased.</summary>
public sealed class ReportRaceTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const int Readers = 24;

    [Theory]
    [InlineData("move")]
    [InlineData("leave")]
    [InlineData("undo")]
    [InlineData("erase")]
    public async Task A_complaint_at_the_same_time_bars_the_address_it_was_mailed_to_and_no_other(string act)
    {
        var bed = await OpenAsync(act);
        var mails = await MailsAsync(bed);

        await AtOnceAsync(bed, mails, act, mail => ReportMailTests.ComplaintAbout(mail.MessageId));

        await ShouldBeConsistentAsync(bed, mails, act, "complained");
    }

    [Theory]
    [InlineData("move")]
    [InlineData("leave")]
    [InlineData("undo")]
    [InlineData("erase")]
    public async Task A_second_bounce_at_the_same_time_bars_the_address_it_was_mailed_to_and_no_other(string act)
    {
        var bed = await OpenAsync("none");
        foreach (var mail in await MailsAsync(bed))
            await bed.TakeAsync(ReportMailTests.ReportTo(mail.Sender));
        bed.Advance(Duration.FromDays(1));
        await bed.Digests.AddPaperAsync("Pruning of tomorrow", listedOn: new LocalDate(2026, 3, 5));
        await bed.Digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);
        await bed.Digests.TickAsync(Instant.FromUtc(2026, 3, 5, 7, 0));
        await PrepareAsync(bed, act);
        var mails = await MailsAsync(bed);

        await AtOnceAsync(bed, mails, act, mail => ReportMailTests.ReportTo(mail.Sender));

        await ShouldBeConsistentAsync(bed, mails, act, "bounced");
    }

    private async Task<InboundTestBed> OpenAsync(string act)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        for (var n = 0; n < Readers; n++)
            await bed.Digests.AddReaderAsync(Address(n), "pruning");
        await bed.Digests.AddPaperAsync("Pruning one");
        await bed.Digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);
        await bed.Digests.TickAsync();
        await PrepareAsync(bed, act);
        return bed;
    }

    private static async Task PrepareAsync(InboundTestBed bed, string act)
    {
        foreach (var mail in await MailsAsync(bed))
        {
            if (act is "undo")
                await bed.Digests.Service<Subscriptions>().UnsubscribeAsync(mail.SubscriberId, saysGoodbye: false, default);
            if (act is "move")
                await bed.Digests.Database.ExecuteAsync(
                    """
                    insert into address_changes (bucket, subscriber_id, address, address_key, asked_at, link_version)
                    select s.bucket, s.id, 'new-' || s.address, 'new-' || s.address_key, now(), s.link_version from subscribers s where s.id = @id
                    """,
                    new { id = mail.SubscriberId },
                    default);
        }
    }

    private static async Task AtOnceAsync(InboundTestBed bed, IReadOnlyList<Mail> mails, string act, Func<Mail, string> report)
    {
        var failures = new ConcurrentBag<string>();
        var acts = mails.SelectMany((mail, n) =>
        {
            Func<Task>[] both = [async () => (await bed.TakeAsync(report(mail))).Action.ShouldNotBe("failed"), () => ActAsync(bed, mail, act)];
            return n % 2 == 0 ? both : both.Reverse();
        });
        await Parallel.ForEachAsync(acts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, _) =>
        {
            try
            {
                await one();
            }
            catch (Exception failure)
            {
                failures.Add(failure.Message);
            }
        });
        failures.ShouldBeEmpty();
    }

    private static Task ActAsync(InboundTestBed bed, Mail mail, string act) => act switch
    {
        "move" => bed.Digests.Database.InTransactionAsync(
            connection => bed.Digests.Service<AddressChange>().MoveAsync(connection, mail.SubscriberId, AddressOf("new-" + mail.Recipient), bed.Digests.Service<IClock>().GetCurrentInstant(), default), default),
        "leave" => bed.Digests.Service<Subscriptions>().UnsubscribeAsync(mail.SubscriberId, saysGoodbye: false, default),
        "undo" => bed.Digests.Service<Leaving>().UndoAsync(mail.SubscriberId, default),
        _ => bed.Digests.Service<Erasure>().EraseAsync(AddressOf(mail.Recipient), default),
    };

    private static async Task ShouldBeConsistentAsync(InboundTestBed bed, IReadOnlyList<Mail> mails, string act, string reason)
    {
        var signer = bed.Digests.Service<LinkSigner>();
        foreach (var mail in mails)
        {
            var bar = await BarAsync(mail.Recipient);
            // Who was erased first is known by a hash alone.
            if (act is "erase")
                bar.ShouldBeOneOf("erased", reason);
            else
                bar.ShouldBe(reason);
            (await BarAsync("new-" + mail.Recipient)).ShouldBeNull();
            var state = await bed.ColumnAsync(mail.Recipient, "state");
            if (reason is "complained")
                (state ?? "suppressed").ShouldBe("suppressed");
            if (act is "erase")
                state.ShouldBeNull();
            (await bed.ColumnAsync("new-" + mail.Recipient, "state") ?? "active").ShouldBe("active");
            (await bed.ValueAsync($"select count(*)::text from subscribers where id = {mail.SubscriberId}")).ShouldBe(act is "erase" ? "0" : "1");
        }

        (await bed.ValueAsync("select count(*)::text from inbound_messages where handled_at is null")).ShouldBe("0");

        Task<string?> BarAsync(string address) => bed.Digests.Database.QuerySingleOrDefaultAsync<string>(
            "select reason from suppressions where address_hash = @hash", new { hash = signer.HashAddress(address) }, default);
    }

    private static EmailAddress AddressOf(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }

    private static string Address(int n) => $"reader{n}@mail.example";

    private static Task<IReadOnlyList<Mail>> MailsAsync(InboundTestBed bed) => bed.Digests.Database.QueryAsync<Mail>(
        "select distinct on (subscriber_id) subscriber_id, recipient, sender, message_id from deliveries where kind = 'digest' order by subscriber_id, id desc", null, default);

    private sealed record Mail
    {
        public required long SubscriberId { get; init; }
        public required string Recipient { get; init; }
        public required string Sender { get; init; }
        public required string MessageId { get; init; }
    }
}
