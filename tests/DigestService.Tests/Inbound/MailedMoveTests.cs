using DigestService.Mail;
using DigestService.Mail.Mime;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>Moving to another address by mail is bound by all that binds the form on the web.</summary>
public sealed class MailedMoveTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Fact]
    public async Task What_a_reader_is_told_says_not_whether_the_new_address_is_free_subscribed_or_barred()
    {
        var answers = new List<string>();
        foreach (var address in (string[])["free@new.example", "eve@reader.example", "barred@new.example"])
        {
            var bed = await InboundTestBed.OpenAsync(apps);
            var replyTo = await bed.DigestedAsync(Ada);
            await bed.Digests.AddReaderAsync("eve@reader.example", "robots");
            await bed.BarAsync("barred@new.example", "complained");

            (await bed.WriteAsync(Ada, $"change {address}", "", replyTo)).Action.ShouldBe("move_asked");

            (await bed.KindsToAsync(address)).ShouldBe(address.StartsWith("free", StringComparison.Ordinal) ? ["request"] : [], address);
            answers.Add(Words(await bed.LatestToAsync(Ada)).Replace(address, "…", StringComparison.Ordinal));
        }

        answers.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldContain(Language.Of("en").Service.Outcome(CommandOutcome.MoveAsked));
    }

    [Fact]
    public async Task The_old_address_is_told_of_the_wish_at_once_and_of_the_move()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync("somebody@elsewhere.example", "change ada@new.example", "", replyTo);
        (await bed.KindsToAsync(Ada)).ShouldBe(["digest", "answer"]);
        await bed.WriteAsync("ada@new.example", "Re:", "yes", await bed.ReplyToAsync("ada@new.example"));

        (await bed.KindsToAsync(Ada)).ShouldBe(["digest", "answer", "moved"]);
    }

    [Theory]
    [InlineData("left")]
    [InlineData("pending")]
    [InlineData("pending again")]
    public async Task An_address_whose_former_subscription_ended_or_was_never_confirmed_is_moved_to(string former)
    {
        const string New = "ada@new.example";
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        var id = await bed.ColumnAsync(Ada, "id");
        if (former != "pending")
        {
            await bed.Digests.AddReaderAsync(New, "robots");
            await bed.Digests.Service<Subscriptions>().UnsubscribeAsync(long.Parse((await bed.ColumnAsync(New, "id"))!, null), saysGoodbye: false, default);
        }

        if (former != "left")
            await bed.WriteAsync(New, "subscribe robots", "");
        var before = long.Parse((await bed.ColumnAsync(New, "id"))!, null);

        (await bed.WriteAsync(Ada, $"change {New}", "", replyTo)).Action.ShouldBe("move_asked");
        (await bed.WriteAsync(New, "Re:", "yes", await bed.ReplyToAsync(New))).Action.ShouldBe("moved");

        (await bed.ValueAsync("select string_agg(s.id || ' ' || s.address || ' ' || a.subscriber_id, ',') from subscribers s join subscriber_addresses a using (address_key)"))
            .ShouldBe($"{id} {New} {id}");
        (await bed.ValueAsync("select count(*)::text from suppressions")).ShouldBe("0");
        var leaving = bed.Digests.Service<LinkSigner>().Sign(LinkPurpose.Unsubscribe, before, 1);
        (await bed.Digests.Service<SubscriberLinkOpener>().OpenLeavingAsync(leaving, default)).Reader?.Address.ShouldBe(New);
    }

    [Fact]
    public async Task The_fourth_wish_of_a_day_is_refused_with_the_reason_whether_the_others_came_by_mail_or_from_the_web()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        var id = long.Parse((await bed.ColumnAsync(Ada, "id"))!, null);
        foreach (var address in (string[])["one@new.example", "two@new.example"])
            (await bed.Digests.Service<AddressChange>().AskAsync(id, Parsed(address), default)).ShouldBeTrue();
        await bed.WriteAsync(Ada, "change three@new.example", "", replyTo);
        bed.Advance(Duration.FromHours(2));

        (await bed.WriteAsync(Ada, "change four@new.example", "", replyTo)).Action.ShouldBe("move_refused");

        (await bed.KindsToAsync("four@new.example")).ShouldBeEmpty();
        await bed.ShouldSayAsync(Ada, ReaderWords.Of("en").EnoughForToday);
        bed.Advance(Duration.FromDays(1));
        foreach (var address in (string[])["five@new.example", "six@new.example", "seven@new.example"])
            (await bed.Digests.Service<AddressChange>().AskAsync(id, Parsed(address), default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Of_all_who_wish_for_one_address_in_a_day_three_have_it_asked()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        foreach (var reader in (string[])["a@mail.example", "b@mail.example", "c@mail.example", "d@mail.example"])
        {
            await bed.DigestedAsync(reader);
            var id = long.Parse((await bed.ColumnAsync(reader, "id"))!, null);
            (await bed.Digests.Service<AddressChange>().AskAsync(id, Parsed("wanted@new.example"), default)).ShouldBeTrue();
        }

        (await bed.KindsToAsync("wanted@new.example")).ShouldBe(["address", "address", "address"]);
    }

    [Fact]
    public async Task A_wish_that_a_later_one_replaced_moves_nothing()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.WriteAsync(Ada, "change first@new.example", "", replyTo);
        var first = await bed.ReplyToAsync("first@new.example");
        await bed.WriteAsync(Ada, "change second@new.example", "", replyTo);

        (await bed.WriteAsync("first@new.example", "Re:", "yes", first)).Action.ShouldBe("void");
        (await bed.WriteAsync("second@new.example", "Re:", "yes", await bed.ReplyToAsync("second@new.example"))).Action.ShouldBe("moved");

        (await bed.ValueAsync("select address from subscribers")).ShouldBe("second@new.example");
    }

    [Fact]
    public async Task Of_two_wishes_in_one_mail_the_last_is_asked_and_moved_to()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "", "change first@new.example\nchange second@new.example", replyTo);
        (await bed.KindsToAsync("first@new.example")).ShouldBeEmpty();
        await bed.WriteAsync("second@new.example", "Re:", "yes", await bed.ReplyToAsync("second@new.example"));

        (await bed.ValueAsync("select address from subscribers")).ShouldBe("second@new.example");
    }

    [Fact]
    public async Task Voiding_all_links_voids_a_wish_that_was_mailed_before()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.WriteAsync("thief@evil.example", "change thief@evil.example", "", replyTo);
        var consent = await bed.ReplyToAsync("thief@evil.example");

        await bed.Digests.Service<Subscriptions>().VoidLinksAsync(long.Parse((await bed.ColumnAsync(Ada, "id"))!, null), default);

        (await bed.WriteAsync("thief@evil.example", "Re:", "yes", consent)).Action.ShouldBe("void");
        (await bed.ValueAsync("select address from subscribers")).ShouldBe(Ada);
    }

    [Fact]
    public async Task Their_own_address_is_asked_nothing_and_a_reader_who_left_moves_nowhere()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, $"change {Ada.ToUpperInvariant()}", "", replyTo);
        (await bed.KindsToAsync(Ada)).ShouldBe(["digest", "answer"]);
        bed.Advance(Duration.FromHours(2));
        await bed.Digests.Service<Subscriptions>().UnsubscribeAsync(long.Parse((await bed.ColumnAsync(Ada, "id"))!, null), saysGoodbye: false, default);
        await bed.WriteAsync(Ada, "change ada@new.example", "", replyTo);

        (await bed.KindsToAsync("ada@new.example")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asks_to_move_and_to_be_erased_is_erased_and_written_to_no_more()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        (await bed.WriteAsync(Ada, "", "change ada@new.example\nerase", replyTo)).Action.ShouldBe("erased");

        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe("0");
    }

    private static EmailAddress Parsed(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }

    private static string Words(MimePart mail) => string.Join(' ', mail.BodyText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
