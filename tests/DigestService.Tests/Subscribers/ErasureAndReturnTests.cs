using System.Text;
using DigestService.Inbound.Handling;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using DigestService.Tests.Inbound;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Subscribers;

/// <summary>Who signs up again while they are being erased keeps the new subscription whole.</summary>
public sealed class ErasureAndReturnTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Fact]
    public async Task Who_signs_up_again_while_those_who_left_long_ago_are_erased_stays()
    {
        var bed = await LeftLongAgoAsync();

        var erasing = Task.FromResult(0);
        await bed.Digests.Database.InTransactionAsync(
            async connection =>
            {
                await SignUpAsync(bed, connection);
                erasing = Task.Run(() => bed.Digests.Service<ReaderRetention>().RunAsync(default));
                // It ends while the sign-up holds the row, or waits for it: either way what was signed up must stay.
                await bed.Digests.Database.EndsOrWaitsAsync(erasing);
            },
            default);
        (await erasing).ShouldBe(0);

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("pending");
        (await bed.KindsToAsync(Ada)).ShouldBe(["digest", "confirmation"]);
    }

    [Fact]
    public async Task A_sign_up_by_mail_that_waits_while_its_former_reader_is_erased_is_handled_afterwards()
    {
        var bed = await LeftLongAgoAsync();
        var message = await bed.Digests.Service<InboundStore>().AddAsync("pipe", Encoding.UTF8.GetBytes($"From: {Ada}\r\nTo: {InboundTestBed.Commands}\r\nSubject: subscribe pruning\r\n\r\n"), isTruncated: false, default);

        (await bed.Digests.Service<ReaderRetention>().RunAsync(default)).ShouldBe(1);
        (await bed.KindsToAsync(Ada)).ShouldBeEmpty();

        (await bed.Digests.Service<InboundHandler>().HandleAsync(message, default)).Action.ShouldBe("confirmation_sent");
        (await bed.ColumnAsync(Ada, "state")).ShouldBe("pending");
    }

    [Fact]
    public async Task Who_signs_up_while_only_the_rest_of_a_former_row_is_erased_keeps_the_new_mails()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("delete from subscribers", null, default);
        (await bed.KindsToAsync(Ada)).ShouldBe(["digest"]);

        var erasing = Task.FromResult(false);
        await bed.Digests.Database.InTransactionAsync(
            async connection =>
            {
                // The erasure has looked for a row, found none, and stops before it removes anything.
                await connection.ExecuteAsync("lock table queries in access exclusive mode", null, default);
                erasing = Task.Run(() => bed.Digests.Service<Erasure>().EraseAsync(Parsed(Ada), default));
                await bed.Digests.Database.EndsOrWaitsAsync(erasing);
                await bed.Digests.Database.InTransactionAsync(other => SignUpAsync(bed, other), default);
            },
            default);
        (await erasing).ShouldBeTrue();

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("pending");
        (await bed.KindsToAsync(Ada)).ShouldBe(["confirmation"]);
    }

    [Fact]
    public async Task Many_who_left_long_ago_are_erased_with_the_mails_that_others_wrote_about_them()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        for (var i = 0; i < 120; i++)
            await bed.Digests.AddReaderAsync($"r{i}@reader.example", "pruning");
        await LeaveAsync(bed);
        await bed.WriteAsync("colleague@uni.example", "About r7@reader.example", "and <mailto:R119%40reader.example>, r1200@reader.example");
        await bed.WriteAsync("colleague@uni.example", "Nobody", "only r1200@reader.example and ar7@reader.example");
        (await bed.ValueAsync("select count(*)::text from inbound_messages where named is null")).ShouldBe("0");

        using var seen = new SeenStatements(bed.Digests.Database);
        (await bed.Digests.Service<ReaderRetention>().RunAsync(default)).ShouldBe(120);

        seen.Names.Count(name => name == "personal_data.erase").ShouldBe(2, "a statement erases a hundred");
        seen.Names.Count(name => name == "personal_data.read_inbound").ShouldBe(2, "no mail is read for each reader");
        (await bed.ValueAsync("select string_agg(subject, ',') from inbound_messages")).ShouldBe("Nobody");
        (await bed.ValueAsync("select count(*)::text from suppressions where reason = 'erased'")).ShouldBe("120");
        (await bed.ValueAsync("select count(*)::text from former_subscribers")).ShouldBe("120");
    }

    [Theory]
    [InlineData("ada@reader.example", true)]
    [InlineData("<ADA@Reader.Example>.", true)]
    [InlineData("to=ada@reader.example;", true)]
    [InlineData("*ada@reader.example*", true)]
    [InlineData("'ada@reader.example'", true)]
    [InlineData("https://x.example/?to=ada%40reader.example&x", true)]
    [InlineData("mailto:ada@reader.example?subject=x", true)]
    [InlineData("_ada@reader.example_", true)]
    [InlineData("请写信给ada@reader.example。", true)]
    [InlineData("eva.ada@reader.example", false)]
    [InlineData("xada@reader.example", false)]
    [InlineData("ada@reader.example.org", false)]
    [InlineData("ada at reader.example", false)]
    public void An_address_is_found_in_a_mail_however_it_is_set(string text, bool isNamed)
    {
        var named = NamedAddresses.In(Encoding.UTF8.GetBytes($"From: bob@mail.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n")).ShouldNotBeNull();

        named.Contains(Ada).ShouldBe(isNamed, string.Join(' ', named));
    }

    [Theory]
    [InlineData("r{0}@mail.example, ")]
    [InlineData("=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-=-={0}@x")]
    [InlineData("a{0}@b@")]
    public void A_mail_that_names_hundreds_or_is_made_of_beginnings_is_left_to_be_read(string piece)
    {
        var crowd = string.Concat(Enumerable.Range(0, 20_000).Select(i => piece.Replace("{0}", $"{i}", StringComparison.Ordinal)));

        NamedAddresses.In(Encoding.UTF8.GetBytes($"To: x@mail.example\r\n\r\n{crowd}\r\n")).ShouldBeNull();
    }

    private async Task<InboundTestBed> LeftLongAgoAsync()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync(Ada);
        await LeaveAsync(bed);
        return bed;
    }

    private static Task LeaveAsync(InboundTestBed bed) => bed.Digests.Database.ExecuteAsync(
        "update subscribers set state = 'unsubscribed', ended_at = @at, next_due_at = null, next_due_on = null",
        new { at = DigestTestBed.Hour - Duration.FromDays(2_000) },
        default);

    private static Task SignUpAsync(InboundTestBed bed, Npgsql.NpgsqlConnection connection) => bed.Digests.Service<Subscriptions>().SignUpAsync(
        connection, Parsed(Ada), SettingsChange.None, new Consent { How = "web", RequestedAt = DigestTestBed.Hour, TextVersion = Consent.CurrentText }, default);

    private static EmailAddress Parsed(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }
}
